"""Every format from a real run, and what the other commands make of the same folder."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.report.formats import FORMATS
from tests.integration.command import REFERENCE, TEMPLATE, Place

pytestmark = pytest.mark.postgres
ROSTER = (
    "submission,name,email,canvas_id\n"
    "reference_solution,Ada Lovelace,ada@example.org,1\n"
    "student_template,Grace Hopper,grace@example.org,2\n"
)
GUARDED = re.compile(
    r"\A::stop-commands::(?P<token>\w+)\n.*^::(?P=token)::\n(?P<commands>.*)\Z", re.DOTALL | re.MULTILINE
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The reference solution and the template, graded once in all formats."""
    place = Place(tmp_path_factory.mktemp("formats"))
    (place.top / "class.csv").write_text(ROSTER)
    done = place.run(
        *("grade", REFERENCE, TEMPLATE, "--out", place.out, "--isolation", "none", "--postgres", "embedded"),
        *("--format", ",".join(FORMATS), "--roster", "class.csv"),
        environment={"GITHUB_STEP_SUMMARY": str(place.top / "step_summary.md")},
    )
    assert done.returncode == 0, done.stderr
    (place.top / "stdout.txt").write_text(done.stdout)
    return place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_scores_are_the_same_in_every_format(here: Place) -> None:
    for name, score, bonus in (("reference_solution", 100, 5), ("student_template", 0, 0)):
        report = here.report(name)
        assert (report["score"], report["bonus"]) == (score, bonus)
        assert json.loads((here.out / name / "results.json").read_bytes())["score"] == score + bonus
        (row,) = [row for row in rows(here.out / "grades.csv") if row["submission"] == name]
        assert (row["score"], row["bonus"]) == (str(score), str(bonus))
        document = ET.parse(here.out / "junit.xml")  # noqa: S314 - our own
        (suite,) = document.iterfind(f"testsuite[@name='{name}']")
        properties = {item.get("name"): item.get("value") for item in suite.iter("property")}
        assert (properties["score"], properties["bonus"]) == (str(score), str(bonus))
    assert [row["name"] for row in rows(here.out / "grades.csv")] == ["Ada Lovelace", "Grace Hopper"]


def test_commands_are_stopped_while_anything_else_is_printed(here: Place) -> None:
    match = GUARDED.match((here.top / "stdout.txt").read_text())
    assert match
    (command,) = match["commands"].splitlines()
    assert command.startswith("::error title=student_template%3A Upgrade to head (0 / 20)::")


def test_the_job_summary_is_where_the_job_looks_for_it(here: Place) -> None:
    summary = (here.top / "step_summary.md").read_text()
    assert summary.startswith("# 2 submissions\n")
    assert summary == (here.out / "job_summary.md").read_text()


def test_regrading_by_the_same_rubric_changes_nothing(here: Place) -> None:
    before = contents(here.out)
    done = here.run("regrade", here.out)
    assert (done.returncode, contents(here.out)) == (0, before)
    assert done.stdout.startswith("2 reports: 0 with another score, 0 with the same score")


@pytest.mark.parametrize(
    ("target", "key", "column", "scores"),
    [
        ("canvas", "ID", "Exercise 4 (77)", {"": "100", "1": "105", "2": "0"}),
        (
            *("moodle", "Email address", "Exercise 4: database migrations with Alembic"),
            {"ada@example.org": "100", "grace@example.org": "0"},
        ),
    ],
)
def test_gradebooks_read_back(
    here: Place, target: str, key: str, column: str, scores: dict[str, str]
) -> None:
    output = here.top / f"{target}.csv"
    options = ("--column", column) if target == "canvas" else ()
    done = here.run(
        *("export", here.out, "--to", target, "--roster", "class.csv", "--output", output), *options
    )
    assert done.returncode == 0, done.stderr
    assert {row[key]: row[column] for row in rows(output)} == scores


def test_a_roster_for_others_is_refused_before_anything_is_graded(here: Place) -> None:
    (here.top / "others.csv").write_text("submission\nhenry\n")
    shutil.copytree(TEMPLATE, here.top / "class" / "ada")
    done = here.run(
        "grade", "--all", here.top / "class", "--out", here.top / "never", "--roster", "others.csv"
    )
    assert done.returncode == 2
    assert 'others.csv, line 2, column submission: there is no submission "henry"' in done.stderr
    assert not (here.top / "never").exists()
