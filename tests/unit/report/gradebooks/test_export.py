"""Export: who ends up in which file, and who is named because they do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import ConfigurationError, GraderError, UsageError
from grader.report.gradebooks.export import export
from grader.report.gradebooks.interface import Export, ExportOptions
from grader.report.model import Person
from grader.report.roster import Roster, RosterEntry
from grader.report.saved import read_reports
from tests.unit.observation_builders import assignment, perfect
from tests.unit.report.render.csv_reading import read_csv, table
from tests.unit.saved_folders import a_class, files, graded, named, save

TITLE = assignment().title


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return save(a_class(), tmp_path / "reports")


def roster(**people: Person) -> Roster:
    return Roster(
        Path("class.csv"),
        tuple(RosterEntry(n, name, person) for n, (name, person) in enumerate(people.items(), 2)),
    )


CLASS = roster(
    ada=Person("Ada", "ada@example.org", canvas_id="1"),
    grace=Person("Grace", "grace@example.org", canvas_id="2"),
    linus=Person("Linus", "linus@example.org", canvas_id="3"),
)


def exported(reports: Path, target: str, options: ExportOptions | None = None) -> Export:
    return export(reports, read_reports(reports), target, options or ExportOptions())


def content(result: Export) -> bytes:
    (data,) = result.files.values()
    assert data is not None
    return data


def test_canvas_reads_back_the_scores(reports: Path) -> None:
    result = exported(reports, "canvas", ExportOptions(roster=CLASS, column="Exercise 4 (99)"))
    assert list(result.files) == [reports / "canvas.csv"]
    rows = table(content(result))
    assert {row["ID"] or row["Student"]: row["Exercise 4 (99)"] for row in rows} == {
        "Points Possible": "100",
        "1": "105",
        "edsger": "0",
        "2": "0",
    }
    assert result.notes == (
        "linus: no score: needs a new run",
        "edsger: 0 of 100 points, bonus 0 of 5; in the file, but not in the roster",
    )


def test_canvas_without_a_roster_goes_by_the_ids(reports: Path) -> None:
    result = exported(reports, "canvas")
    assert [row[0] for row in read_csv(content(result))] == [
        *("Student", "Points Possible", "ada", "edsger", "grace"),
    ]
    assert read_csv(content(result))[0][-1] == TITLE


def test_moodle_reads_back_the_scores_and_names_who_is_missing(reports: Path) -> None:
    result = exported(reports, "moodle", ExportOptions(roster=CLASS))
    assert list(result.files) == [reports / "moodle.csv"]
    assert {row["Email address"]: row[TITLE] for row in table(content(result))} == {
        "ada@example.org": "100",
        "grace@example.org": "0",
    }
    assert result.notes == (
        "linus: no score: needs a new run",
        "edsger: 0 of 100 points, bonus 0 of 5; the roster has nothing by which Moodle can find them",
        "More than Moodle takes, so entered as 100 (1): ada",
    )


def test_moodle_has_to_be_told_whose_grade_it_is(reports: Path) -> None:
    with pytest.raises(UsageError) as caught:
        exported(reports, "moodle")
    assert "--roster" in caught.value.next_step


def test_a_worksheet_is_filled_and_who_is_not_in_it_is_named(reports: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Email address,Grade,Grade can be changed\nada@example.org,,Yes\ngrace@example.org,,No\n"
    )
    before = sheet.read_bytes()
    result = exported(reports, "moodle", ExportOptions(roster=CLASS, worksheet=sheet))
    assert list(result.files) == [reports / "moodle_worksheet.csv"]
    assert [row["Grade"] for row in table(content(result))] == ["100", ""]
    assert result.notes[:3] == (
        "linus: no score: needs a new run",
        "edsger: 0 of 100 points, bonus 0 of 5; the worksheet has no row for this person",
        "grace: 0 of 100 points, bonus 0 of 5; the worksheet says that the grade cannot be changed",
    )
    assert sheet.read_bytes() == before


def test_moodles_own_folder_names_need_no_roster(tmp_path: Path) -> None:
    name = "Ada Lovelace_4711_assignsubmission_file_"
    folder = save([graded(named(perfect(), name), assignment())], tmp_path / "reports")
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Identifier,Grade\nParticipant 4711,\n")
    result = exported(folder, "moodle", ExportOptions(worksheet=sheet))
    assert content(result) == b"Identifier,Grade\nParticipant 4711,100\n"


def test_gradescope_gets_a_file_for_each_and_none_for_an_error(reports: Path) -> None:
    result = exported(reports, "gradescope")
    assert set(result.files) == {
        reports / name / "results.json" for name in ("ada", "edsger", "grace", "linus")
    }
    assert result.files[reports / "linus" / "results.json"] is None
    assert json.loads(result.files[reports / "ada" / "results.json"] or b"")["score"] == 105.0
    assert result.notes == ("linus: no score: needs a new run",)


def test_gradescope_writes_one_to_where_it_is_asked(tmp_path: Path) -> None:
    folder = save([graded(named(perfect(), "ada"), assignment())], tmp_path / "reports")
    output = tmp_path / "results.json"
    assert list(exported(folder, "gradescope", ExportOptions(output=output)).files) == [output]


def test_csv_lists_everyone(reports: Path) -> None:
    result = exported(reports, "csv", ExportOptions(roster=CLASS))
    rows = table(content(result))
    assert [(row["submission"], row["name"]) for row in rows] == [
        ("ada", "Ada"),
        ("edsger", ""),
        ("grace", "Grace"),
        ("linus", "Linus"),
    ]


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("canvas", ExportOptions(worksheet=Path("sheet.csv"))),
        ("csv", ExportOptions(column="Exercise")),
        ("gradescope", ExportOptions(output=Path("results.json"))),
    ],
)
def test_an_option_that_does_not_go_with_the_target(
    reports: Path, target: str, options: ExportOptions
) -> None:
    with pytest.raises(UsageError) as caught:
        exported(reports, target, options)
    assert caught.value.next_step


@pytest.mark.parametrize("target", ["canvas", "moodle", "csv", "gradescope"])
def test_a_roster_with_an_unknown_id_is_refused(reports: Path, target: str) -> None:
    before = files(reports)
    with pytest.raises(
        ConfigurationError, match='line 2, column submission: there is no submission "gracee"'
    ):
        exported(reports, target, ExportOptions(roster=roster(gracee=Person(email="h@example.org"))))
    assert files(reports) == before


def test_a_worksheet_that_is_not_there(reports: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        exported(reports, "moodle", ExportOptions(roster=CLASS, worksheet=tmp_path / "none.csv"))


@pytest.mark.parametrize("target", ["canvas", "moodle"])
def test_reports_out_of_different_maxima_do_not_fit_one_column(tmp_path: Path, target: str) -> None:
    other = graded(named(perfect(), "grace"), assignment(reapply=10.0))
    folder = save([graded(named(perfect(), "ada"), assignment()), other], tmp_path / "reports")
    with pytest.raises(GraderError, match="ada of 100, grace of 110 points") as caught:
        exported(folder, target, ExportOptions(roster=replace(CLASS, entries=CLASS.entries[:2])))
    assert "grader regrade" in caught.value.next_step


def test_without_the_bonus_in_every_file_with_one_number(reports: Path) -> None:
    options = ExportOptions(roster=CLASS, bonus=False)
    assert {row["ID"]: row[TITLE] for row in table(content(exported(reports, "canvas", options)))}[
        "1"
    ] == "100"
    moodle = exported(reports, "moodle", options)
    assert not any("More than Moodle takes" in note for note in moodle.notes)
    results = exported(reports, "gradescope", options).files[reports / "ada" / "results.json"]
    assert results is not None
    assert json.loads(results)["score"] == 100.0


def test_who_handed_in_nothing_is_named(reports: Path) -> None:
    entries = (*CLASS.entries, RosterEntry(9, "", Person("Zoe")))
    for target in ("canvas", "moodle", "csv"):
        notes = exported(reports, target, ExportOptions(roster=replace(CLASS, entries=entries))).notes
        assert notes[-1] == "Handed in nothing (1): Zoe"
