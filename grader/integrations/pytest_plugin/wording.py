"""The texts that pytest shows: of failures, skips and errors, and at the end of a run.

pytest repeats the first line of a text in its summary. Everything from a submission goes through `plain`,
which makes it safe for a terminal and a CI system's log.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console

from grader.assignment.model import Group
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status
from grader.report.render import phrases, plain_text
from grader.report.render.advice import said_once
from grader.report.render.lines import wrapped
from grader.report.render.terminal import print_batch

SEE_ABOVE = " (said at length at the first criterion)"
_WHERE_IT_BROKE = "with --grader-out DIR, a file fault.txt in DIR says where it broke."
WIDEST = 100
"""In wider lines the eye loses its way."""
_MARGIN = 14
"""The column in which the values of a check begin."""
_AT_THE_END = 'See "Next step" at the end.'


def failed(criterion: CriterionReport, *, at_length: bool) -> str:
    """The text of a failed criterion for files: what is wrong and what to do; at length also the evidence."""
    checks = [_check(check, 0, WIDEST) for check in criterion.checks if check.status is not Status.PASSED]
    return _failed(criterion, checks, criterion.hint, WIDEST, at_length=at_length)


def failed_on_screen(
    criterion: CriterionReport, report: GradeReport, among: Collection[str], *, width: int, at_length: bool
) -> str:
    """The text of a failed criterion for a terminal: what follows from something else is only counted.

    Args:
        criterion: the criterion.
        report: the report that it is in.
        among: the ids of the criteria that are on the screen.
        width: the columns of the terminal.
        at_length: whether every check and the evidence are shown.
    """
    width = min(width, WIDEST)
    if at_length:
        open_checks = [(item, 0) for item in criterion.checks if item.status is not Status.PASSED]
    else:
        open_checks = phrases.own_failures(criterion)
    checks = [_check(check, left_out, width) for check, left_out in open_checks]
    advice = said_once(report, _AT_THE_END, among=among).get(criterion.id, criterion.hint)
    return _failed(criterion, checks, advice, width, at_length=at_length)


def _failed(
    criterion: CriterionReport, checks: Sequence[str], advice: str | None, width: int, *, at_length: bool
) -> str:
    parts = [wrapped(_heading(criterion), width), *checks]
    if advice:
        parts.append(_labelled("What to do: ", advice, width))
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


def not_yet(criterion: CriterionReport, report: GradeReport) -> str:
    """Why a criterion need not pass yet, in one line."""
    return plain_text.line(f"belongs to {phrases.belongs_to(report, criterion)}")


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


def ending(
    report: GradeReport, optional_ids: Iterable[str], *, width: int = WIDEST, changes: str | None = None
) -> Iterator[str]:
    """The last lines about one submission: where it stands, its score, and what to do next.

    Args:
        report: the report.
        optional_ids: the criteria that are no failures.
        width: the columns of the terminal.
        changes: what changed since the last run; None if nobody knows.
    """
    width = min(width, WIDEST)
    yield from (_labelled("Note: ", flag.message, width) for flag in report.flags)
    yield from _optional_advice(report, set(optional_ids), width)
    if (part := phrases.part_line(report)) is not None:
        yield _labelled("", part, width)
        for item in phrases.current_items(report):
            text = f"{phrases.TICK_SYMBOLS[item.tick]} {plain_text.line(phrases.checklist_text(item))}"
            yield wrapped(f"  {text}", width, indent="    ")
    if report.checklist:
        yield wrapped(f"Checklist: {phrases.checklist_line(report)}", width)
        open_item = phrases.next_on_checklist(report)
        if open_item is not None and part is None:
            yield _labelled("Next on the checklist: ", open_item.text, width)
    if changes is not None:
        yield wrapped(changes, width)
    yield phrases.score_and_bonus(report)
    if report.next_step:
        yield _labelled("Next step: ", report.next_step, width)
    if closing := phrases.closing(report):
        yield wrapped(closing, width)


def _optional_advice(report: GradeReport, wanted: Collection[str], width: int) -> Iterator[str]:
    """What to do about the optional criteria that are due and did not pass."""
    advice = said_once(report, 'See "Next step" below.')
    for item in report.criteria:
        if item.id in wanted and item.status is Status.FAILED and not item.not_yet:
            said = advice.get(item.id) or plain_text.headline(item)
            yield _labelled(f"Optional, {item.id}: ", said, width)


def class_table(reports: Sequence[GradeReport], width: int) -> str:
    """The table of many submissions."""
    console = Console(file=StringIO(), width=width, color_system=None)
    print_batch(reports, console)
    text = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    return text.rstrip("\n")


def _check(check: CheckReport, left_out: int, width: int) -> str:
    """A check with what it expected and found, and the number of those that follow from it."""
    where = f" (revision {plain_text.line(check.revision)})" if check.revision else ""
    title = f"{phrases.SYMBOLS[check.status]} {plain_text.line(check.title)}{where}"
    return "\n".join(
        [
            wrapped(title, width, indent="  "),
            _value("expected", check.expected, width),
            _value("found", check.found, width),
            *([f"    {phrases.that_follow(left_out)}"] if left_out else []),
        ]
    )


def _value(label: str, text: str, width: int) -> str:
    lines = [wrapped(line, width - _MARGIN) for line in plain_text.block(text).split("\n")]
    block = textwrap.indent("\n".join(lines), " " * _MARGIN)
    return f"    {label}".ljust(_MARGIN) + block[_MARGIN:]


def _labelled(label: str, text: str, width: int) -> str:
    return wrapped(label + plain_text.line(text), width)
