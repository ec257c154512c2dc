"""A value of any PostgreSQL type, as the text that the type's input function reads.

Pure: the same target gives the same value. It knows types only. Which values a CHECK accepts is decided in
`candidates`, and what a whole row needs in `seeding`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from grader.trial.rows.layout import UserType

TEXT_LENGTH = 40
"""The length of a text if its column has room for it: longer than labels, shorter than usual limits."""

_MOST_BITS = 10_000
_EPOCH = datetime(2024, 1, 15, 8, 30, tzinfo=UTC)
_FILLER = "quiet harbour lamps and seven paper boats drift under the old stone bridge"
_ADDRESSES = ("url", "link", "website", "href")
_ONE_WORD = ("slug", "username", "login", "code")
"""Parts of the names of columns whose texts have a form of their own."""
_DEEPEST = 8  # how deep types within types are followed (an array of a domain over a composite ...)
_PARTS = re.compile(
    r"(?P<base>.+?)(?:\((?P<modifiers>-?\d+(?:,-?\d+)*)\))?"
    r"(?P<zone> with(?:out)? time zone)?(?P<array>(?:\[\])*)"
)


@dataclass(frozen=True)
class ColumnTarget:
    """The column and row that a value is for. They decide which value it is."""

    table: str
    column: str
    ordinal: int
    """The column's position from 1: a later date column gets the later date."""
    number: int
    """The row, counted over all rounds from 0. Rows have different values if the type allows it."""
    plain: bool = False
    """True for texts of a word or two, as people write them. Otherwise texts are long."""


@dataclass(frozen=True)
class TypeName:
    """The parts of a type as `format_type` writes it."""

    base: str
    modifiers: tuple[int, ...] = ()
    array: bool = False


@lru_cache(maxsize=512)
def parse_type(name: str) -> TypeName:
    """Split a type's name into its parts: `character varying(50)[]`, `timestamp(3) with time zone`."""
    match = _PARTS.fullmatch(name)
    if match is None:
        return TypeName(name)
    modifiers = tuple(int(part) for part in (match["modifiers"] or "").split(",") if part)
    return TypeName(match["base"] + (match["zone"] or ""), modifiers, bool(match["array"]))


def value(type_name: str, place: ColumnTarget, types: Mapping[str, UserType], depth: int = 0) -> str:
    """Make the value for a column of a row.

    Args:
        type_name: As `format_type` writes it with `search_path = pg_catalog`.
        place: The column and row that it is for.
        types: The types that are not PostgreSQL's own, by name.
        depth: How many types this type is nested in.

    Returns:
        Text for the type's input function. An unknown type gets a short text, which PostgreSQL may refuse.
    """
    name = parse_type(type_name)
    if name.array:
        element = type_name.removesuffix("[]")
        items = (value(element, shifted(place, 1000 * step), types, depth + 1) for step in range(2))
        return array_of(items if depth < _DEEPEST else ())
    user_type = types.get(type_name) or types.get(name.base)
    if user_type is not None and depth < _DEEPEST:
        return _user_value(user_type, place, types, depth + 1)
    # Types such as `interval day to second(3)` hold days and hours, unless they are in `_MAKERS`.
    maker = _MAKERS.get(name.base) or (_interval if name.base.startswith("interval ") else None)
    return maker(place, name.modifiers) if maker else text(place, 8)


def shifted(place: ColumnTarget, by: int) -> ColumnTarget:
    """The same column in another row."""
    return replace(place, number=place.number + by)


def is_text(type_name: str, types: Mapping[str, UserType]) -> bool:
    """True for types that hold free text, also `citext` and similar ones."""
    name = parse_type(type_name)
    user_type = types.get(name.base)
    return not name.array and (
        name.base in {"text", "character varying", "character", "name"}
        or (user_type is not None and user_type.kind == "b" and user_type.category == "S")
    )


def text(place: ColumnTarget, limit: int | None) -> str:
    """A readable text in lower case, without white space at its ends.

    It differs for every row if the limit leaves room. Its length is the limit, at most `TEXT_LENGTH`, or as
    much as two words take.
    """
    length = TEXT_LENGTH if limit is None else min(limit, TEXT_LENGTH)
    if place.plain:
        return _plain_text(place, length)
    tag = letters(place.number)
    if length <= len(tag) + 1:
        return letters(place.number, length)
    column = place.column.lower()
    filler = f" {place.table} {_FILLER}".lower()
    if "mail" in column and length > len(tag) + len("@example.org"):
        return _joined(tag, place.column + filler, length - len("@example.org"), ".") + "@example.org"
    if any(word in column for word in _ADDRESSES) and length > len(tag) + 8:
        return "https://" + _joined(tag, "example.org/" + column + filler, length - 8, "-")
    separator = "-" if any(word in column for word in _ONE_WORD) else " "
    return _joined(tag, column + filler, length, separator)


def _plain_text(place: ColumnTarget, limit: int) -> str:
    """Two words, the first of which differs for every row."""
    column, tag = place.column.lower(), letters(place.number, 3)
    forms = [f"{tag} harbour", f"{tag}lamp", tag]
    if "mail" in column:
        forms.insert(0, f"{tag}@example.org")
    elif any(word in column for word in _ADDRESSES):
        forms.insert(0, f"https://example.org/{tag}")
    elif any(word in column for word in _ONE_WORD):
        forms.insert(0, f"{tag}-harbour")
    return next((form for form in forms if len(form) <= limit), letters(place.number, limit))


def letters(number: int, length: int = 2) -> str:
    """A number in letters: at least `length` of them, and exactly one if `length` is 1."""
    found = ""
    while number:
        number, digit = divmod(number, 26)
        found = chr(ord("a") + digit) + found
    return found.rjust(length, "a") if length > 1 else (found or "a")[-1:]


def array_of(items: Iterable[str]) -> str:
    """An array literal of texts."""
    return "{" + ",".join(_quoted(item) for item in items) + "}"


def _quoted(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _joined(tag: str, words: str, length: int, separator: str) -> str:
    joined = separator.join(re.sub(r"[^a-z0-9]+", " ", f"{tag} {words}".lower()).split())[:length]
    return joined.rstrip(separator).ljust(length, "x")


def _user_value(kind: UserType, place: ColumnTarget, types: Mapping[str, UserType], depth: int) -> str:
    if kind.kind == "e":
        return kind.labels[place.number % len(kind.labels)] if kind.labels else ""
    if kind.kind == "d" and kind.base is not None:
        return value(kind.base, place, types, depth)
    if kind.kind == "c":
        fields = (value(attribute, place, types, depth) for attribute in kind.attributes)
        return "(" + ",".join(_quoted(item) for item in fields) + ")"
    if kind.kind == "r" and kind.base is not None:
        low, high = (value(kind.base, shifted(place, step), types, depth) for step in (0, 1))
        return f"[{_quoted(low)},{_quoted(high)})"
    if kind.kind == "m" and kind.base is not None:
        return "{" + value(kind.base, place, types, depth) + "}"
    return text(place, 8)


def _moment(place: ColumnTarget) -> datetime:
    return _EPOCH + timedelta(days=31 * (place.number % 5000) + place.ordinal, minutes=place.number % 60)


def _integer(largest: int) -> Callable[[ColumnTarget, tuple[int, ...]], str]:
    return lambda place, _: str((place.number * 16 + (place.ordinal - 1) % 16) % largest + 1)


def _numeric(place: ColumnTarget, modifiers: tuple[int, ...]) -> str:
    count = place.number * 16 + place.ordinal
    if not modifiers:
        return f"{count}.25"
    precision, scale = modifiers[0], modifiers[1] if len(modifiers) > 1 else 0
    if scale <= 0:
        return str((count % 10 ** max(precision, 1) or 1) * 10**-scale)
    whole = str(count % 10 ** max(precision - scale, 0)) if precision > scale else "0"
    digits = str(count % 10 ** min(precision, scale) or 1).zfill(min(precision, scale)).rjust(scale, "0")
    return f"{whole}.{digits}"


def _bits(place: ColumnTarget, modifiers: tuple[int, ...]) -> str:
    length = min(modifiers[0] if modifiers else 1, _MOST_BITS)
    return format((place.number + 1) % 2 ** min(length, 60), "b").zfill(length)


def _range(low: Callable[[int], str]) -> Callable[[ColumnTarget, tuple[int, ...]], str]:
    """A range that does not overlap with those of other rows, so that exclusion constraints accept it."""
    return lambda place, _: f'["{low(place.number * 2 + 2)}","{low(place.number * 2 + 3)}")'


def _multirange(low: Callable[[int], str]) -> Callable[[ColumnTarget, tuple[int, ...]], str]:
    single = _range(low)
    return lambda place, modifiers: "{" + single(place, modifiers) + "}"


def _text(place: ColumnTarget, modifiers: tuple[int, ...]) -> str:
    return text(place, modifiers[0] if modifiers else None)


def _time(place: ColumnTarget) -> str:
    return (_EPOCH + timedelta(hours=place.ordinal, seconds=97 * place.number)).strftime("%H:%M:%S")


def _interval(place: ColumnTarget, _: tuple[int, ...]) -> str:
    return f"{place.number + 1} days {place.ordinal % 24:02}:00:00"


def _octets(place: ColumnTarget) -> str:
    return f"{place.number // 250 % 250}.{place.number % 250 + 1}"


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number % 50000)).strftime("%Y-%m-%d")


def _hardware(place: ColumnTarget, _: tuple[int, ...]) -> str:
    return f"02:00:5e:{place.ordinal % 256:02x}:{place.number // 256 % 256:02x}:{place.number % 256:02x}"


def _vector(place: ColumnTarget, modifiers: tuple[int, ...]) -> str:
    return str([place.number % 97 + step for step in range(modifiers[0] if modifiers else 3)])


_RANGES: dict[str, Callable[[int], str]] = {
    "int4": lambda n: str(n * 10),
    "int8": lambda n: str(n * 10),
    "num": lambda n: f"{n * 10}.5",
    "date": _day,
    "ts": lambda n: f"{_day(n)} 10:00:00",
    "tstz": lambda n: f"{_day(n)} 10:00:00+00",
}

_MAKERS: dict[str, Callable[[ColumnTarget, tuple[int, ...]], str]] = {
    "smallint": _integer(30_000),
    "integer": _integer(2_000_000_000),
    "bigint": _integer(9_000_000_000_000),
    "oid": _integer(2_000_000_000),
    "numeric": _numeric,
    "real": lambda place, _: f"{place.number % 60_000}.5",
    "double precision": lambda place, _: f"{place.number * 16 + place.ordinal}.5",
    "money": lambda place, _: f"{place.number * 16 + place.ordinal}.50",
    "text": _text,
    "character varying": _text,
    "character": lambda place, modifiers: _text(place, modifiers or (1,)),
    "name": _text,
    '"char"': lambda place, _: letters(place.number, 1),
    "boolean": lambda place, _: "ft"[(place.number + place.ordinal) % 2],
    "date": lambda place, _: _moment(place).strftime("%Y-%m-%d"),
    "timestamp without time zone": lambda place, _: _moment(place).strftime("%Y-%m-%d %H:%M:%S"),
    "timestamp with time zone": lambda place, _: _moment(place).strftime("%Y-%m-%d %H:%M:%S+00"),
    "time without time zone": lambda place, _: _time(place),
    "time with time zone": lambda place, _: _time(place) + "+00",
    "interval": _interval,
    "interval year": lambda place, _: f"{place.number + 1} years",
    "interval month": lambda place, _: f"{place.number + 1} months",
    "interval year to month": lambda place, _: f"{place.number + 1} months",
    "uuid": lambda p, _: str(uuid.uuid5(uuid.NAMESPACE_URL, f"{p.table}/{p.column}/{p.number}")),
    "json": lambda place, _: f'{{"note": "{text(place, 20)}", "count": {place.number}}}',
    "jsonb": lambda place, _: f'{{"note": "{text(place, 20)}", "count": {place.number}}}',
    "jsonpath": lambda place, _: f"$.{letters(place.number)}",
    "bytea": lambda place, _: "\\x" + text(place, 16).encode().hex(),
    "inet": lambda place, _: f"10.{place.ordinal % 250}.{_octets(place)}",
    "cidr": lambda place, _: f"10.{place.ordinal % 250}.{_octets(place)}/32",
    "macaddr": _hardware,
    "macaddr8": lambda place, modifiers: _hardware(place, modifiers) + ":00:01",
    "bit": _bits,
    "bit varying": lambda place, modifiers: _bits(place, modifiers or (12,)),
    "xml": lambda place, _: f"<note>{text(place, 24)}</note>",
    "tsvector": lambda place, _: f"'harbour':1 '{letters(place.number)}':2",
    "tsquery": lambda place, _: f"'harbour' & '{letters(place.number)}'",
    "point": lambda place, _: f"({place.number},{place.ordinal})",
    "line": lambda place, _: f"{{1,-1,{place.number}}}",
    "lseg": lambda place, _: f"[({place.number},0),({place.number},1)]",
    "box": lambda place, _: f"(({2 * place.number + 1},1),({2 * place.number},0))",
    "path": lambda place, _: f"[({place.number},0),({place.number},1)]",
    "polygon": lambda place, _: f"(({place.number},0),({place.number},1),(0,1))",
    "circle": lambda place, _: f"<({3 * place.number},0),1>",
    "pg_lsn": lambda place, _: f"0/{place.number + 16:X}",
    "public.vector": _vector,
    **{f"{name}range": _range(low) for name, low in _RANGES.items()},
    **{f"{name}multirange": _multirange(low) for name, low in _RANGES.items()},
}
