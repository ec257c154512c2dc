"""The texts that pytest shows: of failures, skips and errors, and at the end of a run.

pytest repeats the first line of a text in its summary. Everything from a submission goes through `plain`,
which makes it safe for a terminal and a CI system's log.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console

from grader.assignment.model import Group
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status
from grader.report.render import phrases, plain_text
from grader.report.render.terminal import print_batch

SEE_ABOVE = " (said at length at the first criterion)"
_WHERE_IT_BROKE = "with --grader-out DIR, a file fault.txt in DIR says where it broke."
_WIDTH = 100
_MARGIN = 14
"""The column in which the values of a check begin."""


def failed(criterion: CriterionReport, *, at_length: bool) -> str:
    """The text of a failed criterion: what is wrong and what to do; at length also the evidence."""
    checks = [_check(check) for check in criterion.checks if check.status is not Status.PASSED]
    parts = [_heading(criterion), *checks]
    if criterion.hint:
        parts.append(_labelled("What to do: ", criterion.hint))
    if at_length:
        parts += [
            f"{plain_text.line(item.title)}:\n{plain_text.block(item.text)}" for item in criterion.evidence
        ]
    return "\n\n".join(parts)


def _heading(criterion: CriterionReport) -> str:
    title = plain_text.line(criterion.title)
    return f"{title}: {phrases.points(criterion)} points" if criterion.max_points else title


def optional(criterion: CriterionReport) -> str:
    """A missed optional criterion, in one line."""
    kind = "bonus" if criterion.group is Group.BONUS else "advice"
    return f"{kind}: {plain_text.headline(criterion)}"


def skipped(criterion: CriterionReport) -> str:
    """Why a criterion was skipped, in one line."""
    if criterion.blocked_by:
        return f"needs {plain_text.line(criterion.blocked_by)}"
    return plain_text.line(criterion.hint or phrases.status_words(criterion))


def unjudged(criterion: CriterionReport) -> str:
    """The text of a criterion that could not be judged because the harness failed."""
    reasons = [plain_text.block(item.text) for item in criterion.evidence]
    return "\n\n".join([f"{criterion.id}: {phrases.status_words(criterion)}", phrases.NOT_THE_WORK, *reasons])


def fault(report: GradeReport) -> str:
    """The text of a submission that could not be judged because the harness failed."""
    message = report.error or phrases.score_line(report)
    return no_verdict(message, f"{phrases.NOT_THE_WORK} Run it again; {_WHERE_IT_BROKE}")


def no_verdict(message: str, next_step: str) -> str:
    """Why there is no report."""
    return "\n\n".join(filter(None, [plain_text.block(message), plain_text.block(next_step)]))


def first_line(text: str) -> str:
    """The first line of a text, which pytest shows in its summary."""
    return text.partition("\n")[0]


def ending(report: GradeReport, optional_ids: Iterable[str]) -> Iterator[str]:
    """The last lines about one submission, its score first; the optional criteria are no failures."""
    yield phrases.score_and_bonus(report)
    yield from (_labelled("Note: ", flag.message) for flag in report.flags)
    wanted = set(optional_ids)
    missed = [item for item in report.criteria if item.id in wanted and item.status is Status.FAILED]
    for item in missed:
        yield _labelled(f"Optional, {item.id}: ", item.hint or plain_text.headline(item))
    if report.checklist:
        yield f"Checklist: {phrases.checklist_line(report)}"
    if (open_item := phrases.next_on_checklist(report)) is not None:
        yield _labelled("Next on the checklist: ", open_item.text)
    if report.next_step:
        yield _labelled("Next step: ", report.next_step)
    if closing := phrases.closing(report):
        yield closing


def class_table(reports: Sequence[GradeReport], width: int) -> str:
    """The table of many submissions."""
    console = Console(file=StringIO(), width=width, color_system=None)
    print_batch(reports, console)
    text = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    return text.rstrip("\n")


def _check(check: CheckReport) -> str:
    where = f" (revision {plain_text.line(check.revision)})" if check.revision else ""
    return "\n".join(
        [
            f"{phrases.SYMBOLS[check.status]} {plain_text.line(check.title)}{where}",
            _value("expected", check.expected),
            _value("found", check.found),
        ]
    )


def _value(label: str, text: str) -> str:
    lines = [_wrapped(line, _WIDTH - _MARGIN) for line in plain_text.block(text).split("\n")]
    block = textwrap.indent("\n".join(lines), " " * _MARGIN)
    return f"    {label}".ljust(_MARGIN) + block[_MARGIN:]


def _labelled(label: str, text: str) -> str:
    return _wrapped(label + plain_text.line(text), _WIDTH)


def _wrapped(text: str, width: int) -> str:
    """Wrap a text that is longer than the width."""
    if len(text) <= width:
        return text
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
