"""The report on a terminal: of one submission, or of a batch as a table.

Works with 80 columns, without colour, in a file, and where only ASCII can be printed. Text of a student is
printed as `Text`, never as a string with markup; what a CI system could take for a command is broken up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.report.model import CheckReport, CriterionReport, Flag, GradeReport, Person, Status, Tick
from grader.report.render import phrases
from grader.report.render.advice import said_once
from grader.report.render.summary import totals
from grader.text.untrusted import clean, cut, shorten, single_line, without_ci_commands

_STYLES = MappingProxyType(
    {Status.PASSED: "green", Status.FAILED: "bold red", Status.SKIPPED: "dim", Status.ERROR: "bold yellow"}
)
_TICK_STYLES = MappingProxyType({Tick.DONE: "green", Tick.OPEN: "bold red", Tick.LOOK: "dim"})
_WIDEST = 100
"""In wider lines the eye loses its way from the title to the points."""
_VALUE_LINES = 8
_VALUE_CHARACTERS = 600
_TITLE_CHARACTERS = 60
_ADVICE_CHARACTERS = 110
_BELOW = "See the next step below."
_BATCH_HEADINGS = ("Submission", "Score", "Status", "First thing to mend")


def print_report(report: GradeReport, console: Console) -> None:
    """Print one report: criteria with the failing checks, flags, and last the score and the next step."""
    printer = _Printer(console)
    printer.title(report)
    advice = said_once(report, _BELOW)
    for group, criteria in phrases.by_group(report):
        printer.heading(phrases.heading(group, criteria))
        printer.criteria(criteria, report, advice)
    if report.checklist:
        printer.heading(f"Checklist: {phrases.checklist_line(report)}")
        printer.checklist(report)
    if report.flags:
        printer.heading("For the instructor to look at")
        printer.flags(report.flags)
    printer.ending(report)


def print_batch(
    reports: Sequence[GradeReport], console: Console, absent: Sequence[Person] = (), *, whole: bool = False
) -> None:
    """Print a table of many submissions with the first thing that each has to mend, and the totals below.

    Args:
        reports: of the submissions.
        console: where to print.
        absent: the people who handed in nothing. They follow the table.
        whole: print each submission in one line and cut nothing, as for a file or another program.
    """
    printer = _Printer(console, whole=whole)
    if whole:
        _print_lines([_BATCH_HEADINGS, *map(printer.batch_row, reports)], console)
    else:
        _print_table(reports, printer, console)
    printer.absent(absent)
    printer.batch_totals(reports)


def _print_lines(rows: Sequence[Sequence[Text | str]], console: Console) -> None:
    """Print rows with their columns one below the other, without a limit to their width."""
    texts = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*texts, strict=True)]
    for name, score, status, first in texts:
        line = name + Text(" " * (widths[0] - name.cell_len + 2 + widths[1] - score.cell_len))
        line += score + Text("  ") + status
        if first:
            line += Text(" " * (widths[2] - status.cell_len + 2)) + first
        console.print(line, soft_wrap=True)


def _print_table(reports: Sequence[GradeReport], printer: _Printer, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, width=printer.width, show_edge=False)
    longest = max((len(phrases.title_of(report)) for report in reports), default=0)
    name, score, status, first = _BATCH_HEADINGS
    table.add_column(name, overflow="fold", width=max(len(name), min(longest, printer.width // 3)))
    table.add_column(score, justify="right", no_wrap=True)
    table.add_column(status, no_wrap=True)
    table.add_column(first, overflow="fold", ratio=1)
    for report in reports:
        table.add_row(*printer.batch_row(report))
    console.print(table)


def print_timings(phases: Mapping[str, float], work: Mapping[str, float], console: Console) -> None:
    """Print where the time went.

    Args:
        phases: seconds by phase. Phases follow one another; each is shown with its share of the sum.
        work: seconds by kind of work within the phases. Some work runs in parallel, so the sum may be larger
            than that of the phases; no shares are shown.
        console: where to print.
    """
    if not phases:
        return
    total = sum(phases.values())
    table = _timing_table()
    for name, seconds in phases.items():
        share = Text(f"{100 * seconds / total:.0f} %" if total else "", "dim")
        table.add_row(Text(f"  {name}"), f"{seconds:.2f} s", share)
    table.add_row(Text("  total", "bold"), Text(f"{total:.2f} s", "bold"), "")
    console.print(table)
    if work:
        console.print()
        console.print(Text("  Within these phases, added up over work that ran in parallel:", "dim"))
        table = _timing_table()
        for name, seconds in work.items():
            table.add_row(Text(f"    {name}"), f"{seconds:.2f} s", "")
        console.print(table)


def _labels(padding: int, style: str = "") -> Table:
    """A grid with short labels on the left and long texts on the right."""
    table = Table.grid(padding=(0, padding))
    table.add_column(no_wrap=True, style=style)
    table.add_column(ratio=1, overflow="fold")
    return table


def _timing_table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    return table


class _Printer:
    """Prints the parts of a report; knows the console, the width to fill, and the signs that can be shown."""

    def __init__(self, console: Console, *, whole: bool = False) -> None:
        self._console = console
        self._whole = whole
        self._encoding = console.encoding if console.options.ascii_only else None
        self.width = min(console.width, _WIDEST)

    def title(self, report: GradeReport) -> None:
        error = report.status == "error"
        left = self._name(report, "bold")
        right = self._text(phrases.score_line(report), "bold yellow" if error else "bold")
        line = self._two_sides()
        line.add_row(left, right)
        line.add_row(
            self._text(single_line(report.assignment.title), "dim"),
            self._text(phrases.bonus_line(report) or "", "dim"),
        )
        self._print(line)
        self._print(self._text("─" * self.width, "dim"))
        for text in phrases.changes(report):
            self._print(self._text(single_line(text), "cyan"))

    def absent(self, people: Sequence[Person]) -> None:
        """The people who handed in nothing, if there are any."""
        if people:
            names = ", ".join(single_line(phrases.name_of(person)) or "(no name)" for person in people)
            self._console.print()
            self._labelled(f"Handed in nothing ({len(people)})", self._text(names), "bold yellow")

    def heading(self, text: str) -> None:
        self._console.print()
        self._print(self._text(text, "bold underline"))

    def criteria(
        self, criteria: Iterable[CriterionReport], report: GradeReport, advice: Mapping[str, str]
    ) -> None:
        for criterion in criteria:
            self._print(self._criterion_line(criterion, report))
            if criterion.override is not None:
                self._print(
                    Padding(self._text(single_line(phrases.word(criterion.override)), "cyan"), (0, 0, 0, 4))
                )
            if criterion.not_yet:
                continue
            if criterion.status in (Status.FAILED, Status.ERROR):
                self._details(criterion, advice.get(criterion.id) or criterion.hint)
            elif reason := phrases.own_reason(criterion):
                self._labelled("Why", self._text(single_line(reason)), "cyan", indent=4)

    def checklist(self, report: GradeReport) -> None:
        """Print all items; above them the next open one, where no part of the exercise tells it."""
        open_item = phrases.next_on_checklist(report)
        if open_item is not None and not report.parts:
            self._labelled("Next", self._text(single_line(open_item.text)), "cyan")
        for item in report.checklist:
            style = _TICK_STYLES[item.tick]
            text = self._text(
                single_line(phrases.checklist_text(item)), "" if item.tick is Tick.DONE else style
            )
            if item.tick is Tick.LOOK:
                text.append_text(self._text(f"  {phrases.TICK_WORDS[item.tick]}", "dim"))
            self._print(self._item(phrases.TICK_SYMBOLS[item.tick], style, text))

    def flags(self, flags: Iterable[Flag]) -> None:
        for flag in flags:
            self._print(self._item("!", "yellow", self._text(f"{flag.id}: {single_line(flag.message)}")))

    def ending(self, report: GradeReport) -> None:
        self._console.print()
        if report.status == "error":
            self._print(self._text(phrases.NOT_THE_WORK, "bold yellow"))
            if report.error:
                self._print(Padding(self._block(report.error), (0, 0, 0, 2)))
            self._console.print()
        part = phrases.part_line(report)
        if part is not None:
            self._print(self._text(single_line(part), "bold"))
        if report.status == "graded":
            self._print(self._text(phrases.score_and_bonus(report), "bold"))
        if report.next_step:
            self._labelled("Next step", self._text(single_line(report.next_step)), "bold cyan")
        closing = phrases.closing(report)
        if closing:
            self._print(self._text(closing, "bold green"))

    def batch_row(self, report: GradeReport) -> tuple[Text, Text, Text, Text]:
        """A submission's cells for the table of a batch."""
        name = self._name(report)
        if report.score is None:
            reason = report.error or report.next_step or ""
            cause = self._text(self._shortened(reason, _ADVICE_CHARACTERS))
            return name, self._text("-"), self._sign(Status.ERROR, " error"), cause
        left = phrases.open_criteria(report)
        sign = self._sign(Status.FAILED, f" {left} open") if left else self._sign(Status.PASSED, " done")
        first = phrases.first_to_mend(report)
        advice = "" if first is None else f"{first.id}: {report.next_step or first.hint or first.title}"
        shown = self._text(self._shortened(advice, _ADVICE_CHARACTERS))
        score = self._text(phrases.score_cell(report))
        if changed := phrases.short_changes(report):
            between = " " if self._whole else "\n"
            score.append_text(self._text(between + changed.replace(", ", between), "cyan"))
        return name, score, sign, shown

    def batch_totals(self, reports: Sequence[GradeReport]) -> None:
        """The last line under the table of a batch."""
        counted = totals(reports)
        parts = [f"{counted.submissions} submission" + ("" if counted.submissions == 1 else "s")]
        parts.append(f"{counted.full_score} with full score")
        if counted.error:
            parts.append(f"{counted.error} to run again")
        if counted.mean_percent is not None and counted.median_percent is not None:
            mean, middle = phrases.number(counted.mean_percent), phrases.number(counted.median_percent)
            parts.append(f"mean {mean} %, median {middle} %")
        self._console.print()
        self._print(self._text(" · ".join(parts), "bold"))

    def _name(self, report: GradeReport, style: str = "") -> Text:
        return self._text(self._shortened(phrases.title_of(report), _TITLE_CHARACTERS) or "(no name)", style)

    def _shortened(self, text: str, limit: int) -> str:
        line = single_line(text)
        return line if self._whole else shorten(line, limit)

    def _criterion_line(self, criterion: CriterionReport, report: GradeReport) -> Table:
        passed = criterion.status is Status.PASSED
        style = _STYLES[Status.SKIPPED if criterion.not_yet else criterion.status]
        left = self._text(single_line(criterion.title), "" if passed else style)
        words = phrases.status_words(criterion)
        if criterion.not_yet:
            words = f"{words}: {single_line(phrases.belongs_to(report, criterion))}"
        if criterion.not_yet or criterion.status in (Status.SKIPPED, Status.ERROR):
            left.append_text(self._text(f"  {words}", "dim"))
        line = self._two_sides()
        line.add_row(
            self._item(phrases.symbol(criterion), style, left),
            self._text(phrases.points(criterion), style),
        )
        return line

    def _details(self, criterion: CriterionReport, advice: str | None) -> None:
        for check, left_out in phrases.own_failures(criterion):
            self._print(Padding(self._check(check, left_out), (0, 0, 0, 4)))
        if criterion.status is Status.ERROR:
            for evidence in criterion.evidence:
                self._print(Padding(self._block(evidence.text), (0, 0, 0, 4)))
        if advice:
            self._labelled("What to do", self._text(single_line(advice)), "cyan", indent=4)

    def _check(self, check: CheckReport, left_out: int) -> Table:
        title = single_line(check.title)
        if check.revision:
            title += f" (revision {single_line(check.revision)})"
        table = _labels(1)
        values = _labels(2, "dim")
        values.add_row("expected", self._block(check.expected))
        values.add_row("found", self._block(check.found))
        table.add_row(self._sign(check.status), self._text(title))
        table.add_row("", values)
        if left_out:
            table.add_row("", self._text(phrases.that_follow(left_out), "dim"))
        return table

    def _labelled(self, label: str, text: Text, style: str, *, indent: int = 0) -> None:
        table = _labels(2)
        table.add_row(Text(label, style=style), text)
        self._print(Padding(table, (0, 0, 0, indent)))

    def _two_sides(self) -> Table:
        table = Table.grid(expand=True, padding=(0, 2))
        table.add_column(ratio=1, overflow="fold")
        table.add_column(justify="right", no_wrap=True)
        return table

    def _item(self, symbol: str, style: str, text: Text) -> Table:
        table = _labels(1)
        table.add_row(self._text(f" {symbol}", style), text)
        return table

    def _sign(self, status: Status, word: str = "") -> Text:
        return self._text(phrases.SYMBOLS[status] + word, _STYLES[status])

    def _block(self, text: str) -> Text:
        return self._text(cut(clean(text).strip("\n"), _VALUE_LINES, _VALUE_CHARACTERS) or "(nothing)")

    def _text(self, text: str, style: str = "") -> Text:
        text = without_ci_commands(clean(text))
        if self._encoding:
            plain = text.translate(phrases.ASCII_FORMS)
            text = plain.encode(self._encoding, "backslashreplace").decode(self._encoding)
        return Text(text, style=style)

    def _print(self, renderable: RenderableType) -> None:
        self._console.print(renderable, width=self.width)
