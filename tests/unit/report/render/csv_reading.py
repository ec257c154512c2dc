"""Reads CSV by its grammar alone (RFC 4180), to check files by another reader than the one they came from."""

from __future__ import annotations

import re

_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n|\n|$)')


def read_csv(data: bytes) -> list[list[str]]:
    """All rows of a file that ends with a line end; it may begin with a byte order mark."""
    text = data.decode("utf-8-sig")
    assert text.endswith("\n")
    rows: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        match = _CELL.match(text, position)
        assert match, text[position : position + 40]
        quoted, plain, end = match.groups()
        rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
        if end != ",":
            rows.append([])
        position = match.end()
    return rows[:-1]


def table(data: bytes) -> list[dict[str, str]]:
    """The rows under the header, each by the header's names."""
    header, *rows = read_csv(data)
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]
