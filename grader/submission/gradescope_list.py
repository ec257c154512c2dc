"""Reads the list in Gradescope's export of all submissions: whose each folder is.

Must not know what is graded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from grader.submission.entries import read_regular_file
from grader.text.names import decode_text
from grader.text.platform_names import HandIn

GRADESCOPE_LIST = "submission_metadata.yml"
"""The file in Gradescope's export that says whose each folder is."""
_LARGEST_LIST = 64 * 1024 * 1024
_LISTED = re.compile(r"(?P<name>submission_(?P<number>\d+)):\s*")
_SUBMITTERS = re.compile(r"  :submitters:\s*")
_OTHER_KEY = re.compile(r"  [^\s-].*")
_VALUE = re.compile(r"\s+(?:-\s+)?:(?P<key>name|email):\s*(?P<value>.*?)\s*")
_MOST_NAMES = 3


def read_gradescope_list(folder: Path) -> dict[str, HandIn]:
    """The folders of Gradescope's export, each with its people; empty if the folder is no such export.

    Line by line: the file may be long, and also holds what the students' programs printed.
    """
    path = folder / GRADESCOPE_LIST
    try:
        data = b"".join(read_regular_file(path)) if path.stat().st_size <= _LARGEST_LIST else b""
    except OSError:
        return {}
    found: dict[str, HandIn] = {}
    name, number = "", ""
    people: dict[str, list[str]] | None = None
    for line in [*decode_text(data).splitlines(), "end:"]:
        top = _LISTED.fullmatch(line)
        if people is not None and (_OTHER_KEY.fullmatch(line) or not line.startswith((" ", "-"))):
            found[name] = _of_gradescope(number, people["name"], people["email"])
            people = None
        if top is not None:
            name, number = top["name"], top["number"]
        elif name and name not in found and _SUBMITTERS.fullmatch(line):
            people = {"name": [], "email": []}
        elif people is not None and (value := _VALUE.fullmatch(line)):
            people[value["key"]].append(_plain(value["value"]))
    return found


def _of_gradescope(number: str, names: Iterable[str], emails: Iterable[str]) -> HandIn:
    named = [name for name in names if name]
    addresses = [email for email in emails if email]
    shown = named[:_MOST_NAMES] + (["others"] if len(named) > _MOST_NAMES else [])
    columns = {"email": addresses[0]} if len(addresses) == 1 and len(named) <= 1 else {}
    return HandIn(f"{' and '.join(shown) or 'submission'}_{number}", columns)


def _plain(value: str) -> str:
    """A value without the quotation marks of YAML."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1].replace("''", "'") if quoted else value
