"""Names of submissions' folders: what they keep, and what they must not be."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import pytest

import grader.report
from grader.report.formats import FORMATS
from grader.report.formats import load as load_format
from grader.report.members import SUMMARY
from grader.text.folder_names import (
    CLASS_FILES,
    LONGEST,
    distinct_folder_names,
    find_folder,
    folder_name,
)

STRANGE = (
    *("index.html", "INDEX.html", "Index.HTML", "index.html.", "index.html ", "index.html. .", "grades.csv"),
    *("\uff49ndex.html", "summary.json", "Summary.JSON", "junit.xml", "moodle_worksheet.csv"),
    *("con", "CON", "nul.txt", "COM1", "lpt9.zip", ".", "..", "...", ". .", " ", ".seal", ".hidden"),
    *("x" * 255, "\u00e9" * 127, "\U0001f600" * 63, "a/b".replace("/", "__")),
    *(
        "ada",
        "Ada",
        "ADA",
        "zo\u00eb",
        "zoe\u0308",
        "ZO\u00cb",
        "stra\u00dfe",
        "strasse",
        "\u202eada",
        "_ada",
    ),
)


def comparable(name: str) -> str:
    """A name as the least exact of all file systems sees it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).rstrip(". ")


@pytest.mark.parametrize(
    "name", ["ada", "Zo\u00eb & co", "exercise4.tar", "a b", "reports", "console", "ada.com"]
)
def test_ordinary_names_stay(name: str) -> None:
    assert folder_name(name) == name
    assert distinct_folder_names([name]) == {name: name}


def test_no_two_names_meet_each_other_or_a_file_of_the_class() -> None:
    found = distinct_folder_names(STRANGE)
    assert found.keys() == set(STRANGE)
    folders = [comparable(name) for name in found.values()]
    assert len(set(folders)) == len(STRANGE)
    assert not set(folders) & CLASS_FILES
    for name in found.values():
        assert len(name.encode()) <= LONGEST
        assert not name.startswith(".")
        assert name == name.rstrip(". ")
        assert comparable(name).partition(".")[0] not in {"con", "nul", "com1", "lpt9"}


def test_the_order_makes_no_difference() -> None:
    for names in itertools.permutations(("ada", "Ada", "index.html", "zoe\u0308", "zo\u00eb")):
        assert distinct_folder_names(names) == distinct_folder_names(reversed(names))


def test_every_name_is_found_again() -> None:
    found = distinct_folder_names(STRANGE)
    assert {name: find_folder(name, found.values()) for name in STRANGE} == found
    assert find_folder("grace", found.values()) is None


def test_a_name_that_looks_like_a_changed_one() -> None:
    changed = folder_name("index.html")
    found = distinct_folder_names(["index.html", changed])
    assert found[changed] == changed
    assert found["index.html"] not in (changed, "index.html")


def test_every_file_of_a_class_is_listed() -> None:
    formats = (load_format(name).batch for name in FORMATS)
    assert {SUMMARY, *(item.name for item in formats if item is not None)} <= CLASS_FILES
    written = {
        name
        for path in Path(grader.report.__file__).parent.rglob("*.py")
        for name in re.findall(r'\bfolder / "([^"]+)"', path.read_text())
    }
    assert {"canvas.csv", "moodle.csv", "moodle_worksheet.csv"} <= written <= CLASS_FILES
    assert all(name == name.casefold() for name in CLASS_FILES)
