"""What was observed, in words: steps, columns and differences, as students read them in checks and evidence.

This module knows no criterion and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.judging.diagnosis.families.limits import ENDINGS
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Finding
from grader.observations.schema import ChangeKind, Difference, PropertyValue, SchemaKind, SchemaSnapshot
from grader.observations.steps import Pass, StepRecord
from grader.report.model import Evidence
from grader.text.untrusted import shorten

MAX_OUTPUT_LINES = 40
MAX_LINE_CHARACTERS = 300
MAX_VALUE_CHARACTERS = 500
MAX_DIFFERENCES = 25
MAX_FOUND_DIFFERENCES = 3

_PASSES: dict[Pass, str] = {
    Pass.ONE_SHOT: "in the plain run",
    Pass.STAIRWAY: "one revision at a time",
    Pass.ROWS: "with rows in the tables",
    Pass.DATA: "with the rows of the exercise in the tables",
    Pass.MODELS: "when the models' tables were made",
    Pass.REPLAY: "when the revisions were run alone",
    Pass.OUTSIDE: "when the run was taken apart",
    Pass.ATOMIC: "when it was broken off",
    Pass.OFFLINE: "without a database",
}


def when(step: StepRecord) -> str:
    """The pass that a step belongs to, and the revision if the pass takes one revision at a time."""
    at = f", at {step.revision}" if step.revision is not None else ""
    return f"{_PASSES[step.trial_pass]}{at}"


def ending(step: StepRecord | None) -> str:
    """How a step ended, in a few words."""
    if step is None:
        return "it was not run"
    if step.limit is not None:
        return f"it {ENDINGS[step.limit]}"
    if step.exit_code == 0:
        return "it ended without an error"
    words = _last_words(step)
    last = f": {shorten(words, MAX_LINE_CHARACTERS)}" if words else ""
    how = "it was ended" if step.exit_code is None else f"it ended with exit code {step.exit_code}"
    return how + last


def _last_words(step: StepRecord) -> str:
    """The error that ended a command, or the last line that it printed if no error is recognised."""
    error, *others = errors(step.output)
    if others:  # without others, the one is the whole output
        return error.headline
    return next((line.strip() for line in reversed(step.output.splitlines()) if line.strip()), "")


def output(step: StepRecord | None) -> tuple[Evidence, ...]:
    """The end of a step's output, because errors come last; nothing if the step printed nothing."""
    if step is None or not step.output.strip():
        return ()
    lines = step.output.strip("\n").splitlines()
    shown = [shorten(line, MAX_LINE_CHARACTERS) for line in lines[-MAX_OUTPUT_LINES:]]
    if len(lines) > MAX_OUTPUT_LINES:
        shown.insert(0, f"[{len(lines) - MAX_OUTPUT_LINES} lines before this are left out]")
    return (Evidence(f"What `{step.command}` printed", "\n".join(shown)),)


def versions(step: StepRecord | None) -> str:
    """What the version table held after a step."""
    if step is None:
        return "not looked at"
    if step.unseen is not None:
        return f"not known: {unseen(step)}"
    if step.versions is None:
        return "no version table"
    return ", ".join(sorted(step.versions)) or "an empty version table"


def unseen(step: StepRecord) -> str:
    """That the database could not be looked at after a step, and why."""
    return f"the database could not be looked at: {step.unseen}"


def version_table(revisions: Sequence[str]) -> str:
    """Revision ids as a version table shows them."""
    return ", ".join(sorted(revisions)) or "an empty version table (base)"


def column(snapshot: SchemaSnapshot, table: str, name: str) -> str:
    """A column in words: its type and whether it is nullable, or that it is not there."""
    found = snapshot.find(SchemaKind.COLUMN, f"{table}.{name}")
    if found is None:
        return f"there is no column {table}.{name}"
    return f"{table}.{name} is {column_type(found.properties)}"


def column_type(properties: dict[str, PropertyValue]) -> str:
    """A column's type with its nullability: `character varying(255), nullable`."""
    return described_type(str(properties.get("type")), nullable=bool(properties.get("nullable")))


def described_type(type_name: str, *, nullable: bool | None) -> str:
    """A type with its nullability: `text, not null`."""
    return type_name if nullable is None else f"{type_name}, {'nullable' if nullable else 'not null'}"


def thing(item: Difference) -> str:
    """What a difference is about: `table users`, or `column users.bio, nullable`."""
    return f"{item.kind} {item.name}" + (f", {item.property}" if item.property else "")


def difference(item: Difference) -> str:
    """One difference as a sentence without a full stop."""
    where = f" (since revision {item.revision})" if item.revision else ""
    thing = f"{item.kind} {item.name}"
    if item.change is ChangeKind.MISSING:
        return f"{thing} is missing{where}"
    if item.change is ChangeKind.EXTRA:
        return f"{thing} is there and should not be{where}"
    if item.property == "nullable":
        is_, should = ("nullable", "not null") if item.found else ("not null", "nullable")
        return f"{thing} is {is_}, expected {should}{where}"
    return f"{thing}: {item.property} is {value(item.found)}, expected {value(item.expected)}{where}"


def differences(
    title: str, items: Sequence[Difference], *, told: Callable[[Difference], str] = difference
) -> tuple[Evidence, ...]:
    """A list of differences as evidence, each put into words by `told`; nothing if there are none."""
    lines = first_few([told(item) for item in items], MAX_DIFFERENCES, "\n")
    return (Evidence(title, lines),) if items else ()


def in_brief(
    items: Sequence[Difference], none: str, *, told: Callable[[Difference], str] = difference
) -> str:
    """The first few differences in one line.

    Args:
        items: the differences.
        none: the text if there are none.
        told: puts one difference into words.
    """
    return first_few([told(item) for item in items], MAX_FOUND_DIFFERENCES) or none


def first_few(items: Sequence[str], most: int, separator: str = "; ") -> str:
    """The first few items, and how many more there are."""
    more = (f"and {len(items) - most} more",) if len(items) > most else ()
    return separator.join((*items[:most], *more))


def finding(item: Finding) -> str:
    """A finding's message with its file and line, unless the message names the file itself."""
    if item.path is None or item.path in item.message:
        return item.message
    line = f", line {item.line}" if item.line else ""
    return f"{item.message} ({item.path}{line})"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 revision`, `3 revisions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def value(held: PropertyValue) -> str:
    """A property's value in words: `yes`, `none`, `(id, name)`."""
    if held is None or held == "":
        return "none"
    if isinstance(held, bool):
        return "yes" if held else "no"
    text = f"({', '.join(held)})" if isinstance(held, tuple) else str(held)
    return shorten(text, MAX_VALUE_CHARACTERS)
