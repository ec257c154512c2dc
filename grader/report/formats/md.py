"""The format `md`: `report.md`, the report in Markdown for an editor, a pull request or a job summary.

Every text of a report may come from a student, so none may act as markup:

- In prose, text between backticks becomes a code span, and so does every other word that Markdown or HTML
  could take for markup.
- In table cells, such characters become character references, because tables split code spans at pipes.
- Output goes into fenced blocks, with a fence that is longer than any run of backticks inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.report.formats.interface import Format, SubmissionFile
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status
from grader.report.render import phrases
from grader.report.render.advice import said_once
from grader.report.render.plain_text import cut_output, cut_value, line
from grader.text.untrusted import clean, without_ci_commands

# A word that contains any of these becomes a code span: they start markup, a link, a mention or a reference.
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~#$@{}]|://|www\.|:\w+:", re.IGNORECASE)
_BLOCK_MARKER = re.compile(r"(?:[-+=]+|\d+[.)])(?= |$)")
_BACKTICKS = re.compile(r"(?<!`)`(?! *`)([^`]+)`(?!`)")
_PUNCTUATION = ".,;:!?…"
_SECTION_OF_CHANGED = "## What a person changed"
_PAIRS = (('"', '"'), ("'", "'"), ("(", ")"))
# An underscore between two letters or digits is plain text; any other could begin or end emphasis.
_NOT_PLAIN_IN_CELL = re.compile(r"[^\w\s.,;:()'\"/%…-]|(?<![^\W_])_|_(?![^\W_])|://|www\.", re.IGNORECASE)


def report_markdown(report: GradeReport) -> str:
    """Render a report: result and next step, a table of the criteria, then all that did not pass."""
    blocks = [*_opening(report), *_tables(report)]
    points = phrases.points_shown(report)
    advice = said_once(report, "See the next step above.")
    if failed := [item for _, group in phrases.by_group(report) for item in group if _has_more(item)]:
        blocks.append(
            _SECTION_OF_CHANGED
            if all(item.status is Status.PASSED for item in failed)
            else "## What did not pass"
        )
    for item in failed:
        blocks.extend(_criterion(item, advice.get(item.id) or item.hint, points=points))
    if waiting := [item for item in report.criteria if item.not_yet]:
        blocks.append("## Not yet")
        blocks.append(
            "\n".join(f"- {prose(item.title)}: {prose(phrases.belongs_to(report, item))}" for item in waiting)
        )
    return "\n\n".join([*blocks, *_checklist(report), *_flags(report), *_run_facts(report)]) + "\n"


def prose(text: str) -> str:
    """One line of plain text as Markdown that shows exactly that text."""
    text = line(text)
    # These make a line a list item, or the line above it a heading.
    marker = _BLOCK_MARKER.match(text)
    start = marker.end() if marker else 0
    parts = _BACKTICKS.split(text[start:])
    shown = (code_span(part) if odd % 2 else _words(part) for odd, part in enumerate(parts))
    return (code_span(text[:start]) if start else "") + "".join(shown)


def code_span(text: str) -> str:
    """One line of plain text as a code span; it may contain backticks."""
    text = line(text)
    if not text:
        return "(nothing)"
    fence = "`" * (_longest_run(text) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def cell(text: str) -> str:
    """One line of plain text for a table cell."""
    return _NOT_PLAIN_IN_CELL.sub(
        lambda match: "".join(f"&#{ord(character)};" for character in match[0]), line(text)
    )


def fenced(text: str, *, indent: str = "") -> str:
    """A text of several lines as a fenced block; nothing in the text can end the block."""
    text = without_ci_commands(clean(text)).rstrip("\n")
    fence = "`" * max(3, _longest_run(text) + 1)
    lines = [f"{fence}text", *text.split("\n"), fence]
    return "\n".join(f"{indent}{row}" if row else "" for row in lines)


def _opening(report: GradeReport) -> Iterator[str]:
    yield f"# {prose(phrases.title_of(report))}: {phrases.score_line(report)}"
    bonus = phrases.bonus_line(report)
    yield prose(report.assignment.title) + (f" · {bonus}" if bonus else "")
    if report.status == "error":
        yield f"**This submission needs a new run.** {phrases.NOT_THE_WORK}"
        if report.error:
            yield fenced(cut_output(report.error))
    if changes := phrases.changes(report):
        yield "\n".join(f"- {prose(text)}" for text in changes)
    if (part := phrases.part_line(report)) is not None:
        yield f"**{prose(part)}**"
    if report.next_step:
        yield f"> **Next step:** {prose(report.next_step)}"
    closing = phrases.closing(report)
    if closing:
        yield closing


def _tables(report: GradeReport) -> Iterator[str]:
    points = phrases.points_shown(report)
    for group, criteria in phrases.by_group(report):
        rows = [
            f"| {phrases.symbol(item)} {cell(phrases.status_words(item))} | {cell(item.title)} "
            f"| {cell(item.id)} |" + (f" {phrases.points(item)} |" if points else "")
            for item in criteria
        ]
        name = phrases.heading(group, criteria) if points else group.value.capitalize()
        head = f"| Status | {name} | Id |" + (" Points |" if points else "")
        yield "\n".join([head, "|---|---|---|" + ("--:|" if points else ""), *rows])


def _has_more(criterion: CriterionReport) -> bool:
    """Whether a criterion needs a section of its own; a skipped one mostly does not."""
    if criterion.override is not None:
        return True
    if criterion.not_yet:
        return False
    if criterion.status is Status.SKIPPED:
        return bool(criterion.checks or criterion.evidence or phrases.own_reason(criterion))
    return criterion.status is not Status.PASSED


def _criterion(criterion: CriterionReport, advice: str | None, *, points: bool) -> Iterator[str]:
    yield f"### {phrases.symbol(criterion)} {prose(criterion.title)}"
    facts = [code_span(criterion.id), prose(phrases.status_words(criterion))]
    yield " · ".join([*facts, phrases.points(criterion)] if points else facts)
    if criterion.override is not None:
        yield f"**{phrases.BY_HAND.capitalize()}:** {prose(phrases.word(criterion.override))}"
    if advice:
        label = "Why" if criterion.status is Status.SKIPPED else "What to do"
        yield f"**{label}:** {prose(advice)}"
    if criterion.checks:
        yield "\n".join(_checks(criterion)).rstrip()
    for evidence in criterion.evidence:
        yield f"{prose(evidence.title)}:"
        yield fenced(cut_output(evidence.text))


def _checks(criterion: CriterionReport) -> Iterator[str]:
    """The checks; of those that follow from another one only the number."""
    own = {check.id: left_out for check, left_out in phrases.own_failures(criterion)}
    for check in criterion.checks:
        if check.status is Status.PASSED or check.id in own:
            yield _check(check)
        if left_out := own.get(check.id, 0):
            yield f"  - {phrases.that_follow(left_out)}"


def _check(check: CheckReport) -> str:
    first = f"- {phrases.SYMBOLS[check.status]} {check.status.value}: {prose(check.title)}"
    if check.revision:
        first += f" (revision {code_span(check.revision)})"
    if check.status is Status.PASSED:
        return first
    return "\n".join([first, _value("expected", check.expected), _value("found", check.found)])


def _value(label: str, text: str) -> str:
    text = cut_value(text)
    if "\n" in text:
        return f"  - {label}:\n\n{fenced(text, indent='    ')}\n"
    return f"  - {label}: {code_span(text)}"


def _checklist(report: GradeReport) -> Iterator[str]:
    if not report.checklist:
        return
    yield "## Checklist"
    yield f"{phrases.checklist_line(report)}."
    open_item = phrases.next_on_checklist(report)
    if open_item is not None and not report.parts:
        yield f"> **Next:** {prose(open_item.text)}"
    yield "\n".join(
        f"- {phrases.TICK_SYMBOLS[item.tick]} {phrases.TICK_WORDS[item.tick]}: "
        f"{prose(phrases.checklist_text(item))}"
        for item in report.checklist
    )


def _flags(report: GradeReport) -> Iterator[str]:
    if report.flags:
        yield "## For the instructor to look at"
        yield "\n".join(f"- {code_span(flag.id)}: {prose(flag.message)}" for flag in report.flags)


def _run_facts(report: GradeReport) -> Iterator[str]:
    yield "## How it was run"
    yield "\n".join(f"- {name}: {prose(value)}" for name, value in phrases.run_facts(report).items())


def _words(text: str) -> str:
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    if not _MARKUP.search(word):
        return word
    core = word.rstrip(_PUNCTUATION)
    before, after = "", word[len(core) :]
    for opening, closing in _PAIRS:
        if len(core) > 2 and core.startswith(opening) and core.endswith(closing):  # noqa: PLR2004 - the pair itself
            before, core, after = before + opening, core[1:-1], closing + after
        elif core.startswith(opening) and closing not in core[1:]:  # the pair is closed by a later word
            before, core = before + opening, core[1:]
        elif core.endswith(closing) and _is_closing(core, opening, closing):
            core, after = core[:-1], closing + after
    return f"{before}{code_span(core)}{after}" if core else code_span(word)


def _is_closing(core: str, opening: str, closing: str) -> bool:
    """Whether the sign at the end of a word closes a pair that an earlier word opened."""
    return opening not in core[:-1] if opening == closing else core.count(closing) > core.count(opening)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


FORMAT = Format(
    submission=SubmissionFile(
        "report.md",
        "people",
        "the result, the next step, and for whatever did not pass: why, and what to do",
        lambda report, _: report_markdown(report).encode(),
    )
)
