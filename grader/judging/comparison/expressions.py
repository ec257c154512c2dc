"""Writes defaults and conditions in one form if several forms mean the same.

PostgreSQL prints many of them in one form already. The rest is done here by rules on the text, such as for
`now()` and `CURRENT_TIMESTAMP`, or `'free'::character varying` and `'free'::text`. In doubt two texts stay
different. This module knows nothing of snapshots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from grader.observations.schema import PropertyValue

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_TYPE = (
    rf"(?:{_NAME}\.)?(?:{_NAME})(?: varying| precision)?(?:\(\d+(?:,\s*\d+)?\))?"
    r"(?: with(?:out)? time zone)?(?:\[\])*"
)
_TEXT_TYPE = r"(?:text|character varying|character|bpchar)(?:\(\d+\))?"
_LITERAL = r"§\d+§"
_QUOTED = re.compile(r"[EB]?'(?:[^']|'')*'")
_NUMERIC_TYPE = r"(?:smallint|integer|bigint|numeric(?:\(\d+(?:,\s*\d+)?\))?|real|double precision)"
_NOW = "CURRENT_TIMESTAMP"
_SYNONYMS = (
    (re.compile(r"(?<![\w.])(?:now|transaction_timestamp)\(\)"), _NOW),
    (re.compile(r"(?<![\w.])LOCALTIMESTAMP\b(?!\()"), _NOW),
    (re.compile(r"(?<![\w.])char(?:acter)?_length\("), "length("),
    (re.compile(rf"(?<![\w.])timezone\(({_LITERAL}), {_NOW}\)"), rf"({_NOW} AT TIME ZONE \1)"),
    (re.compile(rf"\((nextval\({_LITERAL}\))\)::text"), r"\1"),  # `||` turns a number into text by itself
)
_SEQUENCE_IN_PUBLIC = re.compile(r"""(?<![\w.])nextval\((\(?)'public\.""")


def default(text: str | None, column_type: str) -> str | None:
    """A default in a form that is equal for two defaults that give a column of this type the same value.

    Args:
        text: As PostgreSQL prints it; None for no default.
        column_type: As `format_type` writes it.
    """
    if text is None:
        return None
    # PostgreSQL casts the value to the column's type anyway, so an explicit cast to it means nothing.
    own_cast = re.compile(rf"\((.*)\)::{re.escape(column_type)}")

    def fold(text: str) -> str:
        while (cast := own_cast.fullmatch(text)) and _is_balanced(cast[1]):
            text = cast[1]
        text = _with_synonyms(_until_stable(text, _without_literal_casts))
        return text.replace("CURRENT_DATE", _NOW) if column_type == "date" else text

    value = _with_literals_aside(_SEQUENCE_IN_PUBLIC.sub(r"nextval(\1'", text), fold)
    return None if value == "NULL" else value


def condition(text: str, text_columns: Collection[str] = ()) -> str:
    """The condition of a CHECK or a partial index, in a form that is equal if only the notation differs.

    Args:
        text: As PostgreSQL prints it.
        text_columns: The columns whose type `is_text`.
    """
    columns = "|".join(re.escape(name) for name in sorted(text_columns))

    def fold(text: str) -> str:
        text = _without_literal_casts(text, _TEXT_TYPE)
        text = re.sub(rf"\((ARRAY\[[^\[\]]*\])\)::{_TEXT_TYPE}\[\]", r"\1", text)
        return re.sub(rf"\(({columns})\)::{_TEXT_TYPE}(?!\[)", r"\1", text) if columns else text

    value = _with_literals_aside(text, lambda text: _with_synonyms(_until_stable(text, fold)))
    # The order of the values in `status IN (...)` means nothing.
    return re.sub(r"= ANY \(ARRAY\[([^\[\]]*)\]\)", _sorted_values, value)


def is_text(column_type: str) -> bool:
    """Whether a type, as `format_type` writes it, is a text type. Casts between those change nothing."""
    return re.fullmatch(_TEXT_TYPE, column_type) is not None


def takes_next_value(default_text: PropertyValue) -> bool:
    """Whether a default takes its values from a sequence, as that of a `serial` column does."""
    form = r"nextval\((?:'.*'::regclass|\('.*'::text\)::regclass)\)"
    return isinstance(default_text, str) and bool(re.fullmatch(form, default_text))


def _sorted_values(found: re.Match[str]) -> str:
    values = re.findall(r"(?:'(?:[^']|'')*'|[^,'])+", found[1])
    return f"= ANY (ARRAY[{', '.join(sorted(value.strip() for value in values))}])"


def _without_literal_casts(text: str, types: str = _TYPE) -> str:
    """Remove the casts of constants: `'free'::text`, `('a'::character varying)::text`, `NULL::text`."""
    constant = rf"{_LITERAL}|-?\d+(?:\.\d+)?|NULL|true|false"
    text = re.sub(rf"(?<![\w.§])({constant})::{types}(?![\w\[])", r"\1", text)
    return re.sub(rf"(?<![\w§])\(({constant})\)(?=::|$)", r"\1", text)


def _with_synonyms(text: str) -> str:
    for pattern, meant in _SYNONYMS:
        text = pattern.sub(meant, text)
    return text


def _with_literals_aside(text: str, fold: Callable[[str], str]) -> str:
    """Apply `fold` to a text with `§0§`, `§1§`, ... for its quoted literals, then put those back."""
    literals: list[str] = []

    def aside(found: re.Match[str]) -> str:
        literals.append(found[0])
        return f"§{len(literals) - 1}§"

    # A quoted number is how PostgreSQL prints a negative one.
    text = re.sub(rf"'(-?\d+(?:\.\d+)?)'::{_NUMERIC_TYPE}(?![\w(\[])", r"\1", text.replace("§", "\\§"))
    folded = fold(_QUOTED.sub(aside, text))
    return re.sub(r"§(\d+)§", lambda found: literals[int(found[1])], folded)


def _until_stable(text: str, fold: Callable[[str], str]) -> str:
    while (folded := fold(text)) != text:
        text = folded
    return text


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0
