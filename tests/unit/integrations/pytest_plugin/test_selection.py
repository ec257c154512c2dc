"""What a pytest run is asked to grade: settings, arguments, and messages about mistakes in them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.errors import GraderError
from grader.integrations.pytest_plugin.selection import Selection, selection_of
from grader.runtime import system
from tests.pytest_runs import CHECKOUT, SETTINGS, plugin_arguments

CRITERIA = (
    "upgrade_head",
    "user_columns",
    "category_table",
    "current_revision",
    "history",
    "downgrade",
    "models_match",
    "username_length",
    "configuration",
    "reapply",
    "reversible_chain",
    "data_survival",
    "offline",
    "atomic",
    "unedited",
    "explained",
)
REFERENCE = CHECKOUT / "reference_solution"


@pytest.fixture
def home(pytester: pytest.Pytester) -> Path:
    """A repo that asks for the rubric and has a test of its own."""
    pytester.makeini(SETTINGS)
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_own.py").write_text("def test_own(): pass\n")
    return pytester.path


@pytest.fixture
def group(pytester: pytest.Pytester) -> Path:
    """A folder of submissions, in the folder where pytest is called."""
    for name in ("ada", "grace", "a::b", "new\nline", "::error::x"):
        (pytester.path / "class" / name).mkdir(parents=True)
    (pytester.path / "class" / "joan.zip").write_bytes(b"PK\5\6" + bytes(18))
    (pytester.path / "class" / ".hidden").mkdir()
    return pytester.path / "class"


def config_of(pytester: pytest.Pytester, *arguments: str | Path) -> pytest.Config:
    return pytester.parseconfig(*plugin_arguments(), *map(str, arguments))


def selected(pytester: pytest.Pytester, *arguments: str | Path) -> Selection:
    return selection_of(config_of(pytester, *arguments))


def refused(pytester: pytest.Pytester, *arguments: str | Path) -> str:
    with pytest.raises(GraderError) as caught:
        selected(pytester, *arguments)
    return f"{caught.value.message}\n{caught.value.next_step}"


# --- one's own repo ---------------------------------------------------------------------------------------


def test_a_repo_that_asks_for_the_rubric_is_the_submission(pytester: pytest.Pytester, home: Path) -> None:
    found = selected(pytester)
    (target,) = found.targets
    assert (found.own, target.name, target.criteria) == (True, "exercise_4_migrations", CRITERIA)
    assert (target.source.path, target.source.id) == (home, home.name)


@pytest.mark.parametrize(
    ("arguments", "criteria", "left"),
    [
        (["."], CRITERIA, ["."]),
        (["tests"], None, ["tests"]),
        (["tests/test_own.py::test_own"], None, ["tests/test_own.py::test_own"]),
        (["exercise_4_migrations"], CRITERIA, []),
        (["exercise_4_migrations::downgrade"], ("downgrade",), []),
        (
            ["exercise_4_migrations::downgrade", "tests", "exercise_4_migrations::upgrade_head"],
            ("upgrade_head", "downgrade"),
            ["tests"],
        ),
    ],
)
def test_arguments_select_criteria(
    pytester: pytest.Pytester,
    home: Path,
    arguments: list[str],
    criteria: tuple[str, ...] | None,
    left: list[str],
) -> None:
    config = config_of(pytester, *arguments)
    found = selection_of(config)
    assert [target.criteria for target in found.targets] == ([] if criteria is None else [criteria])
    assert config.args == left
    assert home == config.rootpath


def test_a_node_id_may_be_given_as_pytest_prints_it(
    pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home / "tests")
    found = selected(pytester, "../exercise_4_migrations::history")
    assert [target.criteria for target in found.targets] == [("history",)]
    assert selected(pytester).targets[0].source.path == home


def test_an_unknown_criterion_is_named_with_the_known_ones(pytester: pytest.Pytester, home: Path) -> None:
    text = refused(pytester, f"{home}/exercise_4_migrations::downgrad")
    assert "no criterion 'downgrad'" in text
    assert "downgrade, models_match" in text


def test_an_unknown_assignment(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmigration_grader = exercise_5\n")
    text = refused(pytester)
    assert "tox.ini: migration_grader = exercise_5" in text
    assert "migration_grader = exercise_4_migrations, or the path of an assignment.toml" in text


def test_an_assignment_file_beside_the_settings(
    pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubric = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    rubric = rubric.replace("[criteria.history]", '[criteria.history]\nvisibility = "instructor"')
    rubric = rubric.replace('[criteria.reapply]\nkind = "reapply"\ngroup = "practice"\npoints = 0', "")
    rubric = rubric.replace('criteria = ["reapply"]', "look = true")
    (home / "rubric").mkdir()
    (home / "rubric" / "assignment.toml").write_text(rubric, encoding="utf-8")
    (home / "rubric" / "reference_schema.sql").write_bytes((REFERENCE / "reference_schema.sql").read_bytes())
    pytester.makeini("[pytest]\nmigration_grader = rubric/assignment.toml\n")
    monkeypatch.chdir(home / "tests")
    (target,) = selected(pytester).targets
    assert target.criteria == tuple(item for item in CRITERIA if item not in ("history", "reapply"))


@pytest.mark.parametrize(
    ("points", "optional"),
    [("points = 0", True), ("points = 5", False)],
)
def test_advice_is_optional_until_it_carries_points(
    pytester: pytest.Pytester, points: str, *, optional: bool
) -> None:
    rubric = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    rubric = rubric.replace(
        '[criteria.reapply]\nkind = "reapply"\ngroup = "practice"\npoints = 0',
        f'[criteria.reapply]\nkind = "reapply"\ngroup = "practice"\n{points}',
    )
    if not optional:
        rubric = rubric.replace("max_score = 100", "max_score = 105")
    (pytester.path / "assignment.toml").write_text(rubric, encoding="utf-8")
    (pytester.path / "reference_schema.sql").write_bytes((REFERENCE / "reference_schema.sql").read_bytes())
    pytester.makeini("[pytest]\nmigration_grader = assignment.toml\n")
    found = selected(pytester)
    assert found.is_optional("reapply") is optional
    assert found.is_optional("username_length")
    assert not found.is_optional("downgrade")
    assert not found.is_optional("nothing of the kind")


# --- a class ----------------------------------------------------------------------------------------------


def test_every_submission_is_a_target_and_nothing_else_is_collected(
    pytester: pytest.Pytester, group: Path
) -> None:
    config = config_of(pytester, "--submissions", "class")
    found = selection_of(config)
    assert not found.own
    assert config.args == []
    assert [target.name for target in found.targets] == [
        ":\\:error__x",
        "a__b",
        "ada",
        "grace",
        "joan",
        "new_line",
    ]
    assert {target.criteria for target in found.targets} == {CRITERIA}
    assert {target.source.path.parent for target in found.targets} == {group}


def test_submissions_and_their_criteria_can_be_chosen(pytester: pytest.Pytester, group: Path) -> None:
    assert group.is_dir()
    found = selected(pytester, "--submissions", "class", "grace", "ada::history", "ada::downgrade")
    assert [(target.name, target.criteria) for target in found.targets] == [
        ("ada", ("history", "downgrade")),
        ("grace", CRITERIA),
    ]


def test_a_submission_that_is_not_there(pytester: pytest.Pytester, group: Path) -> None:
    text = refused(pytester, "--submissions", "class", "greace")
    assert "no submission 'greace' in class" in text
    assert "With --submissions, name submissions or criteria of them" in text
    assert "holds no submission" in refused(pytester, "--submissions", group / "ada")
    assert "cannot be read" in refused(pytester, "--submissions", "nowhere")


def test_reports_among_the_submissions_are_none(pytester: pytest.Pytester, group: Path) -> None:
    (group / "reports").mkdir()
    found = selected(pytester, "--submissions", "class", "--grader-out", "class/reports")
    assert "reports" not in [target.name for target in found.targets]


# --- what must be left alone ------------------------------------------------------------------------------


def test_without_a_request_only_the_options_are_added(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfigure(*plugin_arguments())
    assert not config.pluginmanager.has_plugin("migration_grader_run")
    assert not hasattr(config.option, "postgres")
    assert config.option.submissions is None


def test_windows_is_refused(pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home.is_dir()
    monkeypatch.setattr("grader.runtime.system.sys", SimpleNamespace(platform="win32"))
    with pytest.raises(pytest.UsageError, match="WSL 2"):
        pytester.parseconfigure(*plugin_arguments())


def test_a_free_threaded_python_is_refused(
    pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.is_dir()
    monkeypatch.setattr(system, "_is_free_threaded", lambda: True)
    with pytest.raises(pytest.UsageError, match="free-threaded build of Python"):
        pytester.parseconfigure(*plugin_arguments())


def test_grader_out_without_the_rubric_is_refused(pytester: pytest.Pytester) -> None:
    with pytest.raises(pytest.UsageError, match="no setting migration_grader in"):
        config_of(pytester, "--grader-out=reports")


def test_a_repo_may_have_its_own_options_of_these_names(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--postgres', default='mine')")
    assert pytester.parseconfigure(*plugin_arguments()).option.postgres == "mine"


@pytest.mark.parametrize("where", ["class", "class/ada"])
def test_pytest_cannot_be_called_in_the_folder_of_the_submissions(
    pytester: pytest.Pytester, group: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(pytester.path / where)
    with pytest.raises(pytest.UsageError, match="Run it from a folder that is not in"):
        config_of(pytester, f"--submissions={group}")


def test_settings_of_a_submission_are_refused(pytester: pytest.Pytester, group: Path) -> None:
    (group / "ada" / "pytest.ini").write_text("[pytest]\n")
    with pytest.raises(pytest.UsageError, match="among the submissions"):
        config_of(pytester, "--submissions", "class", "-c", "class/ada/pytest.ini")


def test_what_is_no_submission_is_refused(pytester: pytest.Pytester, group: Path) -> None:
    (group / "mallory").symlink_to("ada")
    with pytest.raises(GraderError, match="mallory is a link to ada"):
        selected(pytester, "--submissions", "class")


def test_conftests_of_submissions_are_never_loaded(pytester: pytest.Pytester, group: Path) -> None:
    (group / "test_evil").mkdir()
    for folder in (group, group / "test_evil"):
        (folder / "conftest.py").write_text("raise SystemExit('loaded')")
    assert "test_evil" in [target.name for target in selected(pytester, "--submissions", "class").targets]
