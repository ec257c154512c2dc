"""Whose submission is whose, where a roster does not say it: by the names that platforms give to folders.

Only what names one person and one submission counts. Whoever is not found is not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.report.model import Person

_CANVAS = re.compile(r"^[^_]+_(?:late_)?(\d+)_\d+_")
"""`lovelaceada_LATE_4711_99_work.zip`: the number after the name is the person's."""
_MOODLE = re.compile(r"^(.*)_(\d+)_assignsubmission_")
"""`Ada Lovelace_4711_assignsubmission_file`."""
_NUMBERED = re.compile(r"^(.+)_(\d+)$")
"""`lovelaceada_4711`, `Ada Lovelace_4711`: what the grader calls a submission of a platform."""
_GRADESCOPE = re.compile(r"^submission_(\d+)$")
_WHOLE = ("username", "github_username", "email", "id_number", "sis_user_id", "sis_login_id", "name")
"""What of a person may be a whole name of a folder."""


@dataclass(frozen=True)
class Matches:
    """What was found."""

    submission_of: Mapping[int, str] = field(default_factory=dict)
    """Position of a person to their submission."""
    doubtful: tuple[str, ...] = ()
    """Sentences about what fits more than one."""


def match(people: Mapping[int, tuple[Person, str]], submissions: Iterable[str]) -> Matches:
    """Find the submission of each person.

    Args:
        people: position to the person, and the number of their submission on Gradescope, if it is known.
        submissions: the ids of the submissions that there are.
    """
    by_submission: dict[str, list[int]] = {}
    for name in submissions:
        fitting = _fitting(people, name)
        if fitting:
            by_submission[name] = fitting
    doubtful = [
        f'"{name}" fits {", ".join(_shown(people[position][0]) for position in fitting)}.'
        for name, fitting in by_submission.items()
        if len(fitting) > 1
    ]
    by_person: dict[int, list[str]] = {}
    for name, fitting in by_submission.items():
        for position in fitting:
            by_person.setdefault(position, []).append(name)
    doubtful += [
        f"{_shown(people[position][0])} fits {', '.join(names)}."
        for position, names in by_person.items()
        if len(names) > 1
    ]
    return Matches({position: names[0] for position, names in by_person.items()}, tuple(doubtful))


def _fitting(people: Mapping[int, tuple[Person, str]], submission: str) -> list[int]:
    """The people that a submission's name fits best: by a number of a platform, as a whole, or by its end."""
    name = _key(submission)
    for fits in (_by_number, _as_whole):
        fitting = [position for position, item in people.items() if fits(name, *item)]
        if fitting:
            return fitting
    ends = {
        position: len(person.github_username)
        for position, (person, _) in people.items()
        if person.github_username and name.endswith(f"-{_key(person.github_username)}")
    }
    # `hw-x-bob` is the work of `x-bob`, and not that of `bob`.
    return [position for position, length in ends.items() if length == max(ends.values())]


def _by_number(name: str, person: Person, gradescope: str) -> bool:
    numbers = (
        (_CANVAS, 1, person.canvas_id),
        (_MOODLE, 2, person.moodle_id),
        (_NUMBERED, 2, person.canvas_id),
        (_NUMBERED, 2, person.moodle_id),
        (_GRADESCOPE, 1, gradescope),
        (_NUMBERED, 2, gradescope),
    )
    return any(
        number and (found := pattern.match(name)) is not None and found[group] == number
        for pattern, group, number in numbers
    )


def _as_whole(name: str, person: Person, _: str) -> bool:
    forms = {
        _plain(name),
        *(_plain(found[1]) for found in (_MOODLE.match(name), _NUMBERED.match(name)) if found),
    }
    return any(form and form in forms for form in _forms(person))


def _forms(person: Person) -> Iterator[str]:
    """What a folder of this person may be called, in the form of `_plain`."""
    for column in _WHOLE:
        yield _plain(str(getattr(person, column)))
    last, comma, first = person.name.partition(",")
    if comma:  # `Lovelace, Ada` is also `Ada Lovelace`
        yield _plain(f"{first} {last}")


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    """A text without what people write differently: case, spaces, dots, hyphens."""
    return "".join(character for character in _key(text) if character.isalnum() or character == "@")


def _shown(person: Person) -> str:
    return person.name or person.email or person.github_username or person.username or "(no name)"
