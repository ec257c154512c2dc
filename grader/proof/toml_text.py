"""Parts of an assignment file as text. Must not know what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def criterion_table(
    criterion_id: str, kind: str, points: int, keys: Mapping[str, object] | None = None, comment: str = ""
) -> Iterator[str]:
    """The lines of one criterion, with its columns in a table of their own."""
    if comment:
        yield f"# {comment}"
    yield f"[criteria.{toml_key(criterion_id)}]"
    yield f"kind = {toml_value(kind)}"
    tables = {}
    for key, value in (keys or {}).items():
        if key == "columns" and isinstance(value, Mapping):
            tables[key] = value
        elif key == "group":
            yield f"group = {toml_value(value)}"
    yield f"points = {points}"
    for key, value in (keys or {}).items():
        if key not in tables and key != "group":
            yield f"{toml_key(key)} = {toml_value(value)}"
    yield ""
    for key, columns in tables.items():
        yield f"[criteria.{toml_key(criterion_id)}.{key}]"
        yield from (f"{toml_value(name)} = {toml_value(column)}" for name, column in columns.items())
        yield ""


def toml_key(name: str) -> str:
    """A key, in quotes where TOML wants them."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def toml_value(value: object) -> str:
    """A value as TOML writes it. A JSON text is a basic string of TOML but for the sign of deletion."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{toml_key(str(key))} = {toml_value(item)}" for key, item in value.items())
            + " }"
        )
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
