"""How the hint of a diagnosis is followed: the edits as differences of files, and the commands.

Made from the ways that the tests follow (`tests/catalogue/follow`), so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.catalogue import difference, linked
from docs.generate.markdown import code, fenced
from tests.catalogue.follow import WAYS
from tests.catalogue.follow.way import Way

_UP = "../"


def followed(diagnosis: str) -> Iterator[str]:
    """The section of a diagnosis: each way to follow its hint, as the tests do."""
    ways = WAYS.get(diagnosis, ())
    if ways:
        yield "## How it is put right"
    for way in ways:
        yield f"In {linked(way.case, _UP)}:"
        yield from _before(way)
        yield from _steps(way)
        if way.then:
            yield f"The next step is then [{code(way.then)}]({way.then}.md)."


def _before(way: Way) -> Iterator[str]:
    if way.fails:
        lines = [*(f"$ {command}" for command in way.before), f"$ {way.fails}   # fails"]
        yield fenced("\n".join(lines), "console")


def _steps(way: Way) -> Iterator[str]:
    """The commands in a row, and each changed file once."""
    works = f"$ {way.works}" if way.works else ""
    lines = [f"$ {command}" for command in way.commands]
    for path, before, after in way.changes():
        yield _file(path, before, after)
    if lines or works:
        yield fenced("\n".join([*lines, *([works] if works else [])]), "console")


def _file(path: str, before: bytes | None, after: bytes | None) -> str:
    if after is None:
        return f"{code(path)} is deleted."
    if before is None:
        return fenced(after.decode(), "python" if path.endswith(".py") else "text", title=f"new: {path}")
    try:
        old = before.decode()
    except UnicodeDecodeError:
        return f"{code(path)} is saved again, as UTF-8."
    if old.lstrip("\ufeff") == after.decode():
        return f"{code(path)} is saved again, without a byte order mark."
    return fenced("\n".join(difference(old, after.decode())), "diff", title=path)
