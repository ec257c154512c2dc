"""Checks an assignment against its own reference: names, types, aliases, and what its criteria ask for.

Whoever writes a rubric finds out before anything is graded. Must not know a kind: each criterion says what
the reference has to have. What only a submission shows (a way back, rows that survive) is not looked at here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from grader.assignment.asked import settings_of
from grader.assignment.model import Assignment
from grader.assignment.objects import ExpectedColumn, ExpectedSchema
from grader.assignment.toml_file import Key, TomlFile, dotted, suggestion
from grader.errors import ConfigurationError
from grader.judging import row_rules
from grader.judging.expected_objects import objects_expected
from grader.judging.terms import Terms
from grader.observations.reference import SYNTAX_ERROR, ReferenceFacts
from grader.observations.schema import SchemaSnapshot

Problem = tuple[Key, str]
"""The way to a value in the file, and the rest of a sentence about it."""
_SHORT_NAMES = ("varchar", "char", "int", "bool", "decimal", "float", "timestamp", "timestamptz", "timetz")
"""Short names that PostgreSQL's parser knows besides the names of its types."""
_MARK = "If the reference does not have it on purpose, write `in_reference = false` into the criterion."


def check(assignment: Assignment, facts: ReferenceFacts, *, whole: bool = True) -> None:
    """Refuse an assignment that does not fit its own reference.

    Args:
        assignment: the assignment.
        facts: what is known of its reference.
        whole: whether rows were tried in the reference and its defaults compared. Otherwise only names, types
            and aliases are looked at.

    Raises:
        ConfigurationError: the message names the file, the key and the line of the first mistake.
    """
    problem = next(_problems(assignment, facts, whole=whole), None)
    if problem is not None:
        raise _located(assignment.path, *problem)


def _problems(assignment: Assignment, facts: ReferenceFacts, *, whole: bool) -> Iterator[Problem]:
    yield from _of_types(assignment, facts)
    yield from _of_aliases(assignment, facts.snapshot)
    yield from _of_queries(assignment, facts)
    if facts.snapshot is None:
        return
    names = facts.snapshot.table_and_column_names
    for column, _ in sorted(assignment.accepted_types):
        if column not in names:
            yield ("accept", column), _unknown(column, names)
    yield from _of_checklist(assignment, names)
    terms = Terms(types=facts.types, same_defaults=facts.asked_defaults, tried=facts.tried_rows)
    for item, settings in settings_of(assignment):
        if not getattr(settings, "in_reference", True):
            continue
        for way, part in settings.parts():
            key = ("criteria", item.id, *way)
            for problem in _of_names(part, names):
                yield key, f"{problem} {_MARK}"
            for problem in _of_part(part, facts.snapshot, terms, assignment) if whole else ():
                yield (
                    key,
                    f"is not so in the reference schema, which would fail this itself: {problem}. {_MARK}",
                )


def _of_types(assignment: Assignment, facts: ReferenceFacts) -> Iterator[Problem]:
    if not facts.unknown_types:
        return
    written: list[tuple[Key, str]] = [
        (("criteria", item.id, *way), text)
        for item, settings in settings_of(assignment)
        for way, text in settings.types_asked()
    ]
    written += [(("accept", column), text) for column, text in sorted(assignment.accepted_types)]
    written += [
        (("checklist", number, "models"), part.type)
        for number, item in enumerate(assignment.checklist)
        for part in item.models
        if part.type
    ]
    for key, text in written:
        if text in facts.unknown_types:
            said = facts.unknown_types[text].rstrip(".")
            known = sorted({*facts.type_names, *_SHORT_NAMES})
            close = difflib.get_close_matches(text.partition("(")[0].strip().lower(), known, n=1)
            meant = f" Did you mean `{close[0]}`?" if close else ""
            yield key, f'has the type "{text}", which PostgreSQL does not take: {said}.{meant}'


def _of_queries(assignment: Assignment, facts: ReferenceFacts) -> Iterator[Problem]:
    for item, settings in settings_of(assignment):
        for way, query, about_head in settings.queries_asked():
            code, said = facts.refused_queries.get(query, ("", ""))
            if code == SYNTAX_ERROR:
                yield ("criteria", item.id, *way), f"is no query that PostgreSQL can read: {said}."
            elif code and about_head:
                yield (
                    ("criteria", item.id, *way),
                    f"is a query that the reference schema cannot answer: {said}. {_MARK}",
                )


def _of_checklist(assignment: Assignment, names: frozenset[str]) -> Iterator[Problem]:
    for number, item in enumerate(assignment.checklist):
        for part in item.models:
            whole = f"{part.table}.{part.column}" if part.column and part.table in names else part.table
            if whole not in names:
                yield ("checklist", number, "models"), _unknown(whole, names)


def _of_aliases(assignment: Assignment, reference: SchemaSnapshot | None) -> Iterator[Problem]:
    names = reference.table_and_column_names if reference is not None else _named_by_criteria(assignment)
    names |= {name for _, settings in settings_of(assignment) for name in settings.earlier_names()}
    taken: dict[str, str] = {}
    for name, others in assignment.aliases.items():
        key = ("aliases", name)
        table, dot, _ = name.partition(".")
        if name not in names:
            yield key, _unknown(name, names, known=reference is not None)
        for other in others:
            whole = f"{table}.{other}" if dot else other
            if "." in other:
                yield key, f'has "{other}": write the other name alone, without a table.'
            elif whole in names:
                yield key, f'has "{other}", which has a meaning of its own, so it cannot stand for {name}.'
            elif whole in taken:
                yield key, f'has "{other}", which stands for {taken[whole]} already.'
            taken[whole] = name


def _named_by_criteria(assignment: Assignment) -> frozenset[str]:
    found: set[str] = set()
    for _, settings in settings_of(assignment):
        for _, part in settings.parts():
            for table, column in part.names():
                found.update((table, f"{table}.{column}") if column else (table,))
    return frozenset(found)


def _of_names(part: ExpectedSchema, names: frozenset[str]) -> Iterator[str]:
    for table, column in part.names():
        name = table if column is None or table not in names else f"{table}.{column}"
        if name not in names:
            yield _unknown(name, names)
            return


def _of_part(
    part: ExpectedSchema, reference: SchemaSnapshot, terms: Terms, assignment: Assignment
) -> Iterator[str]:
    accepted = {(column, terms.type(written)) for column, written in assignment.accepted_types}
    for item in objects_expected(part, terms):
        found = item.look(reference)
        column = next(iter(part.columns), None)
        if found.as_asked or (column is not None and _is_accepted(column, accepted, terms)):
            continue
        yield f"expected {item.expected}, but {found.text}"
    for rule in part.rows:
        problem = row_rules.problem_of(rule, terms.tried)
        if problem is not None:
            yield problem


def _is_accepted(column: ExpectedColumn, accepted: set[tuple[str, str]], terms: Terms) -> bool:
    """Whether a type that is asked for may stand in the place of the reference's."""
    return any((f"{column.table}.{column.name}", terms.type(written)) in accepted for written in column.types)


def _unknown(name: str, names: frozenset[str], *, known: bool = True) -> str:
    alike = {item for item in names if ("." in item) == ("." in name)}
    table, dot, _ = name.partition(".")
    if dot:  # columns of its own table come first
        alike = {item for item in alike if item.startswith(f"{table}.")} or alike
    noun = "column" if dot else "table"
    lacking = "which the reference schema does not have" if known else "which no criterion names"
    return f"names the {noun} {name}, {lacking}. {suggestion(name, alike)}"


def _located(path: str | None, key: Key, message: str) -> ConfigurationError:
    """The error with the line, where the file is at hand."""
    if path is None or not Path(path).is_file():
        return ConfigurationError(f"the assignment file: `{dotted(key)}` {message}")
    file = TomlFile.read(Path(path))
    if key[0] == "accept":
        places = [place for place, item in enumerate(file.values["accept"]) if item["column"] == key[1]]
        key = ("accept", *places[:1], "column")
    return file.problem(key, message)
