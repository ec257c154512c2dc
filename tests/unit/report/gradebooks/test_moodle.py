"""Moodle: the file for the gradebook's import, and a worksheet that is filled and otherwise left alone."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.errors import ConfigurationError
from grader.report.gradebooks.moodle import feedback, fill_worksheet, grade, import_csv
from grader.report.model import Person
from tests.unit.report.render.csv_reading import read_csv, table
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, hiding, person_of, sample, samples

PEOPLE = {
    "grace": Person("Hopper, Grace", "grace@example.org", moodle_id="4711"),
    "ada": Person("Ada Lovelace", "ADA@example.org", id_number="18"),
    "linus": Person("Linus", "linus@example.org"),
}
WORKSHEET = (EXPECTED / "worksheet.csv").read_bytes()
HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)


def worksheet(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{row}{end}" for row in (header, *rows)).encode()


def refusal(data: bytes, people: dict[str, Person] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        fill_worksheet("marks.csv", data, samples(), PEOPLE if people is None else people)
    assert caught.value.next_step
    assert caught.value.exit_code == 2
    return caught.value.message


class Tags(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Note an element."""
        self.tags.append(tag)


def test_the_whole_import_file() -> None:
    assert import_csv(samples(), PEOPLE) == (EXPECTED / "moodle.csv").read_bytes()


def test_who_has_no_score_or_cannot_be_found_is_not_in_the_import_file() -> None:
    rows = table(import_csv(samples(), PEOPLE))
    assert [row["Email address"] for row in rows] == ["grace@example.org", "ADA@example.org"]


def test_a_grade_is_never_above_the_maximum() -> None:
    assert [grade(report) for report in samples()] == [75, None, 100, 0]
    assert grade(replace(sample("perfect"), score=98.0)) == 100
    assert grade(replace(sample("perfect"), score=90.0)) == 95


def test_the_whole_worksheet() -> None:
    filled = fill_worksheet("worksheet.csv", WORKSHEET, samples(), PEOPLE)
    assert filled.data == (EXPECTED / "worksheet_filled.csv").read_bytes()
    assert (filled.graded, filled.locked) == (("ada", "grace"), ())


def test_all_but_grade_and_feedback_is_as_it_was() -> None:
    before = table(WORKSHEET.removeprefix(b"\xef\xbb\xbf"))
    data = fill_worksheet("worksheet.csv", WORKSHEET, samples(), PEOPLE).data
    after = table(data.removeprefix(b"\xef\xbb\xbf"))
    assert list(before[0]) == list(after[0])
    for was, is_ in zip(before, after, strict=True):
        filled = is_["Email address"] in ("grace@example.org", "ada@example.org")
        free = {"Grade", "Feedback comments"} if filled else set()
        assert {name for name in was if was[name] != is_[name]} == free


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_stay(end: str, mark: bytes) -> None:
    data = mark + worksheet("Participant 1,Who,who@example.org,-,,100.00,Yes,-,-,", end=end)
    assert fill_worksheet("marks.csv", data, samples(), PEOPLE).data == data


def test_columns_are_found_by_name_in_any_order_and_case() -> None:
    data = b"FEEDBACK COMMENTS, grade ,Notes,IDENTIFIER\n,,=1+1,Participant 4711\n"
    (row,) = table(fill_worksheet("marks.csv", data, samples(), PEOPLE).data)
    assert (row[" grade "], row["Notes"], row["IDENTIFIER"]) == ("75", "=1+1", "Participant 4711")
    assert row["FEEDBACK COMMENTS"].startswith("75 of 100 points<br>")


def test_a_worksheet_need_not_take_feedback() -> None:
    filled = fill_worksheet("marks.csv", b"Identifier,Grade\nParticipant 4711,\n", samples(), PEOPLE)
    assert filled.data == b"Identifier,Grade\nParticipant 4711,75\n"


def test_a_locked_grade_is_left_and_named() -> None:
    data = worksheet("Participant 4711,G,g@example.org,-,50.00,100.00,No,-,-,kept")
    filled = fill_worksheet("marks.csv", data, samples(), PEOPLE)
    assert (filled.data, filled.graded, filled.locked) == (data, (), ("grace",))


def test_the_number_counts_before_the_address_and_the_address_before_the_name() -> None:
    data = worksheet(
        "Participant 1,Ada Lovelace,other@example.org,-,,100.00,Yes,-,-,",
        "Participant 2,Someone,ada@example.org,-,,100.00,Yes,-,-,",
    )
    rows = table(fill_worksheet("marks.csv", data, samples(), PEOPLE).data)
    assert [row["Grade"] for row in rows] == ["", "100"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "marks.csv, line 1: there is no column Grade. There are: none."),
        (b"Identifier,Note\n", "marks.csv, line 1: there is no column Grade. There are: Identifier, Note."),
        (
            b"Grade,Note\n",
            "no column Identifier, Email address or Full name to find people by. There are: Grade, Note.",
        ),
        (b"Identifier,Grade\nParticipant 1\n", "marks.csv, line 2: there are 1 cells, but 2 columns."),
        (b"Identifier,Grade\nParticipant 1,\xff\n", "marks.csv, line 2: this is not UTF-8 text."),
        (b'Identifier,Grade\n"Participant 1,\n', "this is not valid CSV"),
        (
            worksheet('Participant 4711,G,g@example.org,-,,"10,00",Yes,-,-,'),
            "marks.csv, line 2, column Maximum Grade: the maximum is 10,00 in Moodle and 100 in the reports.",
        ),
        (
            worksheet("Participant 4711,G,g@example.org,-,,much,Yes,-,-,"),
            "marks.csv, line 2, column Maximum Grade: the maximum is much in Moodle",
        ),
        (
            worksheet(*["Participant 4711,G,g@example.org,-,,100.00,Yes,-,-,"] * 2),
            "marks.csv, line 3: it cannot be told whose row this is",
        ),
    ],
)
def test_a_worksheet_that_does_not_fit_is_refused(data: bytes, message: str) -> None:
    assert message in refusal(data)


def test_two_submissions_for_one_row_are_refused() -> None:
    data = worksheet("Participant 4711,G,g@example.org,-,,100.00,Yes,-,-,")
    twice = {"grace": Person(moodle_id="4711"), "ada": Person(moodle_id="4711")}
    assert "it cannot be told whose row this is" in refusal(data, twice)


def test_feedback_holds_what_students_may_see() -> None:
    hint = "Give the revision a message"
    assert hint in feedback(sample())
    assert hint not in feedback(hiding(sample(), hints=True))
    assert "History" not in feedback(hiding(sample(), "history"))
    assert "75" not in feedback(hiding(sample(), points=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_no_html_and_no_formula(text: str) -> None:
    report = everywhere(text)
    parser = Tags()
    parser.feed(feedback(report))
    parser.close()
    assert set(parser.tags) <= {"br"}
    people = {report.submission.id: replace(person_of(text), moodle_id="1")}
    rows = read_csv(import_csv([report], people))
    filled = fill_worksheet(
        "marks.csv", worksheet("Participant 1,W,w@example.org,-,,100.00,Yes,-,-,"), [report], people
    )
    for cells in (*rows, *read_csv(filled.data)[1:]):
        assert not any(value.startswith(("=", "+", "@", "\t", "\r")) for value in cells)
    assert filled.graded == (report.submission.id,)
