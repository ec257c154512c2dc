"""A TOML file whose every value can say which line it stands on, for error messages that a person can act on.

Knows nothing of what the file is about: it hands out values of the type asked for, or a `ConfigurationError`.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import ConfigurationError
from grader.files.text_file import read_text

Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and positions in arrays."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_POSITION = re.compile(r"\s*\(at [^()]*\)$")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of an error message about an unknown word: what was probably meant, or what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}."


def dotted(key: Key) -> str:
    """A key as TOML writes it: `criteria.history.points`. Positions in arrays are left to the line number."""
    names = [part for part in key if isinstance(part, str)]
    return ".".join(name if _BARE_KEY.fullmatch(name) else f'"{name}"' for name in names)


@dataclass(frozen=True)
class TomlFile:
    """A file that is valid TOML."""

    path: Path
    text: str
    values: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Read and parse a file.

        Raises:
            ConfigurationError: it cannot be read, or is not TOML.
        """
        text = read_text(path)
        try:
            return cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            line = max((end for end, _ in _prefixes(text)), default=0) + 1
            shown = text.split("\n")[line - 1].strip()
            reason = _POSITION.sub("", str(error))
            raise ConfigurationError(
                f"{path}, line {line}: this is not valid TOML ({reason}): {shown}",
                next_step="Mend that line, or what begins on it. Text needs quotes, and a key may stand in a "
                "table only once.",
            ) from None

    @property
    def root(self) -> Table:
        """The file's outermost table."""
        return Table(self, (), self.values)

    def line_of(self, key: Key) -> int:
        """The line that a value's statement begins on, counted from 1; 1 for a key that is not there."""
        begin = 1
        for end, values in _prefixes(self.text):
            if _holds(values, key):
                return begin
            begin = end + 1
        return 1

    def problem(self, key: Key, message: str) -> ConfigurationError:
        """An error about a value: the message goes on after the name of the key."""
        return ConfigurationError(f"{self.path}, line {self.line_of(key)}: `{dotted(key)}` {message}")


def _prefixes(text: str) -> Iterable[tuple[int, dict[str, Any]]]:
    """Each line that ends a statement, and what the file says up to there; tomllib keeps no positions."""
    lines = text.split("\n")
    for end in range(len(lines) + 1):
        try:
            values = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue  # in the midst of a statement that takes several lines
        yield end, values


def _holds(values: Any, key: Key) -> bool:
    for part in key:
        if isinstance(part, str):
            if not isinstance(values, dict) or part not in values:
                return False
        elif not isinstance(values, list) or part >= len(values):
            return False
        values = values[part]
    return True


def _shown(value: Any) -> str:
    """A value as an error message names it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Table:
    """A table of a TOML file. What gives a value raises `ConfigurationError` when the value is not right."""

    file: TomlFile
    key: Key
    values: dict[str, Any]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def only(self, *known: str, what: str = "key") -> None:
        """Refuse any key that is not one of these."""
        for name in self.values:
            if name not in known:
                raise self.wrong(name, f"is not a known {what}. {suggestion(name, known)}")

    def wrong(self, name: str, message: str) -> ConfigurationError:
        """An error about one key of this table, to be raised."""
        return self.file.problem((*self.key, name), message)

    def mistyped(self, name: str, wanted: str) -> ConfigurationError:
        """An error about a key that holds something else than what is wanted, to be raised."""
        return self.wrong(name, f"must be {wanted}, but it is {_shown(self.values[name])}.")

    def need(self, name: str) -> Any:
        """A value of any type that must be there."""
        if name in self.values:
            return self.values[name]
        line = self.file.line_of(self.key)
        where = f"in `{dotted(self.key)}`" if self.key else "at the top of the file"
        raise ConfigurationError(
            f"{self.file.path}, line {line}: the key `{dotted((*self.key, name))}` is missing; "
            f"it belongs {where}."
        )

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.need(name)
        if not isinstance(value, str) or not value.strip():
            raise self.mistyped(name, "a text that is not empty")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        value = self.need(name)
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(v, str) and v.strip() for v in value)
        ):
            raise self.mistyped(name, "a list of one or more texts")
        return tuple(value)

    def choice(self, name: str, known: Iterable[str]) -> str:
        """One of a few known words."""
        value, words = self.text(name), list(known)
        if value not in words:
            raise self.wrong(name, f'cannot be "{value}". {suggestion(value, words)}')
        return value

    def flag(self, name: str) -> bool:
        """`true` or `false`."""
        value = self.need(name)
        if not isinstance(value, bool):
            raise self.mistyped(name, "true or false")
        return value

    def number(self, name: str) -> float:
        """A number, 0 or more."""
        value = self.need(name)
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not usable or value < 0:
            raise self.mistyped(name, "a number, 0 or more")
        return float(value)

    def positive(self, name: str) -> float:
        """A number above 0."""
        value = self.number(name)
        if value == 0:
            raise self.mistyped(name, "a number above 0")
        return value

    def count(self, name: str) -> int:
        """A whole number, 1 or more."""
        value = self.need(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.mistyped(name, "a whole number, 1 or more")
        return value

    def table(self, name: str) -> Table:
        """A table in this one."""
        value = self.need(name)
        if not isinstance(value, dict):
            raise self.mistyped(name, "a table")
        return Table(self.file, (*self.key, name), value)

    def tables(self, name: str) -> tuple[Table, ...]:
        """The tables of an array of tables, such as `[[accept]]`; none when there is no such key."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(name, f"must be written as one or more tables under [[{name}]].")
        return tuple(Table(self.file, (*self.key, name, index), item) for index, item in enumerate(value))
