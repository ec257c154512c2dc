"""Kind `data`: rows that are there before a revision are there afterwards, in their new shape.

The trial puts the rows in and asks the queries. This module judges the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from grader.assignment import objects
from grader.assignment.data_probe import (
    HEAD,
    MOST_ROWS,
    DataProbe,
    Expression,
    Value,
    has_star,
    is_one_query,
    is_ordered,
    without_end,
)
from grader.assignment.objects import ExpectedColumn, ExpectedSchema
from grader.assignment.tables import Flag, KindSettings, Mistake, ObjectName, Table, Text, Way
from grader.judging import data_hints, not_shown, wording
from grader.judging.answers import compare, misfit, shown_rows
from grader.judging.data_hints import RunView
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, kind
from grader.observations.data import DataAnswer, DataRun
from grader.observations.steps import StepRecord
from grader.report.model import Evidence

_SCALARS = (str, int, float, bool, date, datetime, time)
_OF_RUBRIC = ("42601", "25006", "0A000", "42P02")
"""SQLSTATEs that no schema of a submission brings about: a syntax error, a query that wants to write, what a
cursor cannot do, a parameter. Source: appendix A of PostgreSQL's documentation."""
_MOST_SHOWN = 12
_CHANGED = "have changed since the submission was tried. Grade it again."
_NO_VALUE = (
    "has a list or a table in it: a value is a text, a number, true or false, a date or a time. Write an "
    "array or JSON as PostgreSQL does, as a text; leave out what is NULL."
)


class Query(Table, frozen=True, kw_only=True):
    """A query and its answer."""

    query: Text
    """One SELECT. It reads with the student's own rights, and changes nothing."""
    rows: Annotated[tuple[Any, ...], Meta(title="a list of rows")]
    """The rows that it has to give: each a list of values, or a table of values by column. A column that such
    a table leaves out is NULL. Their order counts if the query has an ORDER BY."""
    title: Text | UnsetType = UNSET
    """What is checked, in a few words; without it, the query is shown."""


Queries = Annotated[
    tuple[Query, ...], Meta(min_length=1, title="one or more queries, each with `query` and `rows`")
]
Rows = Annotated[
    dict[
        Text, Annotated[tuple[dict[Text, Any], ...], Meta(min_length=1, title="a list of rows, each a table")]
    ],
    Meta(min_length=1, title="a table of rows by table"),
]


class Settings(KindSettings, frozen=True, kw_only=True, tag="data"):
    """Rows that are put in before a revision, and what has to become of them."""

    before: ObjectName
    """The rows are put in just before the revision that makes this: a column (`"users.first_name"`), a table
    (`"statuses"`), or `"head"` for the last revision. For a column that is there from the start it is the
    revision that changes its type, or else whether it takes NULL."""
    rows: Rows | UnsetType = UNSET
    """The rows by table, in the order in which they are put in: `users = [{ id = 1, full_name = "Ada" }]`. A
    column that is left out gets its default. `{ sql = "now()" }` is worked out by PostgreSQL."""
    sql: Text | UnsetType = UNSET
    """Statements that put the rows in, instead of `rows`."""
    expect: Queries
    """Queries that are asked at head, each with its `query`, the `rows` that it has to give, and a `title` if
    you like."""
    after_downgrade: Queries | UnsetType = UNSET
    """Queries of the same form that are asked after the downgrade to where the rows were put in."""

    in_reference: Flag = True
    """Whether the reference schema has what `before` names, and can answer the queries of `expect`. Before
    anything is graded, the file is checked against it; `false` is for what the reference models lack."""

    @property
    def queries_after(self) -> tuple[Query, ...]:
        """The queries after the downgrade; there may be none."""
        return () if isinstance(self.after_downgrade, UnsetType) else self.after_downgrade

    def probe(self) -> DataProbe:
        """What the trial puts in and asks."""
        rows: Mapping[str, Any] = {} if isinstance(self.rows, UnsetType) else self.rows
        return DataProbe(
            before=self.before,
            rows={
                table: tuple({name: _as_value(value) for name, value in row.items()} for row in of_table)
                for table, of_table in rows.items()
            },
            sql=None if isinstance(self.sql, UnsetType) else self.sql,
            at_head=tuple(without_end(item.query) for item in self.expect),
            below=tuple(without_end(item.query) for item in self.queries_after),
        )

    def parts(self) -> Iterator[tuple[Way, ExpectedSchema]]:
        """What `before` names."""
        if self.before != HEAD and "." in self.before:
            column = ExpectedColumn(*objects.column_name(self.before), types=(), nullable=None)
            yield ("before",), ExpectedSchema(columns=(column,))
        elif self.before != HEAD:
            yield ("before",), ExpectedSchema(tables=(self.before,))

    def queries_asked(self) -> Iterator[tuple[Way, str, bool]]:
        """All queries; those after the downgrade are about another schema than head's."""
        for key, queries in (("expect", self.expect), ("after_downgrade", self.queries_after)):
            for place, item in enumerate(queries):
                about_head = key == "expect" and self.in_reference
                yield (key, place, "query"), without_end(item.query), about_head

    def earlier_names(self) -> Iterator[str]:
        """The tables and columns of the rows."""
        for table, columns in self.probe().needs.items():
            yield table
            yield from (f"{table}.{column}" for column in sorted(columns))

    def mistakes(self) -> Iterator[Mistake]:
        """No rows, or both forms of them; values and queries that are none."""
        if isinstance(self.rows, UnsetType) == isinstance(self.sql, UnsetType):
            which = "needs `rows` or `sql`" if isinstance(self.rows, UnsetType) else "has `rows` and `sql`"
            yield (), f"{which}: one of the two says which rows are put in."
        rows: Mapping[str, Any] = {} if isinstance(self.rows, UnsetType) else self.rows
        if self.before in rows:
            yield (
                ("before",),
                f'is "{self.before}", and `rows` has rows for that table, which is not there then.',
            )
        for table, of_table in rows.items():
            for place, row in enumerate(of_table):
                for name, value in row.items():
                    if _expression(value) is not None:
                        continue
                    yield from _wrong_value(("rows", table, place, name), value)
        for key, queries in (("expect", self.expect), ("after_downgrade", self.queries_after)):
            for place, item in enumerate(queries):
                for way, message in _wrong_query(item):
                    yield (key, place, *way), message


def _wrong_query(item: Query) -> Iterator[Mistake]:
    if not is_one_query(item.query):
        yield ("query",), "must be one SELECT, without a second statement behind a semicolon."
    if len(item.rows) > MOST_ROWS:
        yield ("rows",), f"has {len(item.rows)} rows, and no more than {MOST_ROWS} are read."
    width: int | None = None
    for place, row in enumerate(item.rows):
        way = ("rows", place)
        if not isinstance(row, list | tuple | dict):
            yield way, "must be a list of values, or a table of values by column."
            continue
        if not isinstance(row, dict):
            if width is not None and len(row) != width:
                yield way, f"has {wording.counted(len(row), 'value')}, and the row before it has {width}."
            width = len(row)
        for value in row.values() if isinstance(row, dict) else row:
            yield from _wrong_value(way, value)


def _wrong_value(way: tuple[str | int, ...], value: object) -> Iterator[Mistake]:
    if not isinstance(value, _SCALARS):
        yield way, _NO_VALUE


def _as_value(value: Any) -> Value:
    if (found := _expression(value)) is not None:
        return found
    plain: Value = value.isoformat() if isinstance(value, date | datetime | time) else value
    return plain


def _expression(value: Any) -> Expression | None:
    """The value of `{ sql = "now()" }`."""
    if isinstance(value, dict) and value.keys() == {"sql"} and isinstance(value["sql"], str):
        return Expression(value["sql"])
    return None


def _title(settings: Settings) -> str:
    return "Rows at the last revision" if settings.before == HEAD else f"Rows on the way to {settings.before}"


def _text(settings: Settings) -> str:
    where = "the last revision" if settings.before == HEAD else f"the revision that makes `{settings.before}`"
    way_back = ", and again after the way back" if settings.queries_after else ""
    asked = [item.title for item in settings.expect if not isinstance(item.title, UnsetType)]
    named = f"\n\nAt head: {'; '.join(asked)}." if asked else ""
    return f"Rows that are put in just before {where} give the expected answers at head{way_back}.{named}"


@kind("data", Settings, title=_title, text=_text, requires=("upgrade",))
def data(case: Case[Settings]) -> Judgement:
    """Rows that are put in before a revision give the expected answers at head, and after the way back.

    The grader goes up to the parent of the revision that makes what `before` names, and puts the rows in with
    the student's own rights. Then it goes up to head and asks the queries of `expect`. If there are queries
    under `after_downgrade`, it goes back down to where the rows were put in, and asks those. Each query is a
    check of its own, and they share the points. A table that was renamed is followed.
    """
    settings, observations = case.settings, case.observations
    probe = settings.probe()
    run = next((item for item in observations.data if item.key == probe.key), None)
    if run is None:
        if observations.data:
            return Unjudged(f"The rows of this criterion {_CHANGED}")
        lacking = "The rows of this criterion were not put in."
        return not_shown.judgement(observations, "rows", "The rows can be put in", lacking)
    fault = _fault_of_rubric(settings, run)
    if fault is not None:
        return Unjudged(fault)
    view = RunView(observations, run, settings.before, _rows_shown(probe))
    stopped = data_hints.stopped_before_head(view)
    judged = [
        _check(f"expect_{number}", item, run.at_head, stopped, view)
        for number, item in enumerate(settings.expect, 1)
    ]
    stopped = stopped or data_hints.stopped_on_the_way_back(view)
    judged += [
        _check(f"after_downgrade_{number}", item, run.after, stopped, view)
        for number, item in enumerate(settings.queries_after, 1)
    ]
    checks = tuple(check for check, _ in judged)
    reasons = {check.id: reason for check, reason in judged}
    return Verdict(
        checks,
        evidence=(*_evidence(view, checks), *_outputs(run)),
        hint=data_hints.hint(view, checks, reasons),
        seconds=sum(step.seconds for step in run.steps),
    )


def _check(
    check_id: str,
    item: Query,
    answers: Mapping[str, DataAnswer],
    stopped: str | None,
    view: RunView,
) -> tuple[Check, str]:
    """The check of one query, and how the answer differs."""
    way_back = check_id.startswith("after_downgrade")
    query = without_end(item.query)
    answer = answers.get(query)
    same, expected, place = False, shown_rows(item.rows), view.place(way_back=way_back)
    if stopped is not None or answer is None:
        found = reason = stopped or "the query was not asked"
    elif answer.refused is not None:
        found = reason = f"PostgreSQL did not answer: {answer.refused}"
    elif (wrong := misfit(answer, item.rows)) is not None:
        found = reason = wrong
    else:
        result = compare(answer, item.rows, ordered=is_ordered(query))
        same, expected, reason = result.same, result.expected, result.reason
        found = f"{result.found} ({reason})" if reason else result.found
    when = "After the way back" if way_back else "At head"
    title = f"{when}: {item.query if isinstance(item.title, UnsetType) else item.title}"
    return Check(check_id, title, same, expected, found, view.run.revision, place), reason


def _fault_of_rubric(settings: Settings, run: DataRun) -> str | None:
    """What is wrong with the statements of the assignment themselves; None if nothing is seen to be."""
    if not isinstance(settings.sql, UnsetType) and run.code in _OF_RUBRIC:
        return f"PostgreSQL cannot run `sql` of this criterion, whatever the schema is: {run.refused}."
    for items, answers in ((settings.expect, run.at_head), (settings.queries_after, run.after)):
        for item in items:
            query = without_end(item.query)
            answer = answers.get(query)
            if answer is None:
                if answers:
                    return f"The queries of this criterion {_CHANGED}"
                continue
            if answer.code in _OF_RUBRIC:
                return f"PostgreSQL cannot run the query `{query}` of this criterion: {answer.refused}."
            wrong = misfit(answer, item.rows) if answer.refused is None and not has_star(query) else None
            if wrong is not None:
                return f"The rows that are expected of the query `{query}` do not fit it: {wrong}."
    return None


def _rows_shown(probe: DataProbe) -> tuple[str, ...]:
    """The rows that were put in, one on a line, as an example may be shown."""
    return tuple(
        f"{table}: {', '.join(f'{name} {_quoted(value)}' for name, value in row.items())}"
        for table, rows in probe.rows.items()
        for row in rows
    )


def _quoted(value: Value) -> str:
    if isinstance(value, Expression):
        return value.sql
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _evidence(view: RunView, checks: Sequence[Check]) -> tuple[Evidence, ...]:
    """The rows of the assignment, if a check failed."""
    if view.run.revision is None or not view.rows or all(check.passed for check in checks):
        return ()
    lines = wording.first_few(view.rows, _MOST_SHOWN, "\n")
    return (Evidence(f"The rows of the exercise, just before revision {view.run.revision}", lines),)


def _outputs(run: DataRun) -> tuple[Evidence, ...]:
    return tuple(part for step in run.steps if not _sound(step) for part in wording.output(step))


def _sound(step: StepRecord) -> bool:
    return step.succeeded and step.unseen is None
