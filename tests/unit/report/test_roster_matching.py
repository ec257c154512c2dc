"""Whose submission is whose by the names of folders; what could be two people's is nobody's."""

from __future__ import annotations

from grader.report.model import Person
from grader.report.roster_matching import match


def matched(people: list[Person], *submissions: str) -> dict[str, str]:
    found = match(dict(enumerate((person, "") for person in people)), submissions)
    assert not found.doubtful
    return {name: people[at].name for at, name in found.submission_of.items()}


def test_names_numbers_and_addresses() -> None:
    people = [
        Person("Lovelace, Ada", canvas_id="11"),
        Person("Grace Hopper", "grace@x.org"),
        Person("Linus", username="lt"),
        Person("Edsger", moodle_id="5"),
    ]
    names = ("Ada Lovelace", "grace@x.org", "LT", "x_5_assignsubmission_file")
    assert list(matched(people, *names).items()) == [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("grace@x.org", "Grace Hopper"),
        ("LT", "Linus"),
        ("x_5_assignsubmission_file", "Edsger"),
    ]


def test_what_the_grader_makes_of_the_names_of_platforms() -> None:
    people = [
        Person("Lovelace, Ada", canvas_id="4711"),
        Person("Grace Hopper"),
        Person("Kim", moodle_id="4713"),
    ]
    names = ("lovelaceada_4711", "Grace Hopper_4712", "x_4713")
    assert list(matched(people, *names).values()) == ["Lovelace, Ada", "Grace Hopper", "Kim"]


def test_the_number_of_a_submission_on_gradescope() -> None:
    people = {0: (Person("Kim"), "551"), 1: (Person("Ann"), "552")}
    assert match(people, ["Kim Lee_551", "submission_552"]).submission_of == {
        0: "Kim Lee_551",
        1: "submission_552",
    }


def test_accents_may_be_written_in_two_ways() -> None:
    assert matched([Person("Zo\u00eb")], "zoe\u0308") == {"zoe\u0308": "Zo\u00eb"}


def test_a_number_of_canvas_is_stronger_than_a_name() -> None:
    people = [Person("Kim", canvas_id="1"), Person("kim_2_9_work.zip", canvas_id="2")]
    assert matched(people, "kim_2_9_work.zip") == {"kim_2_9_work.zip": "kim_2_9_work.zip"}


def test_nobody_is_guessed() -> None:
    assert matched([Person("Ada Lovelace")], "ada", "lovelace-work") == {}


def test_what_fits_two_is_doubtful() -> None:
    two = {0: (Person("Kim", "a@x.org"), ""), 1: (Person("Kim", "b@x.org"), "")}
    assert match(two, ["kim"]).doubtful == ('"kim" fits Kim, Kim.',)
    one = {0: (Person("Ada", username="al"), "")}
    assert match(one, ["ada", "al"]).doubtful == ("Ada fits ada, al.",)
