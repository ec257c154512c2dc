"""How the hint of a diagnosis is followed: the edits as differences of files, and the commands.

Made from the ways that the tests follow (`tests/catalogue/follow`), so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docs.generate.catalogue import RIGHT, difference, linked
from docs.generate.markdown import code, fenced
from tests.catalogue import case_named
from tests.catalogue.case import Files
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
        yield _console(*way.before, f"{way.fails}   # fails")


def _steps(way: Way) -> Iterator[str]:
    """The edits and the commands in their order; edits in a row as one difference for each file."""
    files = case_named(way.case).files()
    last = [way.works] if way.works else []
    for are_commands, steps in groupby([*way.steps, *last], lambda step: isinstance(step, str)):
        if are_commands:
            yield _console(*(str(step) for step in steps))
            continue
        before = dict(files)
        for step in steps:
            if not isinstance(step, str):
                step(files)
        yield from _changed(before, files)


def _console(*commands: str) -> str:
    return fenced("\n".join(f"$ {command}" for command in commands), "console")


def _changed(before: Files, after: Files) -> Iterator[str]:
    gone = {data: path for path, data in before.items() if path not in after}
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if new is None and old not in after.values():
            yield f"{code(path)} is deleted."
        elif new is not None and new in gone:
            yield f"{code(gone[new])} becomes {code(path)}."
        elif new is not None and old is None:
            yield _new(path, new)
        elif new is not None and old is not None and new != old:
            yield _difference(path, old, new.decode())


def _new(path: str, data: bytes) -> str:
    if case_named(RIGHT).files().get(path) == data:
        return f"{code(path)} is added, as it is in the reference solution."
    return fenced(data.decode(), "python" if path.endswith(".py") else "text", title=f"new: {path}")


def _difference(path: str, before: bytes, after: str) -> str:
    try:
        old = before.decode()
    except UnicodeDecodeError:
        return f"{code(path)} is saved again, as UTF-8."
    if old.lstrip("\ufeff") == after:
        return f"{code(path)} is saved again, without a byte order mark."
    return fenced("\n".join(difference(old, after)), "diff", title=path)
