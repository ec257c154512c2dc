"""The roster: what it says, and that nothing in it can be taken in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import ConfigurationError
from grader.report.formats.csv import document, grades_csv
from grader.report.model import Person
from grader.report.roster import Roster, read_roster, roster_rows
from grader.text.folder_names import distinct_folder_names
from tests.unit.report.render.samples import samples


def roster(folder: Path, text: str | bytes) -> Path:
    path = folder / "class.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_roster(path)
    assert caught.value.exit_code == 2
    return caught.value.message.removeprefix(f"{path}, ")


def test_whose_submission_is_whose(tmp_path: Path) -> None:
    text = (
        "name,SUBMISSION,Canvas ID,Notes,email\n"
        '"Lovelace, Ada",ada,17,"two\nlines",ada@example.org\n'
        "\n"
        "Grace Hopper,,18,,grace@example.org\n"
    )
    read = read_roster(roster(tmp_path, text))
    assert read.people == {"ada": Person("Lovelace, Ada", "ada@example.org", canvas_id="17")}
    assert read.absent == (Person("Grace Hopper", "grace@example.org", canvas_id="18"),)
    assert [entry.line for entry in read.entries] == [2, 5]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_spreadsheets_save(tmp_path: Path, delimiter: str, end: str, mark: str) -> None:
    lines = (delimiter.join(row) for row in (("submission", "name"), ("ada", "Ada"), ("grace", "Grace")))
    read = read_roster(roster(tmp_path, mark + end.join(lines)))
    assert read.people == {"ada": Person("Ada"), "grace": Person("Grace")}


def test_the_grades_file_is_a_roster(tmp_path: Path) -> None:
    people = {"grace": Person("=Grace", "g@example.org"), "ada": Person("Ada, Countess")}
    absent = [Person("Nobody", "n@example.org")]
    path = tmp_path / "grades.csv"
    path.write_bytes(grades_csv(samples(), people, absent))
    read = read_roster(path)
    assert read.people == {**people, "linus": Person(), "template": Person()}
    assert list(read.absent) == absent


def test_two_people_may_have_the_same_name_and_section(tmp_path: Path) -> None:
    text = "submission,name,section,email\na,Kim,1,\nb,Kim,1,\n"
    assert len(read_roster(roster(tmp_path, text)).people) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: there is no column `submission`. There are: none."),
        ("name,e-mail\n", "line 1: there is no column `submission`. There are: `name`, `e-mail`."),
        ("submission,name,Name\n", "line 1: the column `name` is there more than once."),
        (
            "submission,name\nada,A\ngrace,G\nada,B\n",
            'line 4, column submission: "ada" stands in line 2 already.',
        ),
        (
            "submission,email\nada,a@example.org\ngrace,A@Example.org\n",
            'line 3, column email: "A@Example.org" stands in line 2 already.',
        ),
        ("submission,canvas_id\na,7\n,7\n", 'line 3, column canvas_id: "7" stands in line 2 already.'),
        ("submission,name\nada,Lovelace, Ada\n", "line 2: there are 3 cells, but 2 columns."),
        ('submission,name\nada,"Ada\n\n', "line 2: this is not valid CSV (unexpected end of data)."),
        (b"submission\nad\xe4\n", "line 2: this is not UTF-8 text."),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert refusal(roster(tmp_path, text)) == message


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no file"):
        read_roster(tmp_path / "none.csv")


def test_a_mistyped_submission_is_named_with_its_line(tmp_path: Path) -> None:
    read = read_roster(roster(tmp_path, "submission\nada\nhenri\nlinus\x07x\n"))
    read.check(["ada", "henri", "linus\x07x"], "reports")
    with pytest.raises(ConfigurationError) as caught:
        read.check(["ada", "henry", "linus"], "reports")
    first, second = caught.value.message.splitlines()
    where = f"{read.path}, line {{}}, column submission: there is no submission"
    assert first == f'{where.format(3)} "henri" in reports. Did you mean `henry`?'
    assert second == f'{where.format(4)} "linusx" in reports. Did you mean `linus`?'
    assert "leave the cell empty" in caught.value.next_step


def test_the_roster_of_another_class_is_refused(tmp_path: Path) -> None:
    read = read_roster(roster(tmp_path, "submission,name\nhenry,Henry\n,Zoe\n"))
    with pytest.raises(ConfigurationError, match='no submission "henry" in reports, and none of the others'):
        read.check(["ada"], "reports")
    read.check([], "reports")


def test_who_has_no_submission_there_has_handed_in_nothing(tmp_path: Path) -> None:
    read = read_roster(roster(tmp_path, "submission,name\nada,Ada\nhenry,Henry\n,Zoe\n")).matched(["ada"])
    read.check(["ada"], "reports")
    assert [person.name for person in read.absent] == ["Henry", "Zoe"]
    assert [entry.missing for entry in read.entries] == [False, True, False]


def test_of_many_mistyped_submissions_ten_are_named(tmp_path: Path) -> None:
    names = [f"student-{n}" for n in range(25)]
    read = read_roster(roster(tmp_path, "submission\nada\n" + "".join(f"x{name}\n" for name in names)))
    with pytest.raises(ConfigurationError) as caught:
        read.check(["ada", *names], "reports")
    lines = caught.value.message.splitlines()
    assert (len(lines), lines[-1]) == (11, "The same goes for 15 more lines.")


def test_what_is_kept_of_a_roster_is_read_back(tmp_path: Path) -> None:
    text = (
        "submission,name,email,submitted,due\nada,\u00c4da,a@x.org,2026-05-04 10:00,\n"
        "bob,=Bob,,,2026-05-05 10:00\n,Zoe,,,\n"
    )
    read = read_roster(roster(tmp_path, text))
    kept = tmp_path / "kept.csv"
    kept.write_bytes(document(roster_rows(read)))
    again = read_roster(kept)
    assert again.entries == read.entries
    assert kept.read_bytes().startswith(b"\xef\xbb\xbfsubmission,name,email,submitted,due\r\n")


def test_submissions_of_nobody_are_known(tmp_path: Path) -> None:
    read = read_roster(roster(tmp_path, "submission\nada\n"))
    assert read.unclaimed(["ada", "bob"]) == ("bob",)
    assert Roster(tmp_path).unclaimed(["ada"]) == ()


def test_no_roster_fits_everything(tmp_path: Path) -> None:
    Roster(tmp_path).check(["ada"], "reports")


def test_a_roster_may_have_the_names_that_submissions_were_handed_in_by(tmp_path: Path) -> None:
    names = ["Ada", "ada", "index.html", "zo\u00eb"]
    ids = distinct_folder_names(names)
    read = read_roster(roster(tmp_path, "submission,name\n" + "\n".join(f"{name},{name}" for name in names)))
    matched = read.matched(ids.values())
    matched.check(ids.values(), "class")
    assert matched.people == {ids[name]: Person(name) for name in names}
    read = read_roster(roster(tmp_path, "submission\nzoe\u0308\nnobody\n"))
    assert set(read.matched(ids.values()).people) == {"zo\u00eb", "nobody"}


def test_two_lines_that_mean_one_submission(tmp_path: Path) -> None:
    read = read_roster(roster(tmp_path, "submission\nzoe\u0308\nzo\u00eb\n"))
    with pytest.raises(ConfigurationError, match="line 3"):
        read.matched(["zo\u00eb"])


def test_names_that_a_platform_gave_mean_the_submission(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(
        "submission,name,canvas_id\nAda_17_assignsubmission_file_,Ada,\n,Jane,12345\n,Nobody,99999\n"
        "submission_551,Grace,\n"
    )
    names = {
        "doejane_12345": ("doejane_LATE_12345_67890_work", {"canvas_id": "12345"}),
        "Grace_551": ("submission_551", {"email": "grace@example.org"}),
    }
    roster = read_roster(path).by_platform(names).matched(["Ada_17", "doejane_12345", "Grace_551"])
    assert {submission: person.name for submission, person in roster.people.items()} == {
        "Ada_17": "Ada",
        "doejane_12345": "Jane",
        "Grace_551": "Grace",
    }
    assert [person.name for person in roster.absent] == ["Nobody"]
