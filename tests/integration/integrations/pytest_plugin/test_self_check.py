"""`pytest` in a student's own repo: outcomes, texts, and pytest's usual options."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.runs.assignments import load
from tests.catalogue import case_named
from tests.integration.command import REFERENCE, TEMPLATE, reference
from tests.pytest_runs import CHECKOUT, SETTINGS, PytestRun, run_pytest

pytestmark = pytest.mark.postgres

EMBEDDED = ("--postgres", "embedded")
CRITERIA = [item.id for item in load().criteria]
WITHOUT_HISTORY = {"unedited": "skipped"}
"""What a folder in no repository gets; every other criterion passes."""


@pytest.fixture(autouse=True)
def _server(embedded_backend: object) -> None:
    """Skip where there is no embedded server."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The untouched template; judging it takes no server."""
    return Path(shutil.copytree(TEMPLATE, tmp_path / "home"))


def with_settings(folder: Path, settings: str = SETTINGS) -> Path:
    """A repo that asks for the rubric."""
    (folder / "pytest.ini").write_text(settings, encoding="utf-8")
    return folder


def check(folder: Path, *arguments: str | Path, **environment: str) -> PytestRun:
    return run_pytest(folder, *EMBEDDED, *arguments, environment=environment)


LOST = """
from grader.errors import HarnessFault
from grader.trial.trial import Trial

def lost(*_, **__):
    raise HarnessFault("the server was lost")

Trial.run = lost
"""
"""The grader as it is when its server is lost in every trial."""


# --- outcomes ---------------------------------------------------------------------------------------------


def test_the_untouched_template_fails_one_criterion_that_blocks_the_others(home: Path) -> None:
    done = check(home)
    assert done.code == 1, done.output
    first, *others = done.outcomes
    assert first == "exercise_4_migrations::upgrade_head"
    assert done.outcomes[first] == "failed"
    assert [done.outcomes[name] for name in others] == ["skipped"] * (len(CRITERIA) - 1)
    assert "exercise_4_migrations::downgrade SKIPPED (needs upgrade_head)" in done.output
    assert "0 of 100 points, bonus 0 of 5" in done.output
    assert 'What to do: See "Next step" at the end.' in done.output
    assert "Part 1 of 6, Set Alembic up: 0 of 7 criteria done" in done.output
    assert "Next step: There is no alembic.ini" in done.plain
    assert "rubric: exercise_4_migrations. PostgreSQL: embedded. Isolation: none" in done.output
    assert "Traceback" not in done.output
    assert ".py:" not in done.output.partition("FAILURES")[2].partition("=== Exercise")[0]


@pytest.fixture(scope="module")
def perfect(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference solution, with an env.py that notes the servers that it meets."""
    folder = reference(tmp_path_factory.mktemp("perfect") / "home")
    env = folder / "alembic" / "env.py"
    text = env.read_text(encoding="utf-8").replace("from __future__ import annotations\n", "")
    noting = f"import os\nwith open({str(folder.parent / 'servers')!r}, 'a') as _servers:\n"
    env.write_text(f"{noting}    print(os.environ['PGHOST'], file=_servers)\n{text}", encoding="utf-8")
    return with_settings(folder, f"{SETTINGS}addopts = -v\n")


def servers(folder: Path) -> set[str]:
    """The servers; a step that must do without a database is led to a place where there is none."""
    return set((folder.parent / "servers").read_text(encoding="utf-8").split()) - {"127.0.0.1"}


def test_the_reference_passes_and_is_tried_once(perfect: Path) -> None:
    done = check(perfect)
    assert done.code == 0, done.output
    assert done.criteria == {**dict.fromkeys(CRITERIA, "passed"), **WITHOUT_HISTORY}
    assert "100 of 100 points, bonus 5 of 5" in done.output
    assert "Everything passed: there is nothing left to do." in done.output
    assert len(servers(perfect)) == 1


def test_with_workers_it_is_tried_once_and_reports_are_kept(perfect: Path) -> None:
    (perfect.parent / "servers").unlink(missing_ok=True)
    done = check(perfect, "-n", "2", "--grader-out=../reports")
    assert done.code == 0, done.output
    assert done.criteria == {**dict.fromkeys(CRITERIA, "passed"), **WITHOUT_HISTORY}
    assert "100 of 100 points, bonus 5 of 5" in done.output
    assert len(servers(perfect)) == 1
    assert "Reports: ../reports" in done.output
    kept = {path.name for path in (perfect.parent / "reports" / "home").iterdir()}
    assert {"grade.json", "report.html", "report.md", "observations.json"} <= kept


def test_it_is_tried_once_however_the_criteria_are_distributed(perfect: Path) -> None:
    (perfect.parent / "servers").unlink(missing_ok=True)
    done = check(perfect, "-n", "2", "--dist", "each")
    assert done.code == 0, done.output
    assert f"{2 * (len(CRITERIA) - 1)} passed, 2 skipped" in done.output
    assert len(servers(perfect)) == 1


def test_a_missed_bonus_is_not_a_failure(tmp_path: Path) -> None:
    home = case_named("right_without_optional_step").write(tmp_path / "home")
    done = check(with_settings(home), "-rxs")
    assert done.code == 0, done.output
    missed = {name: how for name, how in done.criteria.items() if how != "passed"}
    assert missed == {"username_length": "xfailed", **WITHOUT_HISTORY}
    assert "This needs the history of the repository, and there is none" in done.output
    assert "Checklist: 12 of 12 done, 2 optional left, 1 for you to look at" in done.output
    assert "XFAIL exercise_4_migrations::username_length - " in done.output
    assert "bonus: Column users.username: expected" in done.output
    assert "100 of 100 points, bonus 0 of 5" in done.output
    assert "Optional, username_length: " in done.output
    assert "Everything required passed: what is left is optional." in done.output


def test_a_mistake_of_the_assignment_is_an_error_and_not_a_failure(tmp_path: Path) -> None:
    home = with_settings(reference(tmp_path / "home"), "[pytest]\nmigration_grader = assignment.toml\n")
    (home / "app.py").rename(home / "models.py")  # else the schema below would not be taken for its own
    (home / "reference_schema.sql").write_text("CREATE TABLE users (id nosuchtype);\n")
    done = check(home, "-n", "2", "--", "exercise_4_migrations::history", "exercise_4_migrations::downgrade")
    assert done.code == 1, done.output
    assert done.criteria == {"history": "error", "downgrade": "error"}
    assert 'type "nosuchtype" does not exist' in done.output
    assert done.plain.count("Correct the reference schema, then grade again.") == 1
    assert "(said at length at the first criterion)" in done.output
    assert "exception" not in done.output


def test_a_fault_of_the_harness_is_an_error_and_not_a_failure(tmp_path: Path) -> None:
    home = with_settings(reference(tmp_path / "home"), SETTINGS)
    (tmp_path / "patch").mkdir()
    (tmp_path / "patch" / "sitecustomize.py").write_text(LOST)
    chosen = ("exercise_4_migrations::history", "exercise_4_migrations::downgrade")
    done = check(home, "-n", "2", "--", *chosen, PYTHONPATH=str(tmp_path / "patch"))
    assert done.code == 1, done.output
    assert done.criteria == {"history": "error", "downgrade": "error"}
    assert "the server was lost" in done.output
    assert done.plain.count("This says nothing about the work and costs no points.") == 1
    assert "(said at length at the first criterion)" in done.output
    assert "no score: needs a new run" in done.output


@pytest.fixture(scope="module")
def at_part_three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with the set-up of the reference and its first revision."""
    folder = tmp_path_factory.mktemp("part_three")
    whole = reference(folder / "whole")
    home = Path(shutil.copytree(TEMPLATE, folder / "home"))
    shutil.copy(whole / "alembic.ini", home)
    shutil.copytree(whole / "alembic", home / "alembic", ignore=shutil.ignore_patterns("versions"))
    (home / "alembic" / "versions").mkdir()
    (first,) = (whole / "alembic" / "versions").glob("*_create_organizations_users_and_posts.py")
    shutil.copy(first, home / "alembic" / "versions")
    return home


def test_what_a_later_part_asks_for_is_not_yet(at_part_three: Path) -> None:
    done = check(at_part_three, COLUMNS="80")
    assert done.code == 1
    later = ("category_table", "history", "models_match", "username_length")
    assert [name for name, how in done.criteria.items() if how == "failed"] == ["user_columns"]
    for name in later:
        assert f"exercise_4_migrations::{name} NOT YET (belongs to part " in done.output
    assert "1 failed, 10 passed, 1 skipped, 4 not yet" in done.output
    rest = done.output.partition("short test summary info")[2]
    last = rest.partition("Exercise 4: database migrations with Alembic")[2].splitlines()
    assert last[1] == "Part 3 of 6, Two columns for users: 3 of 7 criteria done"
    score = last.index("61 of 100 points, bonus 0 of 5")
    assert last[score + 1].startswith("Next step: ")
    assert done.output.count("Next step: ") == 1
    lines = done.output.partition("= FAILURES =")[2].splitlines()
    assert [line for line in lines if len(line) > 80 and "generated xml file" not in line] == []


def test_what_is_not_due_has_not_passed(at_part_three: Path) -> None:
    done = check(at_part_three, "-k", "category_table", "-n", "2")
    assert (done.code, done.criteria) == (1, {"category_table": "skipped"})
    assert "1 not yet" in done.output
    done = check(at_part_three, "-k", "username_length")
    assert (done.code, done.criteria) == (0, {"username_length": "skipped"})  # it is optional
    assert check(at_part_three, "-x").criteria.keys() == {"upgrade_head", "user_columns"}
    assert check(at_part_three, "--lf").criteria == {"user_columns": "failed"}


def test_what_changed_since_the_last_run_is_told(at_part_three: Path) -> None:
    check(at_part_three, "--cache-clear")
    assert "Since the last run: nothing changed" in check(at_part_three, "-n", "2").output
    app = at_part_three / "app.py"
    before = app.read_text(encoding="utf-8")
    line = "    full_name = db.Column(db.String(100))\n"
    assert line in before
    app.write_text(before.replace(line, f"{line}    bio = db.Column(db.Text)\n"), encoding="utf-8")
    done = check(at_part_three)
    assert "Since the last run: -10 points" in done.output
    app.write_text(before, encoding="utf-8")
    assert "Since the last run: +10 points" in check(at_part_three).output
    assert "Since the last run" not in check(at_part_three, "-p", "no:cacheprovider").output


def test_workers_wrap_at_the_width_of_the_terminal(at_part_three: Path) -> None:
    done = check(at_part_three, "-n", "2", "-k", "user_columns", "-o", "addopts=", COLUMNS="50")
    failures = done.output.partition("= FAILURES =")[2].partition("- generated xml file")[0]
    assert 'See "Next step" at the end.' in failures
    assert max(map(len, failures.splitlines())) <= 50


# --- what everybody knows from pytest -----------------------------------------------------------------------


def test_k_x_lf_and_node_ids(home: Path) -> None:
    done = check(home, "-k", "history")
    assert done.criteria == {"history": "skipped"}
    done = check(home, "-x")
    assert done.criteria == {"upgrade_head": "failed"}
    done = check(home, "--lf", "-n", "2")
    assert done.criteria == {"upgrade_head": "failed"}
    assert "0 of 100 points" in done.output
    done = check(home, "exercise_4_migrations", "--deselect", "exercise_4_migrations::upgrade_head")
    assert len(done.criteria) == len(CRITERIA) - 1


def test_collecting_only_grades_nothing(home: Path) -> None:
    done = check(home, "--collect-only", "-q", "-o", "addopts=")
    assert done.code == 0
    assert "exercise_4_migrations::upgrade_head" in done.output
    assert f"{len(CRITERIA)} tests collected" in done.output
    assert "points" not in done.output


def test_a_failure_in_the_junit_file_says_what_to_do(home: Path) -> None:
    text = check(home, "--runxfail").junit.read_text(encoding="utf-8")
    assert 'message="Failed: Upgrade to head: 0 / 20 points' in text
    assert "What to do: There is no alembic.ini" in " ".join(text.split())
    assert "needs upgrade_head" in text


def test_own_tests_run_together_with_the_rubric_or_alone(home: Path) -> None:
    (home / "test_own.py").write_text("def test_own(): pass\n")
    (home / "ab12_add_a_test.py").write_text("raise SystemExit('a revision, not a test')\n")
    done = check(home)
    assert done.outcomes["test_own::test_own"] == "passed"
    assert len(done.outcomes) == 1 + len(CRITERIA)
    done = check(home, "test_own.py")
    assert list(done.outcomes) == ["test_own::test_own"]
    assert "rubric" not in done.output
    assert "points" not in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--postgres", "sqlite"), "Unknown kind of PostgreSQL: sqlite"),
        (("exercise_4_migrations::nothing", "-n", "2"), "no criterion 'nothing'"),
        (("--grader-out", "app.py/reports"), "app.py"),
        (("--grader-out", "../reports"), "Write --grader-out=../reports, in one word"),
    ],
)
def test_wrong_settings_are_named_before_anything_runs(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = check(home, *arguments)
    assert done.code == 4
    assert words in done.plain
    assert "Traceback" not in done.output


# --- one's own files ----------------------------------------------------------------------------------------


def test_an_env_file_that_git_ignores_is_not_a_finding(home: Path) -> None:
    (home / ".env").write_text('DIRECT_URL="postgresql://ada:secret-word@db.example.org/postgres"\n')
    assert ".env" not in check(home).output  # .gitignore says so, and there is no git yet
    subprocess.run(["git", "init", "--quiet"], cwd=home, check=True)
    assert ".env" not in check(home).output
    subprocess.run(["git", "add", "--force", ".env"], cwd=home, check=True)
    done = check(home)
    assert "Note: A file with secrets is in the submission: .env" in done.output
    assert "secret-word" not in done.output


# --- where nobody asks --------------------------------------------------------------------------------------


def test_in_any_other_repo_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    loaded = "import sys; print(' '.join(sys.modules))"
    code = f"import pytest, grader.integrations.pytest_plugin; {loaded}"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    modules = {}
    for name, text in {"with": code, "without": f"import pytest; {loaded}"}.items():
        done = subprocess.run(
            [sys.executable, "-c", text],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        modules[name] = set(done.stdout.split())
    assert modules["with"] - modules["without"] <= {
        "grader",
        "grader.integrations",
        "grader.integrations.pytest_plugin",
        "__future__",
    }


def test_in_any_other_repo_nothing_is_collected_or_printed(tmp_path: Path) -> None:
    home = Path(shutil.copytree(REFERENCE, tmp_path / "home"))
    (home / "test_own.py").write_text("def test_own(): pass\n")
    (home / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--postgres')\n")
    done = run_pytest(home, "-W", "error", "--strict-config", "--postgres", "mine")
    assert done.code == 0, done.output
    assert list(done.outcomes) == ["test_own::test_own"]
    assert "rubric" not in done.output
