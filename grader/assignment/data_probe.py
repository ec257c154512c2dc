"""What the kind `data` puts into a submission's database and asks of it, as plain values.

The trial runs it, and the kind judges the answers. Must not know what answers are right.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

MOST_ROWS = 500
"""How many rows of an answer are read. An exercise needs a few."""
HEAD = "head"
"""In the place of a table or a column: the last revision, whatever it makes."""


@dataclass(frozen=True)
class Expression:
    """A value that PostgreSQL works out."""

    sql: str


Value = str | int | float | bool | Expression
"""What a row may hold. Dates and times are texts as ISO 8601 writes them."""
Row = Mapping[str, Value]


@dataclass(frozen=True)
class DataProbe:
    """Rows for a database below a revision, and queries about what became of them."""

    before: str
    """What the revision makes: a column (`users.first_name`), a table, or `HEAD`."""
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """The rows of each table, in the order in which they are put in."""
    sql: str | None = None
    """Statements that put rows in, instead of `rows`."""
    at_head: tuple[str, ...] = ()
    """Queries after the upgrade to head."""
    below: tuple[str, ...] = ()
    """Queries after the downgrade to where the rows were put in."""

    @property
    def key(self) -> str:
        """Equal for probes that put the same rows in at the same revision. Queries make no difference."""
        content = (self.before, [(table, list(rows)) for table, rows in self.rows.items()], self.sql)
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:16]

    @property
    def needs(self) -> dict[str, frozenset[str]]:
        """The tables that have to be there before, each with the columns that the rows name."""
        if self.sql is not None:
            return dict.fromkeys(_INTO.findall(self.sql), frozenset())
        return {
            table: frozenset(column for row in rows for column in row) for table, rows in self.rows.items()
        }


_INTO = re.compile(r'\binsert\s+into\s+(?:public\.)?"?(\w+)"?', re.IGNORECASE)

_HIDDEN = re.compile(
    r"--[^\n]*"
    r"|/\*.*?\*/"
    r"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
    r"|'(?:[^']|'')*'"
    r'|"(?:[^"]|"")*"',
    re.DOTALL,
)
_INNERMOST = re.compile(r"\([^()]*\)")


def outline(query: str) -> str:
    """A query without its comments, quoted texts and names, and all that stands in brackets."""
    text, found = _HIDDEN.sub(" ", query), 1
    while found:
        text, found = _INNERMOST.subn(" ", text)
    return " ".join(text.split())


def is_ordered(query: str) -> bool:
    """Whether a query says in which order its rows come."""
    return re.search(r"\border by\b", outline(query), re.IGNORECASE) is not None


def has_star(query: str) -> bool:
    """Whether a query asks for whatever columns there are: `SELECT *`."""
    return re.search(r"(?:\bselect|\bdistinct|\ball|,|\.)\s*\*", outline(query), re.IGNORECASE) is not None


def is_one_query(query: str) -> bool:
    """Whether a text is one query, and nothing that changes a database, as far as its beginning says."""
    bare = _HIDDEN.sub(" ", query).strip().rstrip(";").strip()
    return ";" not in bare and re.match(r"(?:select|with|values|table)\b|\(", bare, re.IGNORECASE) is not None


def without_end(query: str) -> str:
    """A query without the semicolons that end it, and without the comments there."""

    def masked(match: re.Match[str]) -> str:
        return (" " if match[0].startswith(("--", "/*")) else "x") * len(match[0])

    end = len(_HIDDEN.sub(masked, query).rstrip("; \t\r\n"))
    return query[:end].strip()
