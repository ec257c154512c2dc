"""`overrides.toml`: whose points are meant, and that each mistake is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import ConfigurationError
from grader.report.model import Person
from grader.report.overrides import Overrides, Word, read_overrides
from tests.unit.observation_builders import assignment

PEOPLE = {
    "ada": Person("Lovelace, Ada", "ada@example.org"),
    "bob": Person("Bob", github_username="bobby"),
    "kim": Person("Kim", "kim@example.org"),
    "kim2": Person("Kim", "kim2@example.org"),
}
ABSENT = (Person("Henry"),)
END = 'comment = "Shown in the lab."\nby = "M. Keller"\ndate = 2026-05-10\n'


def read(folder: Path, *tables: str) -> Overrides:
    path = folder / "overrides.toml"
    path.write_text("".join(f"[[override]]\n{table}\n{END}" for table in tables))
    return read_overrides(path, assignment())


def words(overrides: Overrides, *, whole_class: bool = True) -> dict[str, tuple[Word, ...]]:
    return overrides.words(PEOPLE, PEOPLE, ABSENT, whole_class=whole_class)


@pytest.mark.parametrize(
    "who",
    [
        'submission = "ada"',
        'person = "Lovelace, Ada"',
        'person = "ada@EXAMPLE.org"',
    ],
)
def test_a_person_or_a_submission(tmp_path: Path, who: str) -> None:
    found = words(read(tmp_path, f'{who}\ncriterion = "history"\npoints = 7.5', f"{who}\npoints = 90"))
    assert found == {
        "ada": (
            Word("history", 7.5, "Shown in the lab.", "M. Keller", "2026-05-10"),
            Word(None, 90.0, "Shown in the lab.", "M. Keller", "2026-05-10"),
        )
    }


def test_a_number_of_a_platform_names_a_person(tmp_path: Path) -> None:
    assert list(words(read(tmp_path, 'person = "bobby"\npoints = 1'))) == ["bob"]


def test_a_part_of_the_class_needs_only_its_own(tmp_path: Path) -> None:
    overrides = read(tmp_path, 'submission = "ada"\npoints = 1', 'submission = "zoe"\npoints = 1')
    assert list(words(overrides, whole_class=False)) == ["ada"]


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("points = 1", 1, "needs either `submission` or `person`"),
        ('submission = "ada"\nperson = "Ada"\npoints = 1', 1, "needs either `submission` or `person`"),
        ('submission = "ada"', 1, "the key `override.points` is missing"),
        ('submission = "ada"\npoints = -1', 3, "`override.points` must be a number, 0 or more"),
        ('submission = "ada"\npoints = 101', 3, "is 101, but the whole has 100 points at most"),
        (
            'submission = "ada"\ncriterion = "history"\npoints = 11',
            4,
            "is 11, but `history` has 10 points at most",
        ),
        (
            'submission = "ada"\ncriterion = "histroy"\npoints = 1',
            3,
            'is "histroy", which is no criterion. Did you mean `history`?',
        ),
        ('submission = "ada"\npoint = 1', 3, "is not a known key. Did you mean `points`?"),
        ('submission = "adda"\npoints = 1', 2, "there is no such submission. Did you mean `ada`?"),
        ('person = "Lovelace, Ad"\npoints = 1', 2, "not in the roster. Did you mean `Lovelace, Ada`?"),
        ('person = "Kim"\npoints = 1', 2, "fits several: kim, kim2. Use `submission`."),
        ('person = "Henry"\npoints = 1', 2, "has handed in nothing"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, table: str, line: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        words(read(tmp_path, table))
    assert f"overrides.toml, line {line}: " in caught.value.message
    assert message in caught.value.message


def test_two_words_on_the_same_are_refused(tmp_path: Path) -> None:
    overrides = read(tmp_path, 'submission = "ada"\npoints = 1', 'person = "Lovelace, Ada"\npoints = 2')
    with pytest.raises(ConfigurationError, match="is the second word on the score of ada") as caught:
        words(overrides)
    assert "the first stands in line 1" in caught.value.message


def test_a_person_needs_a_roster(tmp_path: Path) -> None:
    overrides = read(tmp_path, 'person = "Ada"\npoints = 1')
    with pytest.raises(ConfigurationError, match="needs a roster"):
        overrides.words(["ada"], {}, (), whole_class=True)


def test_a_date_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text('[[override]]\nsubmission = "a"\npoints = 1\ncomment = "x"\nby = "y"\ndate = "soon"\n')
    with pytest.raises(ConfigurationError, match="must be a date without quotes"):
        read_overrides(path, assignment())
