"""Of the files that a platform hands out, tells which are the same person's, and which of these counts.

Must not know how a class's folder is told from others, or what is graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from grader.errors import UsageError
from grader.submission.archive import ARCHIVE_ENDINGS
from grader.submission.git.repository import is_repository
from grader.text.names import printable
from grader.text.platform_names import HandIn, newest, read_name

_MOST_NAMED = 8


class Attempts(NamedTuple):
    """One child of a class's folder for each person."""

    children: tuple[Path, ...]
    hand_ins: Mapping[Path, HandIn]
    """What a platform's name says of a child, where it says something."""
    notes: tuple[str, ...] = ()
    """What is not graded: earlier attempts, and texts that were typed in on the platform. A line for each."""


def handed_in_as(path: Path) -> str:
    """The file name of a submission, without the ending of an archive or a bare repository."""
    name = path.name
    if is_repository(path):
        return name.removesuffix(".git") or name
    if path.is_dir():
        return name
    ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


def last_attempts(children: Sequence[Path], listed: Mapping[str, HandIn]) -> Attempts:
    """Take each person's last attempt.

    Args:
        children: the folders and archives of a class.
        listed: those that a list of the platform names, see `read_gradescope_list`.

    Raises:
        UsageError: a person has several files, and their names do not say which is the last.
    """
    hand_ins = {
        child: found
        for child in children
        if (found := listed.get(child.name) or read_name(handed_in_as(child))) is not None
    }
    texts = [child for child, hand_in in hand_ins.items() if hand_in.is_text]
    by_person: dict[str, list[Path]] = {}
    for child in children:
        if child in hand_ins and child not in texts:
            by_person.setdefault(hand_ins[child].id, []).append(child)
    several = {person: paths for person, paths in by_person.items() if len(paths) > 1}
    last = {
        person: newest([(path.name, hand_ins[path]) for path in paths]) for person, paths in several.items()
    }
    _refuse_unclear({person: several[person] for person, name in last.items() if name is None})
    earlier = {path for person, paths in several.items() for path in paths if path.name != last[person]}
    notes = [
        f"Of {printable(person)}, the last attempt is graded: {printable(last[person] or '', limit=80)}, not "
        f"{', '.join(printable(path.name, limit=80) for path in paths if path in earlier)}"
        for person, paths in several.items()
    ]
    notes += [
        f"Not graded, as it is a text and no file: {printable(child.name, limit=80)}" for child in texts
    ]
    kept = tuple(child for child in children if child not in earlier and child not in texts)
    return Attempts(kept, hand_ins, tuple(notes))


def _refuse_unclear(unclear: Mapping[str, Sequence[Path]]) -> None:
    if not unclear:
        return
    problems = [
        f"{printable(person)} has several files, and only one can be graded: "
        f"{', '.join(printable(path.name, limit=80) for path in paths)}"
        for person, paths in unclear.items()
    ]
    if len(problems) > _MOST_NAMED:
        problems[_MOST_NAMED:] = [f"... and {len(problems) - _MOST_NAMED} more"]
    raise UsageError(
        "\n".join(problems),
        next_step="Nothing was graded. Keep the file that counts, and remove the others. If they belong "
        "together, put them into one folder.",
    )
