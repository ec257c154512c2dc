"""The kinds of criteria, each in the module of its name: settings, text, and the function that judges.

A kind is found by its name: `NAMES` lists them, and a module is only loaded when its kind is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from grader.judging.rubric import Kind

NAMES = (
    "upgrade",
    "current",
    "history",
    "downgrade",
    "models",
    "schema",
    "column_change",
    "configuration",
    "reapply",
    "stairway",
    "rows",
    "data",
    "offline",
    "atomic",
    "unedited",
    "explained",
)
"""In the order of the docs."""


class _Kinds(Mapping[str, Kind[Any]]):
    """All kinds by name."""

    def __getitem__(self, name: str) -> Kind[Any]:
        if name not in NAMES:
            raise KeyError(name)
        kind: Kind[Any] = getattr(import_module(f"{__name__}.{name}"), name)
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


KINDS: Mapping[str, Kind[Any]] = _Kinds()

__all__ = ["KINDS", "NAMES"]
