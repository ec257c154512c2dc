"""Criteria as plain text, for formats that show text as it is: JUnit, Gradescope, annotations.

The text holds nothing that a terminal or a CI system acts on. Each format escapes it for itself.
"""

from __future__ import annotations

from grader.report.model import CheckReport, CriterionReport, Status
from grader.report.render import phrases
from grader.text.untrusted import clean, cut, single_line, without_ci_commands

_VALUE_LINES = 20
_VALUE_CHARACTERS = 2000
_OUTPUT_LINES = 60
_OUTPUT_CHARACTERS = 6000
_LINE_CHARACTERS = 500


def line(text: str) -> str:
    """A name or a title as one line."""
    return without_ci_commands(single_line(text))


def cut_value(text: str) -> str:
    """A value that was expected or found, cut if it is long."""
    return cut(clean(text).strip("\n"), _VALUE_LINES, _VALUE_CHARACTERS)


def cut_output(text: str) -> str:
    """A piece of output, cut if it is long."""
    return cut(clean(text).strip("\n"), _OUTPUT_LINES, _OUTPUT_CHARACTERS)


def block(text: str) -> str:
    """A text of one or more lines, cut where it is very long."""
    return without_ci_commands(cut_output(text))


def headline(criterion: CriterionReport) -> str:
    """What is wrong with a criterion, in one line; empty when it passed."""
    if criterion.status is Status.PASSED:
        return ""
    if criterion.status is not Status.FAILED:
        return line(phrases.status_words(criterion))
    wrong = next((check for check in criterion.checks if check.status is Status.FAILED), None)
    if wrong is None:
        return line(criterion.hint or phrases.status_words(criterion))
    return cut(
        line(f"{wrong.title}: expected {wrong.expected}, found {wrong.found}"), 1, _LINE_CHARACTERS
    ).replace("\n", " ")


def details(criterion: CriterionReport) -> str:
    """All of a criterion: the word of a person, what to do, its checks, its evidence."""
    parts = [line(phrases.word(criterion.override))] if criterion.override is not None else []
    parts += [_check(check) for check in criterion.checks]
    if criterion.hint:
        label = "What to do: " if criterion.status is Status.FAILED else ""
        parts.insert(0 if criterion.override is None else 1, f"{label}{line(criterion.hint)}")
    parts += [f"{line(item.title)}:\n{block(item.text)}" for item in criterion.evidence]
    return "\n".join(parts)


def status_and_details(criterion: CriterionReport) -> str:
    """The same, below the status if the criterion neither passed nor failed."""
    judged = criterion.status in (Status.PASSED, Status.FAILED)
    first = "" if judged else line(phrases.status_words(criterion))
    return "\n".join(part for part in (first, details(criterion)) if part)


def _check(check: CheckReport) -> str:
    where = f" (revision {line(check.revision)})" if check.revision else ""
    shown = f"{check.status.value}: {line(check.title)}{where}"
    if check.status is Status.PASSED:
        return shown
    return "\n".join([shown, _value("expected", check.expected), _value("found", check.found)])


def _value(label: str, text: str) -> str:
    text = without_ci_commands(cut_value(text))
    if "\n" not in text:
        return f"  {label}: {text}"
    return "\n".join([f"  {label}:", *(f"    {row}" for row in text.split("\n"))])
