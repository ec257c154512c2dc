"""Reads the settings of Alembic from an alembic.ini or a pyproject.toml, as Alembic does.

Reads text only and imports nothing. Must not know which of several files counts.
"""

from __future__ import annotations

import configparser
import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.observations.model import Finding, FindingKind
from grader.text import merge_conflicts

_LARGEST = 1024 * 1024
_REFERENCE = re.compile(r"%%|%\((?P<name>[^)]{1,100})\)s")
_SEPARATORS = {"space": " ", "newline": "\n", "os": ":", ":": ":", ";": ";"}
_NESTED_REFERENCES = 5
_LONGEST_VALUE = 4096
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": ("utf-8-sig", "UTF-8 with a byte order mark"),
    b"\xff\xfe": ("utf-16", "UTF-16"),
    b"\xfe\xff": ("utf-16", "UTF-16"),
}
"""The codec for each mark, and what the encoding is called. Alembic reads none of them."""


@dataclass(frozen=True)
class AlembicSettings:
    """The settings in one file."""

    script_location: str | None
    version_locations: tuple[str, ...] | None
    """None if the file does not set it: then it is `versions` in the script folder."""
    recursive: bool
    findings: tuple[Finding, ...] = ()
    prepend_sys_path: tuple[str, ...] = ()
    """Folders that Alembic puts on `sys.path`; relative ones as seen from where the command runs."""


def read_ini(path: Path, shown_path: str) -> AlembicSettings:
    """Read an `alembic.ini`. A file without the section `[alembic]` has no settings.

    Args:
        path: the file. `%(here)s` becomes its folder.
        shown_path: its path as findings show it.
    """
    text, findings = _text(path, shown_path)
    parser, problems = _parsed(text, shown_path)
    findings += problems
    if not parser.has_section("alembic"):
        return AlembicSettings(None, None, recursive=False, findings=tuple(findings))
    raw = {key: value or "" for key, value in parser.items("alembic")}
    options = {key: _expanded(value, {**raw, "here": path.parent.as_posix()}) for key, value in raw.items()}
    locations = options.get("version_locations")
    return AlembicSettings(
        script_location=options.get("script_location") or None,
        version_locations=tuple(_split(locations, options)) if locations else None,
        recursive=options.get("recursive_version_locations") == "true",
        findings=tuple(findings),
        prepend_sys_path=tuple(_split(options.get("prepend_sys_path", ""), options)),
    )


def sets_url(path: Path) -> bool:
    """Whether a configuration sets `sqlalchemy.url` to something. Alembic reads it from an ini file alone."""
    if path.suffix == ".toml":
        path = path.with_name("alembic.ini")
    if not path.is_file():
        return False
    parser, _ = _parsed(_text(path, path.name)[0], path.name)
    return bool((parser.get("alembic", "sqlalchemy.url", fallback="") or "").strip())


def read_pyproject(path: Path, shown_path: str) -> AlembicSettings | None:
    """Read a pyproject.toml; None if it has no `[tool.alembic]`.

    If the file is not valid TOML, the settings are empty, and a finding says so.
    """
    if path.stat().st_size > _LARGEST:
        return None
    data = path.read_bytes()
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return _broken_toml(error, shown_path) if b"[tool.alembic" in data else None
    tool = document.get("tool")
    table = tool.get("alembic") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        return None
    names = {"here": path.parent.as_posix()}
    location = table.get("script_location")
    texts = _texts(table.get("version_locations"))
    return AlembicSettings(
        script_location=_expanded(location, names) if isinstance(location, str) and location else None,
        version_locations=tuple(_expanded(item, names) for item in texts) or None,
        recursive=table.get("recursive_version_locations") is True,
        prepend_sys_path=tuple(_expanded(item, names) for item in _texts(table.get("prepend_sys_path"))),
    )


def _broken_toml(error: Exception, shown_path: str) -> AlembicSettings:
    """No settings, and a finding that gives the line number, never the text."""
    place = re.search(r"at line (\d+)", str(error))
    line = int(place[1]) if place else None
    where = f", line {line}" if line else ""
    message = (
        f"{shown_path}{where}: the file is not valid TOML, and Alembic cannot read it. Correct that line: "
        "look for a quote or a bracket that is not closed."
    )
    return AlembicSettings(
        None,
        None,
        recursive=False,
        findings=(Finding(FindingKind.BROKEN_CONFIG, message, shown_path, line),),
    )


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(path: Path, shown_path: str) -> tuple[str, list[Finding]]:
    """The text of a file, and a finding if Alembic cannot read its encoding."""
    data = path.read_bytes()[:_LARGEST]
    marked = (names for mark, names in _BYTE_ORDER_MARKS.items() if data.startswith(mark))
    codec, kind = next(marked, ("utf-8", ""))
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        text, kind = data.decode("latin-1"), kind or "not UTF-8"
    if not kind:
        return text, []
    message = (
        f"{shown_path} is saved as {kind}, and Alembic cannot read it. Save it as plain UTF-8 "
        "(in VS Code: the encoding's name in the status bar, then Save with Encoding, UTF-8)."
    )
    return text, [Finding(FindingKind.CONFIG_ENCODING, message, shown_path, 1)]


def _parsed(text: str, shown_path: str) -> tuple[configparser.RawConfigParser, list[Finding]]:
    # Alembic's own parser is strict. The second attempt finds the settings in spite of an error.
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        parser = configparser.RawConfigParser(strict=False)
        with contextlib.suppress(configparser.Error):
            parser.read_string(text)
        return parser, [_merge_conflict(text, shown_path) or _broken_ini(error, shown_path)]
    return parser, []


def _merge_conflict(text: str, shown_path: str) -> Finding | None:
    line = merge_conflicts.marked_line(text)
    message = f"{shown_path}, line {line}, cannot be read: {merge_conflicts.CAUSE}. {merge_conflicts.FIX}"
    return Finding(FindingKind.MERGE_CONFLICT, message, shown_path, line) if line else None


def _broken_ini(error: configparser.Error, shown_path: str) -> Finding:
    """A finding that gives the line number, never the text: the line may hold a password."""
    line = getattr(error, "lineno", None)
    errors = getattr(error, "errors", None)
    if line is None and errors:
        line = errors[0][0]
    what = {
        "DuplicateOptionError": "a setting is defined twice",
        "DuplicateSectionError": "a section is defined twice",
        "MissingSectionHeaderError": "a line stands before the first [section]",
    }.get(type(error).__name__, "a line is neither a setting nor a comment")
    where = f", line {line}" if line else ""
    message = f"{shown_path}{where}: {what}, and Alembic cannot read the file. Correct that line."
    return Finding(FindingKind.BROKEN_CONFIG, message, shown_path, line)


def _expanded(value: str, names: Mapping[str, str]) -> str:
    """Replace each `%(name)s` by its value. A name without a value stays as it is.

    A few passes with a limit on the length, not a recursion: settings that refer to each other would grow
    without end.
    """

    def named(match: re.Match[str]) -> str:
        name = (match["name"] or "").lower()
        return names.get(name, match[0]) if name and name != "here" else match[0]

    def last(match: re.Match[str]) -> str:
        return "%" if match["name"] is None else names["here"] if match["name"] == "here" else match[0]

    for _ in range(_NESTED_REFERENCES):
        value = _REFERENCE.sub(named, value)[:_LONGEST_VALUE]
    return _REFERENCE.sub(last, value)


def _split(locations: str, options: Mapping[str, str]) -> Iterator[str]:
    """Split a list of folders by the separator that the file sets; without one, by spaces and commas."""
    name = options.get("path_separator") or options.get("version_path_separator")
    separator = _SEPARATORS.get(name) if name else None
    parts = locations.split(separator) if separator else re.split(r", *| +", locations)
    return (part.strip() for part in parts if part.strip())
