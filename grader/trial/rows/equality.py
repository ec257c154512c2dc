"""Decides whether two values are the same although their column's type changed.

Works on PostgreSQL's text output alone and knows no tables. A sound ALTER TYPE (integer to text, timestamp to
timestamptz, boolean to integer) loses nothing. One that rounds or cuts values does.
"""

from __future__ import annotations

import ipaddress
import json
import re
import struct
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from grader.trial.rows.values import parse_type

Normaliser = Callable[[str], Hashable]

_WORD = re.compile(r"\w+")
_SECONDS = re.compile(r"\d{9,11}(?:\.\d+)?")
"""Seconds since 1970, as apps store moments in integers."""
_TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE = frozenset({"f", "false", "n", "no", "off", "0"})


def normaliser(first: str, second: str) -> Normaliser:
    """A function that writes values of both types so that the same values become equal.

    Args:
        first: A type as `format_type` writes it.
        second: The type to compare with. The order of the two does not matter.

    Returns:
        A function from PostgreSQL's text output to something comparable. It returns a text that it does not
        understand as it is; that equals only itself.
    """
    one, other = parse_type(first), parse_type(second)
    if first == second or (one.array and other.array):
        return str
    if one.array or other.array:
        return _words
    rule = next((rule for types, rule in _RULES if types & {one.base, other.base}), str)

    def normalise(text: str) -> Hashable:
        try:
            return rule(text)
        except (ValueError, InvalidOperation, OverflowError, RecursionError):
            return text

    return normalise


def _truth(text: str) -> Hashable:
    lowered = text.strip().lower()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    return text


def _words(text: str) -> Hashable:
    """For a text that became a list, or a list that became a text."""
    return tuple(_WORD.findall(text))


def _number(text: str) -> Hashable:
    found = Decimal(text.strip().replace("$", "").replace(",", ""))
    return text if found.is_nan() else found


def _instant(text: str) -> Hashable:
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


# The first rule for one of the two types decides, so the order matters: a boolean that became an integer is
# compared as a boolean, and a real that became a numeric in the precision of a real.
_RULES: tuple[tuple[set[str], Normaliser], ...] = (
    ({"boolean"}, _truth),
    ({"date", "timestamp without time zone", "timestamp with time zone"}, _instant),
    ({"real"}, lambda text: struct.pack("f", float(text))),
    ({"smallint", "integer", "bigint", "numeric", "double precision", "money", "oid"}, _number),
    ({"time with time zone", "time without time zone"}, lambda text: text.removesuffix("+00")),
    ({"json", "jsonb"}, lambda text: json.dumps(json.loads(text), sort_keys=True)),
    ({"uuid"}, lambda text: text.strip().lower().replace("-", "")),
    ({"inet", "cidr"}, lambda text: ipaddress.ip_interface(text.strip())),
    ({"bytea"}, lambda text: bytes.fromhex(text[2:]) if text.startswith("\\x") else text.encode()),
    ({"character"}, lambda text: text.rstrip(" ")),
)
