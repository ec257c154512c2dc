"""A TOML file that msgspec checks by types, with messages that name the file, the line and the key.

Must not know what the file is about.
"""

from __future__ import annotations

import copy
import difflib
import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from grader.errors import ConfigurationError
from grader.files.text_file import read_text

T = TypeVar("T")
Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and positions in arrays."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_POSITION = re.compile(r"\s*\(at [^()]*\)$")
_ERROR = re.compile(r"(.*?)(?: - at (`key` in )?`\$([^`]*)`)?$", re.DOTALL)
"""A message of msgspec: `Object missing required field `points` - at `$.criteria.history``."""
_PART = re.compile(r"\w+|\.\.\.")
_ENTRY = "..."
"""What msgspec writes in a path for an entry of a dictionary, whichever it is."""


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

    def decoded(self, layout: type[T]) -> T:
        """Check the file by a type, and return its content as a value of that type.

        Raises:
            ConfigurationError: a key is missing, unknown or wrong.
        """
        try:
            return msgspec.convert(self.values, layout)
        except msgspec.ValidationError as error:
            raise self._explained(str(error), layout) from None

    def problem(self, key: Key, message: str) -> ConfigurationError:
        """Make an error about a value: the message goes on after the name of the key."""
        return ConfigurationError(f"{self.path}, line {self.line_of(key)}: `{dotted(key)}` {message}")

    def line_of(self, key: Key) -> int:
        """Find the line that a value's statement begins on, from 1; 1 for a key that is not there."""
        lines = self.text.split("\n")

        def holds_key(end: int) -> bool:
            while (values := _parsed(lines[:end])) is None:
                end += 1  # the statement goes on in the next line
            return _holds(values, key)

        line = bisect_left(range(len(lines) + 1), x=True, key=holds_key)
        return line if 1 <= line <= len(lines) else 1

    def _explained(self, message: str, layout: type) -> ConfigurationError:
        """Say what msgspec says in words for the author of the file, with the line."""
        problem, of_key, path = _ERROR.findall(message)[0]
        key: Key = ()
        for part in _PART.findall(f"{path}{_ENTRY if of_key else ''}"):
            name = self._wrong_entry(key, message, layout) if part == _ENTRY else part
            key = (*key, int(name) if name.isdigit() else name)
        rules = _rules(msgspec.json.schema(layout), key, of_key=of_key != "")
        field = problem.partition("`")[2].rpartition("`")[0]
        if problem.startswith("Object missing required field"):
            where = f"in `{dotted(key)}`" if key else "at the top of the file"
            missing = f"the key `{dotted((*key, field))}` is missing; it belongs {where}."
            return ConfigurationError(f"{self.path}, line {self.line_of(key)}: {missing}")
        if problem.startswith("Object contains unknown field"):
            known = rules[0]["properties"]
            return self.problem((*key, field), f"is not a known key. {suggestion(field, known)}")
        wanted = " or ".join(map(_wanted, rules))
        if of_key:
            return self.problem(key, f"must be {wanted}.")
        shown = _shown(_value_at(self.values, key))
        if isinstance(key[-1], int):
            return self.problem(key, f"has {shown}: each must be {wanted}.")
        return self.problem(key, f"must be {wanted}, but it is {shown}.")

    def _wrong_entry(self, table: Key, message: str, layout: type) -> str:
        """Find the entry of a table that a message of msgspec is about: each is tried alone."""
        for name in _value_at(self.values, table):
            values = copy.deepcopy(self.values)
            entries = _value_at(values, table)
            for other in entries.keys() - {name}:
                del entries[other]
            try:
                msgspec.convert(values, layout)
            except msgspec.ValidationError as error:
                if str(error) == message:
                    return str(name)
        raise LookupError(message)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Make the end of a message about an unknown word: what was probably meant, or what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}."


def dotted(key: Key) -> str:
    """Write a key as TOML does: `criteria.history.points`. The line number tells positions in arrays."""
    names = [part for part in key if isinstance(part, str)]
    return ".".join(name if _BARE_KEY.fullmatch(name) else f'"{name}"' for name in names)


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    """The values in some lines; None when they are not valid TOML."""
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _value_at(values: Any, key: Key) -> Any:
    for part in key:
        values = values[part]
    return values


def _holds(values: Any, key: Key) -> bool:
    try:
        _value_at(values, key)
    except LookupError:
        return False
    return True


def _rules(schema: dict[str, Any], key: Key, *, of_key: bool) -> list[dict[str, Any]]:
    """The parts of a JSON Schema that say what the value at a key may be, or what its name may be."""

    def alternatives(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "$ref" in rule:
            rule = schema["$defs"][rule["$ref"].rpartition("/")[2]]
        for option in rule.get("anyOf", ()):
            yield from alternatives(option)
        if "anyOf" not in rule:
            yield rule

    rules = list(alternatives(schema))
    for position, part in enumerate(key, 1):
        container = next(
            rule for rule in rules if rule["type"] == ("object" if isinstance(part, str) else "array")
        )
        if isinstance(part, int):
            rule = container["items"]
        elif of_key and position == len(key):
            rule = container["propertyNames"]
        else:
            rule = container.get("properties", {}).get(part) or container["additionalProperties"]
        rules = list(alternatives(rule))
    return rules


def _wanted(rule: dict[str, Any]) -> str:
    """What a value must be, as the end of a sentence."""
    if "enum" in rule:
        *others, last = (f'"{value}"' for value in rule["enum"])
        return f"{', '.join(others)} or {last}" if others else last
    return "a table" if "properties" in rule else str(rule["title"])


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
