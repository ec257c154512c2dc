"""The format `github`: annotations as workflow commands, and the job summary.

Students read both, so both hold only what a student may see. Every text in a command is escaped: otherwise a
submission could give GitHub commands of its own. Must not know whether it runs on GitHub.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.assignment.model import Group
from grader.report.audience import for_student
from grader.report.formats.interface import BatchFile, Format
from grader.report.formats.md import cell, report_markdown
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import phrases
from grader.report.render.plain_text import headline, line
from grader.text.untrusted import clean, cut

PER_KIND = 10
"""GitHub shows this many annotations of a kind for each step, and drops all others without a message."""
SUMMARY_BYTES = 1024 * 1024
"""The largest job summary that GitHub takes; it drops a larger one as a whole."""
_MESSAGE_LINES = 12
_MESSAGE_CHARACTERS = 2000
_KINDS = {Group.REQUIRED: "error", Group.PRACTICE: "warning", Group.BONUS: "notice"}
_CUT = "The rest did not fit into a job summary: the report files have it.\n"


@dataclass(frozen=True)
class _SourceLine:
    """A line of a file, as the repository names it."""

    path: str
    line: int


@dataclass(frozen=True)
class _Annotation:
    kind: str
    title: str
    message: str
    place: _SourceLine | None = None

    def command(self) -> str:
        properties = {"title": self.title}
        if self.place is not None:
            properties = {"file": self.place.path, "line": str(self.place.line), **properties}
        shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        return f"::{self.kind} {shown}::{_data(self.message)}"


def workflow_commands(reports: Sequence[GradeReport], folders: Mapping[str, str] | None = None) -> str:
    """Render what did not pass as workflow commands, a line each; empty when everything passed.

    A failed criterion is an error, of the practice group a warning, of the bonus group a notice. Of each kind
    there are at most ten; where there would be more, the tenth says how many are left out.

    Args:
        reports: whole reports, or reduced ones.
        folders: submission id to its folder in the repository. An annotation of such a submission is on the
            line where the failure is mended.
    """
    found: dict[str, list[_Annotation]] = {}
    for report in reports:
        for item in _of_report(for_student(report), (folders or {}).get(report.submission.id)):
            found.setdefault(item.kind, []).append(item)
    lines = [item.command() for kind in found for item in _at_most_ten(found[kind])]
    return "".join(f"{item}\n" for item in lines)


def message_command(kind: str, title: str, message: str) -> str:
    """Render one annotation that belongs to no submission; its kind is `error`, `warning` or `notice`."""
    return f"{_Annotation(kind, title, message).command()}\n"


def stop_commands(token: str) -> tuple[str, str]:
    """Lines to print before and after foreign output: between them GitHub takes nothing for a command.

    No submission may know the token: random letters and digits.
    """
    return f"::stop-commands::{token}\n", f"::{token}::\n"


def job_summary(reports: Sequence[GradeReport], *, limit: int = SUMMARY_BYTES) -> str:
    """Render Markdown: a single report as a whole; of several, a table and the reports with faults.

    The last reports are left out if the UTF-8 text would have more bytes than the limit.
    """
    shown = [for_student(report) for report in reports]
    if len(shown) == 1:
        return _fitted([report_markdown(shown[0])], limit)
    # The table may be cut after any row, a report only as a whole.
    table = [f"{row}\n" for row in _table(shown)]
    sections = [f"\n{report_markdown(report)}" for report in shown if _has_more(report)]
    return _fitted([*table, *sections], limit)


def _has_more(report: GradeReport) -> bool:
    return report.status == "error" or phrases.first_to_mend(report) is not None


def _of_report(report: GradeReport, folder: str | None) -> Iterator[_Annotation]:
    name = report.submission.id
    if report.status == "error":
        message = "\n".join(text for text in (phrases.NOT_THE_WORK, report.error) if text)
        yield _Annotation("error", f"{name}: needs a new run", message)
        return
    for _, criteria in phrases.by_group(report):
        for criterion in criteria:
            if criterion.status is Status.FAILED and not criterion.settled:
                yield _of_criterion(name, criterion, folder)


def _of_criterion(name: str, criterion: CriterionReport, folder: str | None) -> _Annotation:
    points = f" ({phrases.points(criterion)})" if criterion.max_points else ""
    message = headline(criterion)
    if criterion.hint and line(criterion.hint) != message:
        message = f"{message}\n{criterion.hint}"
    failed = (check for check in criterion.checks if check.status is Status.FAILED)
    place = next((_SourceLine(item.path, item.line) for item in failed if item.path and item.line), None)
    if place is not None and folder is not None:
        place = replace(place, path=posixpath.normpath(posixpath.join(folder, place.path)))
    return _Annotation(
        kind=_KINDS[criterion.group],
        title=f"{name}: {criterion.title}{points}",
        message=message,
        place=None if folder is None else place,
    )


def _at_most_ten(items: list[_Annotation]) -> list[_Annotation]:
    if len(items) <= PER_KIND:
        return items
    left = len(items) - PER_KIND + 1
    rest = f"{left} more are not shown here, as GitHub shows ten: see the job summary and the report files."
    return [*items[: PER_KIND - 1], _Annotation(items[0].kind, f"{left} more", rest)]


def _data(text: str) -> str:
    """The message of a command: one line for the runner, shown as several lines."""
    text = cut(clean(text).strip("\n"), _MESSAGE_LINES, _MESSAGE_CHARACTERS)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(" ".join(clean(text).split())).replace(":", "%3A").replace(",", "%2C")


def _table(reports: Sequence[GradeReport]) -> Iterator[str]:
    yield f"# {len(reports)} submissions"
    yield ""
    yield "| Submission | Result | First thing to mend |"
    yield "|---|---|---|"
    for report in reports:
        first = phrases.first_to_mend(report)
        mend = cell(first.title) if first else ""
        yield f"| {cell(report.submission.id)} | {cell(phrases.score_line(report))} | {mend} |"


def _fitted(parts: Sequence[str], limit: int) -> str:
    """As many parts as fit, and a sentence that says so if any is left out."""
    sizes = [len(part.encode()) for part in parts]
    if sum(sizes) <= limit:
        return "".join(parts)
    kept, room = 0, limit - len(_CUT) - 1
    if room < 0:
        return ""
    while sizes[kept] <= room:
        room -= sizes[kept]
        kept += 1
    return "".join(parts[:kept]) + f"\n{_CUT}"


FORMAT = Format(
    batch=BatchFile(
        "job_summary.md",
        "GitHub",
        "[the summary of a job](#github)",
        lambda batch: job_summary(list(batch.whole_reports)).encode(),
    ),
    remark="Prints annotations in the log as well.",
)
