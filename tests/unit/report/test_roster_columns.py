"""Files that platforms let one download are read for what they say; an own roster's mistakes are named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.assignment.late import LateRule
from grader.errors import ConfigurationError
from grader.report.model import Person
from grader.report.roster import Roster, read_roster
from grader.report.roster_columns import layout_of

RULE = LateRule(datetime(2026, 5, 4, tzinfo=UTC), zone="Europe/Berlin", per_day=1.0)


def read(folder: Path, text: str, *submissions: str) -> Roster:
    path = folder / "class.csv"
    path.write_text(text, encoding="utf-8-sig")
    return read_roster(path).matched(submissions)


def test_the_gradebook_of_canvas(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Integration ID,Section,Exercise 4 (77)\n"
        ",,,,,,Manual Posting\n"
        "    Points Possible,,,,,,100.00\n"
        '"Lovelace, Ada",4711,s1,adal,,A,\n'
        '"Hopper, Grace",4712,s2,graceh,,A,\n'
        '"Student, Test",9,,,,A,\n'
    )
    roster = read(tmp_path, text, "lovelaceada_LATE_4711_99_work")
    assert roster.platform == "Canvas"
    ada = Person("Lovelace, Ada", canvas_id="4711", sis_user_id="s1", sis_login_id="adal", section="A")
    assert roster.people == {"lovelaceada_LATE_4711_99_work": ada}
    assert [person.name for person in roster.absent] == ["Hopper, Grace"]
    assert roster.remark == ""


def test_canvas_with_names_in_two_columns(tmp_path: Path) -> None:
    text = "LastName,FirstName,ID,SIS Login ID,Section\nLovelace,Ada,4711,adal,A\n"
    assert read(tmp_path, text, "adal").people["adal"].name == "Ada Lovelace"


@pytest.mark.parametrize("last", ["Surname", "Last name"])
def test_the_participants_of_moodle(tmp_path: Path, last: str) -> None:
    text = f'"First name",{last},"ID number","Email address",Groups\nAda,Lovelace,17,ada@x.org,"A, B"\n'
    name = "Ada Lovelace_4711_assignsubmission_file"
    roster = read(tmp_path, text, name)
    assert roster.people == {name: Person("Ada Lovelace", "ada@x.org", id_number="17")}


def test_the_worksheet_of_moodle(tmp_path: Path) -> None:
    text = (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments\n"
        'Participant 4711,Ada Lovelace,ada@x.org,Submitted,,100.00,Yes,"Monday, 4 May 2026, 11:10 PM",-,\n'
        "Participant 4712,Grace Hopper,grace@x.org,No submission,,100.00,Yes,-,-,\n"
    )
    name = "Someone else_4711_assignsubmission_file"
    roster = read(tmp_path, text, name)
    assert roster.people == {name: Person("Ada Lovelace", "ada@x.org", moodle_id="4711")}
    assert [person.moodle_id for person in roster.absent] == ["4712"]
    submitted, _ = roster.moments(RULE)
    assert submitted == {name: datetime(2026, 5, 4, 21, 10, tzinfo=UTC)}


def test_the_grades_of_gradescope(tmp_path: Path) -> None:
    text = (
        "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,"
        "Lateness (H:M:S)\n"
        "Ada,Lovelace,1,ada@x.org,A,,100,Ungraded,99,2026-05-04 12:00:00 -0800,00:00:00\n"
        "Grace,Hopper,2,grace@x.org,A,,100,Missing,,,\n"
    )
    roster = read(tmp_path, text, "submission_99")
    assert roster.people["submission_99"] == Person("Ada Lovelace", "ada@x.org", id_number="1", section="A")
    assert roster.moments(RULE)[0] == {"submission_99": datetime(2026, 5, 4, 20, 0, tzinfo=UTC)}
    assert len(roster.absent) == 1


def test_the_roster_of_gradescope_has_staff_in_it(tmp_path: Path) -> None:
    text = "First Name,Last Name,SID,Email,Role\nAda,L,1,a@x.org,Student\nProf,X,2,p@x.org,Instructor\n"
    assert [item.person.name for item in read(tmp_path, text).entries] == ["Ada L"]


def test_the_roster_of_github_classroom(tmp_path: Path) -> None:
    text = (
        '"identifier","github_username","github_id","name"\n'
        '"ada@x.org","x-ada","1","Ada Lovelace"\n"b17","ada","2",""\n"c18","","",""\n'
    )
    roster = read(tmp_path, text, "hw-4-x-ada", "hw-4-ada")
    assert {name: person.name for name, person in roster.people.items()} == {
        "hw-4-x-ada": "Ada Lovelace",
        "hw-4-ada": "b17",
    }
    assert roster.people["hw-4-x-ada"].email == "ada@x.org"
    assert [person.name for person in roster.absent] == ["c18"]


def test_the_grades_of_github_classroom_name_the_repositories(tmp_path: Path) -> None:
    text = (
        "assignment_name,assignment_url,starter_code_url,github_username,roster_identifier,"
        "student_repository_name,student_repository_url,submission_timestamp,points_awarded,points_available\n"
        "HW1,u,s,alice,Alice A,hw1-alice,r,2026-05-04T10:00:00Z,80,100\n"
    )
    roster = read(tmp_path, text, "hw1-alice")
    assert roster.names_submissions
    assert roster.people["hw1-alice"] == Person("Alice A", github_username="alice")
    assert roster.moments(RULE)[0]["hw1-alice"] == datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def test_a_platform_is_no_platform_with_a_column_of_submissions() -> None:
    assert layout_of(["submission", "identifier", "github_username"]).name == ""


def test_a_typing_mistake_in_a_heading_is_named(tmp_path: Path) -> None:
    roster = read(tmp_path, "submission,emial,notes\nada,a@x.org,\n")
    assert roster.remark == (
        f"{roster.path}, line 1: the columns `emial` (did you mean `email`?), `notes` are not known, and not "
        "used."
    )


@pytest.mark.parametrize(
    ("cell", "message"),
    [("yesterday", "is no date with a time"), ("2026-05-04", "is no date with a time")],
)
def test_a_time_that_is_none(tmp_path: Path, cell: str, message: str) -> None:
    roster = read(tmp_path, f"submission,submitted\nada,{cell}\n", "ada")
    with pytest.raises(ConfigurationError, match=f'line 2, column submitted: "{cell}" {message}'):
        roster.moments(RULE)


def test_a_time_without_a_zone_is_not_guessed(tmp_path: Path) -> None:
    roster = read(tmp_path, "submission,submitted,due\nada,2026-05-04 10:00,\n", "ada")
    with pytest.raises(ConfigurationError, match="has no time zone") as caught:
        roster.moments(LateRule(RULE.due, per_day=1.0))
    assert "[late]" in caught.value.next_step
