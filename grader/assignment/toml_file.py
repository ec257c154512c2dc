"""Reads a TOML file and checks it by types; a message about a mistake names the file, the line and the key.

Must not know what the file is about.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from grader.errors import ConfigurationError
from grader.files.text_file import read_text

T = TypeVar("T")
Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and positions in arrays."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_POSITION = re.compile(r"\s*\(at [^()]*\)$")
_PART = re.compile(r"\w+|\.\.\.")
_ENTRY = "..."
"""What msgspec writes in a path for the value of any entry of a dictionary."""
_NAME = "`key` in "
"""What msgspec writes before the path of a dictionary when the name of an entry is wrong."""
_ERROR = re.compile(rf"(.*?)(?: - at ({_NAME})?`\$([^`]*)`)?$", re.DOTALL)
"""A message of msgspec: "Object missing required field `points` - at `$.criteria.history`"."""


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
            lines = text.split("\n")
            line = max(end for end in range(len(lines)) if _parsed(lines[:end]) is not None) + 1
            shown = lines[line - 1].strip()
            reason = _POSITION.sub("", str(error))
            raise ConfigurationError(
                f"{path}, line {line}: this is not valid TOML ({reason}): {shown}",
                next_step="Correct that line, or what begins on it. Text needs quotes, and a key may stand "
                "in a table only once.",
            ) from None

    def decoded(self, layout: type[T], at: Key = ()) -> T:
        """Check the file by a type, and return its content as a value of that type.

        Args:
            layout: the type.
            at: the way to the table that is checked; the whole file if it is empty.

        Raises:
            ConfigurationError: a key is missing, unknown or wrong.
        """
        try:
            return msgspec.convert(self._value(at), layout)
        except msgspec.ValidationError as error:
            raise self._explained(str(error), layout, at) from None

    def problem(self, key: Key, message: str) -> ConfigurationError:
        """Make an error about a value: the message goes on after the name of the key."""
        return ConfigurationError(f"{self.path}, line {self.line_of(key)}: `{dotted(key)}` {message}")

    def line_of(self, key: Key) -> int:
        """Find the line on which a value's statement begins, from 1; 1 for a key that is not there."""
        lines = self.text.split("\n")

        def holds_key(end: int) -> bool:
            while (values := _parsed(lines[:end])) is None:
                end += 1  # the statement goes on in the next line
            return _holds(values, key)

        line = bisect_left(range(len(lines) + 1), x=True, key=holds_key)
        return line if 1 <= line <= len(lines) else 1

    def _value(self, key: Key) -> Any:
        value: Any = self.values
        for part in key:
            value = value[part]
        return value

    def _explained(self, message: str, kind: Any, at: Key) -> ConfigurationError:
        """Say what msgspec says in words for the author of the file, with the line."""
        problem, of_name, path = _ERROR.findall(message)[0]
        key, value = at, self._value(at)
        for part in _PART.findall(path):
            name = _wrong_entry(value, kind) if part == _ENTRY else int(part) if part.isdigit() else part
            key, value, kind = (*key, name), value[name], _inside(kind, part)
        field = problem.partition("`")[2].rpartition("`")[0]
        if problem.startswith("Object missing required field"):
            where = f"in `{dotted(key)}`" if key else "at the top of the file"
            missing = f"the key `{dotted((*key, field))}` is missing; it belongs {where}."
            return ConfigurationError(f"{self.path}, line {self.line_of(key)}: {missing}")
        if problem.startswith("Object contains unknown field"):
            tables = (bare for bare, _ in _alternatives(kind) if _is_table(bare))
            known = _keys(next(tables))
            return self.problem((*key, field), f"is not a known key. {suggestion(field, known)}")
        if of_name:
            entry = (*key, _wrong_entry(value, kind))
            return self.problem(entry, f"must be {_wanted(_inside(kind, _NAME))}.")
        if isinstance(key[-1], int):
            return self.problem(key, f"has {_shown(value)}: each must be {_wanted(kind)}.")
        return self.problem(key, f"must be {_wanted(kind)}, but it is {_shown(value)}.")


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _keys(table: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys of a table; one that has a tag has the key of the tag, too."""
    tag = table.__struct_config__.tag_field
    return (*table.__struct_fields__, *((tag,) if tag else ()))


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: what was probably meant, or what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}."


def dotted(key: Key) -> str:
    """A key as TOML writes it: `criteria.history.points`. The line number tells positions in arrays."""
    names = [part for part in key if isinstance(part, str)]
    return ".".join(name if _BARE_KEY.fullmatch(name) else f'"{name}"' for name in names)


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    """The values in some lines; None when they are not valid TOML."""
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _holds(values: Any, key: Key) -> bool:
    try:
        for part in key:
            values = values[part]
    except (LookupError, TypeError):
        return False
    return True


def _alternatives(kind: Any) -> list[tuple[Any, str]]:
    """A type without its annotation, with the title from there; of a union, each of its types."""
    title = ""
    if get_origin(kind) is Annotated:
        title, kind = kind.__metadata__[0].title, kind.__origin__
    if get_origin(kind) in (Union, UnionType):
        members = (member for member in get_args(kind) if member is not msgspec.UnsetType)
        return [alternative for member in members for alternative in _alternatives(member)]
    return [(kind, title)]


def _inside(kind: Any, part: str) -> Any:
    """The type of what a table or a list holds at one part of a path; for `_NAME`, of a dictionary's keys."""
    for bare, _ in _alternatives(kind):
        if _is_table(bare):
            return get_type_hints(bare, include_extras=True)[part]
        if get_origin(bare) in (dict, list, tuple):
            return get_args(bare)[1 if part == _ENTRY else 0]
    raise LookupError(part)


def _wrong_entry(table: dict[str, Any], kind: Any) -> str:
    """The first entry of a table that is not of its type, by name or by value."""
    bare = _alternatives(kind)[0][0]
    for name, value in table.items():
        try:
            msgspec.convert({name: value}, bare)
        except msgspec.ValidationError:
            return name
    raise LookupError(kind)


def _wanted(kind: Any) -> str:
    """What a value must be, as the end of a sentence."""
    words = []
    for bare, title in _alternatives(kind):
        if get_origin(bare) is Literal:
            words += [f'"{value}"' for value in get_args(bare)]
        elif isinstance(bare, type) and issubclass(bare, Enum):
            words += [f'"{value}"' for value in bare]
        else:
            words.append(title or "a table")
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _shown(value: Any) -> str:
    """A value as an error message names it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        kind, of = ("table", "key") if isinstance(value, dict) else ("list", "value")
        return f"a {kind} with {len(value) or 'no'} {of}{'' if len(value) == 1 else 's'}"
    return str(value)
