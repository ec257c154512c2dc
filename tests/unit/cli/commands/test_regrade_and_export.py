"""`grader regrade` and `grader export`: output, exit codes, and files that they must not change."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import file as assignment_file
from grader.cli import main as cli
from grader.report.formats import FORMATS, load
from tests.unit.observation_builders import assignment, perfect
from tests.unit.report.render.csv_reading import table
from tests.unit.saved_folders import a_class, files, graded, named, save

REFERENCE = assignment_file.default_path().parent


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the signal handlers after the test."""
    before = {number: signal.getsignal(number) for number in cli.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return save(a_class(), tmp_path / "reports")


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    """The packaged assignment with ten points for `reapply`."""
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, tmp_path)
    path = tmp_path / "assignment.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("[criteria.reapply]")
    text = text[:start] + text[start:].replace("points = 0", "points = 10", 1)
    path.write_text(text.replace("max_score = 100", "max_score = 110"), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> int:
    """The command's exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main([str(item) for item in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "class.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_regrading_by_a_heavier_rubric(
    reports: Path, rubric: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("regrade", reports, "--assignment", rubric) == 5
    said = capsys.readouterr().out.splitlines()
    # These observations lack some of what the packaged assignment asks for.
    assert said[0] == "ada: 100 of 100 points, bonus 5 of 5 -> 106.36 of 110 points, bonus 5 of 5"
    assert "linus: no score as before, needs a new run" in said
    assert json.loads((reports / "ada" / "grade.json").read_bytes())["score"] == 106.36
    assert {row["submission"]: row["score"] for row in table((reports / "grades.csv").read_bytes())} == {
        "ada": "106.36",
        "grace": "0",
        "edsger": "0",
        "linus": "",
    }
    assert json.loads((reports / "summary.json").read_bytes())["submissions"][0]["max_score"] == 110.0


def test_regrading_ends_with_0_when_nothing_needs_a_new_run(tmp_path: Path, rubric: Path) -> None:
    reports = save([graded(named(perfect(), "ada"), assignment())], tmp_path / "one")
    assert run("regrade", reports, "--assignment", rubric) == 0


def test_regrading_keeps_the_names_in_grades_csv(tmp_path: Path, reports: Path, rubric: Path) -> None:
    roster = csv_file(tmp_path, "submission,name\nada,Ada Lovelace\n,Nobody\n")
    run("regrade", reports, "--assignment", rubric, "--roster", roster)
    run("regrade", reports, "--assignment", rubric)
    rows = {row["submission"]: row["name"] for row in table((reports / "grades.csv").read_bytes())}
    assert (rows["ada"], rows[""]) == ("Ada Lovelace", "Nobody")


@pytest.mark.parametrize("target", ["canvas", "moodle", "csv"])
def test_exporting(tmp_path: Path, reports: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    roster = csv_file(tmp_path, "submission,name,email\nada,Ada,ada@example.org\n")
    output = tmp_path / "export.csv"
    before = files(reports)
    assert run("export", reports, "--to", target, "--roster", roster, "--output", output) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Written: {output}\n")
    assert "linus: no score: needs a new run" in said or target == "csv"
    assert "edsger: 0 of 100 points" in said
    assert output.exists()
    assert files(reports) == before


def test_who_has_left_the_class_gets_no_grade(
    tmp_path: Path, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = json.loads((reports / "summary.json").read_bytes())
    summary["submissions"] = [item for item in summary["submissions"] if item["id"] != "edsger"]
    summary["gone"] = ["edsger"]
    (reports / "summary.json").write_text(json.dumps(summary))
    output = tmp_path / "export.csv"
    assert run("export", reports, "--to", "canvas", "--output", output) == 0
    said = capsys.readouterr().out
    assert f"edsger: not in the class any more, so left out; its report is still in {reports}" in said
    assert "edsger" not in output.read_text()
    run("regrade", reports)
    summary = json.loads((reports / "summary.json").read_bytes())
    assert "edsger" not in [item["id"] for item in summary["submissions"]]
    assert summary["gone"] == ["edsger"]
    assert "edsger" not in (reports / "grades.csv").read_text()


def test_exporting_for_gradescope_removes_what_an_error_contradicts(reports: Path) -> None:
    (reports / "linus" / "results.json").write_text("{}")
    assert run("export", reports, "--to", "gradescope") == 0
    assert not (reports / "linus" / "results.json").exists()


BAD_ROSTERS = {
    "submission,name\nada,A\nada,B\n": 'line 3, column submission: "ada" stands in line 2 already.',
    "submission,name\nhenry,H\n": 'line 2, column submission: there is no submission "henry"',
    "id,name\nada,A\n": "line 1: there is no column `submission`",
}


@pytest.mark.parametrize("text", BAD_ROSTERS)
@pytest.mark.parametrize("command", [("export", "--to", "csv"), ("regrade",)])
def test_a_roster_that_is_wrong_overwrites_nothing(
    reports: Path, text: str, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    roster = csv_file(reports.parent, text)
    before = files(reports)
    assert run(*command, reports, "--roster", roster) == 2
    assert f"{roster}, {BAD_ROSTERS[text]}" in capsys.readouterr().err
    assert files(reports) == before


def test_a_worksheet_without_its_column_overwrites_nothing(
    tmp_path: Path, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = csv_file(tmp_path, "submission,email\nada,ada@example.org\n")
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Email address,Mark\nada@example.org,\n")
    output = tmp_path / "filled.csv"
    output.write_text("kept")
    command = ("export", reports, "--to", "moodle", "--roster", roster, "--worksheet", sheet)
    assert run(*command, "--output", output) == 2
    assert f"{sheet}, line 1: there is no column Grade. There are: Email address, Mark." in (
        capsys.readouterr().err
    )
    assert output.read_text() == "kept"


@pytest.mark.parametrize("command", [("export", "--to", "csv"), ("regrade",)])
def test_a_folder_half_written_overwrites_nothing(
    reports: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (reports / "ada" / "grade.json").unlink()
    before = files(reports)
    assert run(*command, reports) == 2
    assert f"{reports / 'ada'}: there is no grade.json." in capsys.readouterr().err
    assert files(reports) == before


@pytest.mark.parametrize("command", [("export", "--to", "csv"), ("regrade",)])
def test_a_folder_without_reports(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert run(*command, tmp_path) == 3


def test_a_hostile_id_is_shown_and_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "::error::\u202eevil"
    reports = save([graded(named(perfect(), name), assignment())], tmp_path / "reports", ["json"])
    roster = csv_file(tmp_path, "submission\n")
    assert run("export", reports, "--to", "canvas", "--roster", roster) == 0
    said = capsys.readouterr().out
    assert "\u202e" not in said
    assert "::error" not in said


def test_every_format_writes_its_file(reports: Path) -> None:
    assert {"html", "json", "md", "junit", "csv", "gradescope", "github"} <= set(FORMATS)
    declared = [load(name) for name in FORMATS]
    assert {name for name in files(reports) if "/" not in name} == {
        "summary.json",
        *(item.batch.name for item in declared if item.batch),
    }
    assert {name for name in files(reports) if name.startswith("ada/")} == {
        "ada/observations.json",
        *(f"ada/{item.submission.name}" for item in declared if item.submission),
    }
    assert not (reports / "linus" / "results.json").exists()


OVERRIDES = """
[[override]]
person = "Grace H\u00f6pper"
criterion = "history"
points = 10
comment = "Shown in the lab."
by = "M. Keller"
date = 2026-05-10

[[override]]
submission = "linus"
points = 70
comment = "Graded by hand."
by = "M. Keller"
date = 2026-05-10
"""
CLASS = """submission,name,email
ada,Ada,a@x.org
grace,Grace H\u00f6pper,g@x.org
linus,Linus,l@x.org
,Zoe,z@x.org
"""


def overrides_file(folder: Path, text: str = OVERRIDES) -> Path:
    path = folder / "words.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_word_of_a_person_stays_until_it_is_taken_back(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = csv_file(tmp_path, CLASS)
    assert run("regrade", reports, "--roster", roster, "--overrides", overrides_file(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "grace: 0 of 100 points, bonus 0 of 5 -> 10 of 100 points, bonus 0 of 5" in said
    assert "linus: no score: needs a new run -> 70 of 100 points, bonus 0 of 5" in said
    for name in ("report.html", "report.md"):
        text = (reports / "grace" / name).read_text(encoding="utf-8")
        assert "10 points by hand instead of 0: Shown in the lab. (M. Keller, 2026-05-10)" in text
        assert "Grace H\u00f6pper" in text
        assert "The grader itself found 0 of 100 points" in text
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert ">Grace H\u00f6pper</bdi>" in page
    assert "Handed in nothing: 1" in page
    assert "<bdi>Zoe (z@x.org)</bdi>" in page
    results = json.loads((reports / "grace" / "results.json").read_bytes())
    assert results["score"] == 10.0
    assert "by hand" in json.dumps(results["tests"])
    assert (reports / "overrides.toml").read_text(encoding="utf-8") == OVERRIDES
    before = files(reports)
    assert run("regrade", reports) == 0  # names and words stay where nothing else is given
    assert files(reports) == before
    assert run("regrade", reports, "--overrides", overrides_file(tmp_path, "")) == 5
    assert json.loads((reports / "grace" / "grade.json").read_bytes())["score"] == 0.0
    assert json.loads((reports / "linus" / "grade.json").read_bytes())["status"] == "error"


def test_overrides_that_are_wrong_change_nothing(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(reports)
    wrong = overrides_file(tmp_path, OVERRIDES.replace('"history"', '"histroy"'))
    assert run("regrade", reports, "--roster", csv_file(tmp_path, CLASS), "--overrides", wrong) == 2
    assert 'line 4: `override.criterion` is "histroy"' in capsys.readouterr().err
    assert files(reports) == before


def late_rubric(rubric: Path) -> Path:
    rubric.write_text(
        rubric.read_text(encoding="utf-8")
        + "\n[late]\ndue = 2026-05-04T12:00:00+02:00\npoints_per_day = 10\n",
        encoding="utf-8",
    )
    return rubric


def test_late_work_by_the_dates_of_the_roster(
    reports: Path, rubric: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "submission,name,submitted\nada,Ada,2026-05-05T13:00:00+02:00\ngrace,Grace,\nedsger,E,\nlinus,L,\n"
    arguments = ("--assignment", late_rubric(rubric), "--roster", csv_file(tmp_path, text))
    assert run("regrade", reports, *arguments) == 5
    streams = capsys.readouterr()
    assert "-> 86.36 of 110 points" in streams.out
    assert "nothing was taken for being late (3): edsger, grace, linus" in streams.err
    report = json.loads((reports / "ada" / "grade.json").read_bytes())
    assert report["late"] == {
        "submitted": "2026-05-05T13:00:00+02:00",
        "due": "2026-05-04T12:00:00+02:00",
        "days": 2,
        "points": 20.0,
        "counts_no_more": False,
    }
    assert "2 days late: 20 points less" in (reports / "ada" / "report.md").read_text(encoding="utf-8")
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert "When it came is not known: 3" in page
    assert "2 days late" in page


def test_a_roster_of_a_platform_is_found_by_its_columns(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "First name,Last name,ID number,Email address\nAda,,1,ada@x.org\nZoe,Z,2,z@x.org\n"
    assert run("regrade", reports, "--roster", csv_file(tmp_path, text)) == 5
    streams = capsys.readouterr()
    assert "is read as a file of Moodle." in streams.err
    assert "In no line of the roster (3): edsger, grace, linus." in streams.err
    assert json.loads((reports / "summary.json").read_bytes())["absent"] == [
        {"name": "Zoe Z", "email": "z@x.org"}
    ]


def test_exports_take_the_roster_of_the_last_run_and_say_once_what_counts(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "submission,name,emial\nada,Ada,a@x.org\n,Zoe,z@x.org\n"
    run("regrade", reports, "--roster", csv_file(tmp_path, text), "--overrides", overrides_file(tmp_path, ""))
    assert "`emial` (did you mean `email`?) is not known" in capsys.readouterr().err
    assert run("export", reports, "--to", "canvas", "--without-bonus") == 0
    said = capsys.readouterr().out
    assert "All points are without the bonus." in said
    assert "Handed in nothing (1): Zoe" in said
    rows = {row["Student"]: list(row.values())[-1] for row in table((reports / "canvas.csv").read_bytes())}
    assert rows["Ada"] == "96.36"
    assert run("export", reports, "--to", "canvas") == 0
    assert "All points are with the bonus." in capsys.readouterr().out
    assert run("export", reports, "--to", "csv", "--without-bonus") == 2


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    reports: Path, rubric: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(reports)
    assert run("regrade", reports, "--assignment", rubric, "--dry-run") == 5
    said = capsys.readouterr().out
    assert "ada: 100 of 100 points, bonus 5 of 5 -> 106.36 of 110 points, bonus 5 of 5" in said
    assert "Nothing was written." in said
    assert files(reports) == before
    assert not list(reports.glob(".*"))


def test_one_step_back_and_forward_again(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("regrade", reports)
    before = files(reports)
    run("regrade", reports, "--roster", csv_file(tmp_path, CLASS), "--overrides", overrides_file(tmp_path))
    after = files(reports)
    assert "--undo brings back" in capsys.readouterr().out
    assert run("regrade", reports, "--undo") == 0
    said = capsys.readouterr().out
    assert "grace: 10 of 100 points, bonus 0 of 5 -> 0 of 100 points, bonus 0 of 5" in said
    assert files(reports) == before
    assert run("regrade", reports, "--undo") == 0
    assert files(reports) == after


def test_no_step_back_where_nothing_was_changed(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("regrade", reports, "--undo") == 2
    assert "nothing is kept" in capsys.readouterr().err
    assert run("regrade", reports, "--undo", "--roster", reports) == 2


def test_a_grade_json_that_was_edited_is_not_overwritten_without_a_word(
    reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = reports / "grace" / "grade.json"
    path.write_bytes(path.read_bytes().replace(b'"score": 0.0', b'"score": 12.0'))
    before = files(reports)
    assert run("regrade", reports) == 2
    said = capsys.readouterr().err
    assert "was changed after the grader wrote it: it says 12 of 100 points, bonus 0 of 5." in said
    assert "--overrides" in said
    assert files(reports) == before
    assert run("export", reports, "--to", "canvas") == 0
    assert (
        "grace: 12 of 100 points, bonus 0 of 5; its grade.json was changed by hand" in capsys.readouterr().out
    )
    words = overrides_file(tmp_path)
    assert run("regrade", reports, "--roster", csv_file(tmp_path, CLASS), "--overrides", words) == 0
    assert json.loads(path.read_bytes())["score"] == 10.0


def test_edits_can_be_discarded(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = reports / "grace" / "grade.json"
    path.write_bytes(path.read_bytes().replace(b'"score": 0.0', b'"score": 12.0'))
    assert run("regrade", reports, "--discard-edits") == 5
    assert json.loads(path.read_bytes())["score"] == 0.0
    assert "it says 12 of 100 points" in capsys.readouterr().err
    run("regrade", reports, "--undo")
    assert json.loads(path.read_bytes())["score"] == 12.0
