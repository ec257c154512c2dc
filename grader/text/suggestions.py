"""Finds the known word that was probably meant. Must not know what the words are for."""

from __future__ import annotations

from collections.abc import Iterable

_LIKENESS = 0.7
"""How much two words must have in common, from 0 to 1."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant: the only one that begins with it, or one spelled much like it.

    None if nothing is near, or if several begin with it.
    """
    names = list(dict.fromkeys(known))
    begun = [name for name in names if word and name.startswith(word)]
    if begun:
        return begun[0] if len(begun) == 1 else None
    from difflib import get_close_matches  # noqa: PLC0415 - needed only after a mistake

    near = get_close_matches(word, names, n=1, cutoff=_LIKENESS)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean --all?`, or an empty text if nothing is near."""
    name = closest(word, known)
    return "" if name is None else f"Did you mean {name}?"
