"""Fixed phrases and signs for scores, points and statuses, the same in every format that people read."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from grader.assignment.model import Group
from grader.report.model import (
    ChecklistEntry,
    CheckReport,
    CriterionReport,
    GradeReport,
    Lateness,
    Override,
    PartReport,
    Person,
    Standing,
    Status,
    Tick,
)

SYMBOLS = MappingProxyType({Status.PASSED: "✓", Status.FAILED: "✗", Status.SKIPPED: "-", Status.ERROR: "!"})
TICK_SYMBOLS = MappingProxyType({Tick.DONE: "✓", Tick.OPEN: "✗", Tick.LOOK: "?"})
TICK_WORDS = MappingProxyType({Tick.DONE: "done", Tick.OPEN: "open", Tick.LOOK: "for you to look at"})
ASCII_FORMS = MappingProxyType(str.maketrans({"✓": "+", "✗": "x", "…": "...", "·": "-", "─": "-"}))
"""What to write instead of the signs above and of our punctuation where only ASCII can be shown."""

BY_HAND = "by hand"
"""What marks points that a person gave."""
NOT_THE_WORK = "Something in the grader broke. This says nothing about the work and costs no points."


def number(value: float) -> str:
    """Points with at most two decimals, and without zeros at the end: `20`, `13.33`, `7.5`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def score_line(report: GradeReport) -> str:
    """The result in a few words: `85 of 100 points`; without numbers if there is no score or it is hidden."""
    if report.score is None:
        return "graded" if report.status == "graded" else "no score: needs a new run"
    return f"{number(report.score)} of {number(report.max_score)} points"


def points_shown(report: GradeReport) -> bool:
    """Whether points may be named; see `audience.for_student`."""
    return report.status != "graded" or report.score is not None


def bonus_line(report: GradeReport) -> str | None:
    """`bonus 5 of 5`; None if the assignment has no bonus or the report no score."""
    if report.bonus is None or not report.max_bonus:
        return None
    return f"bonus {number(report.bonus)} of {number(report.max_bonus)}"


def score_and_bonus(report: GradeReport) -> str:
    """`85 of 100 points, bonus 5 of 5`."""
    return ", ".join(part for part in (score_line(report), bonus_line(report)) if part)


def score_cell(report: GradeReport) -> str:
    """`85 / 100 +5` for a cell of a table, with the bonus last; empty if there is no score."""
    if report.score is None:
        return ""
    bonus = f" +{number(report.bonus)}" if report.bonus else ""
    return f"{number(report.score)} / {number(report.max_score)}{bonus}"


def points(criterion: CriterionReport) -> str:
    """`15 / 20`; `no points` for a criterion that is only advice; a dash if it could not be judged.

    Points that a person gave are marked: `15 / 20 by hand`.
    """
    if not criterion.max_points:
        return "no points"
    if criterion.override is not None:
        return f"{number(criterion.points)} / {number(criterion.max_points)} {BY_HAND}"
    reached = "-" if criterion.status is Status.ERROR else number(criterion.points)
    return f"{reached} / {number(criterion.max_points)}"


def word(override: Override) -> str:
    """The word of a person on points: `15 points by hand instead of 5: shown. (M. Keller, 2026-05-04)`."""
    found = (
        "where the grader could not judge"
        if override.found is None
        else f"instead of {number(override.found)}"
    )
    one = "point" if override.points == 1 else "points"
    said = f"({override.by}, {override.date})"
    return f"{number(override.points)} {one} {BY_HAND} {found}: {override.comment} {said}"


def changes(report: GradeReport) -> list[str]:
    """What was changed of what the grader found, a sentence each: by a person, by being late; what it was."""
    lines = []
    if report.override is not None:
        lines.append(f"The score: {word(report.override)}")
    if by_hand := [item.title for item in report.criteria if item.override is not None]:
        lines.append(f"Points {BY_HAND}: {', '.join(by_hand)}.")
    if report.late is not None and (report.late.days or report.late.counts_no_more):
        lines.append(lateness(report.late, final=report.override is not None))
    if report.computed is not None:
        found = report.computed
        if found.score is None:
            lines.append(f"The grader itself could not judge it: {found.error or 'it failed'}")
        else:
            bonus = (
                f", bonus {number(found.bonus or 0.0)} of {number(report.max_bonus)}"
                if report.max_bonus
                else ""
            )
            lines.append(
                f"The grader itself found {number(found.score)} of {number(report.max_score)} points{bonus}."
            )
    return lines


def lateness(late: Lateness, *, final: bool = False) -> str:
    """When it came and what that costs; nothing if the word of a person on the score is final."""
    came = f"Handed in {moment(late.submitted)}, due {moment(late.due)}"
    if final:
        return f"{came}: the score that a person gave stays."
    if late.counts_no_more:
        return f"{came}: too late to count."
    days = f"{late.days} day{'' if late.days == 1 else 's'} late"
    return f"{came}, {days}: {number(late.points)} points less."


def moment(text: str) -> str:
    """A time as people read it: `2026-05-04 23:59 +02:00`."""
    day, _, time = text.partition("T")
    clock, zone = time[:5], time[8:].partition(".")[0]
    sign = max(zone.rfind("+"), zone.rfind("-"))
    return f"{day} {clock} {zone[sign:] if sign >= 0 else zone}".rstrip()


def short_changes(report: GradeReport) -> str:
    """What was changed, in a word or two for a cell of a table: `by hand, 2 days late`."""
    by_hand = report.override is not None or any(item.override for item in report.criteria)
    parts = [BY_HAND] if by_hand else []
    if report.late is not None and report.late.counts_no_more:
        parts.append("too late")
    elif report.late is not None and report.late.days:
        parts.append(f"{report.late.days} day{'' if report.late.days == 1 else 's'} late")
    return ", ".join(parts)


def name_of(person: Person | None) -> str:
    """What a person is called: the name, or else what the roster says at all."""
    if person is None:
        return ""
    ids = (person.name, person.email, person.username, person.github_username, person.id_number)
    more = (person.canvas_id, person.moodle_id, person.sis_user_id, person.sis_login_id)
    return next((text for text in (*ids, *more) if text), "")


def title_of(report: GradeReport) -> str:
    """Whose report it is: `Ada Lovelace (ada)`; the submission's id alone if nobody knows the person."""
    name = name_of(report.person)
    return (
        f"{name} ({report.submission.id})" if name and name != report.submission.id else report.submission.id
    )


def symbol(criterion: CriterionReport) -> str:
    """The sign of a criterion: that of its status, and no cross for one that is not due yet."""
    return SYMBOLS[Status.SKIPPED if criterion.not_yet else criterion.status]


def status_words(criterion: CriterionReport) -> str:
    """The status as a word; for a skipped criterion also the criterion that it needs."""
    if criterion.not_yet:
        return "not yet"
    if criterion.status is Status.SKIPPED and criterion.blocked_by:
        return f"skipped: needs {criterion.blocked_by}"
    if criterion.status is Status.ERROR:
        return "error: could not be judged"
    return criterion.status.value


def own_reason(criterion: CriterionReport) -> str | None:
    """Why a criterion was skipped, if no other criterion is in the way."""
    return criterion.hint if criterion.status is Status.SKIPPED and not criterion.blocked_by else None


def heading(group: Group, criteria: Sequence[CriterionReport]) -> str:
    """The name of a group of criteria; it says so if practice is only advice."""
    if group is Group.PRACTICE:
        weighted = any(criterion.max_points for criterion in criteria)
        return "Practice" if weighted else "Practice (advice, no points)"
    return {Group.REQUIRED: "Required", Group.BONUS: "Bonus"}[group]


def by_group(report: GradeReport) -> list[tuple[Group, list[CriterionReport]]]:
    """The criteria in their groups, required first, each group in the report's order; no empty groups.

    An empty list if nothing could be judged: the reason is given once, without a table of errors.
    """
    if all(item.status is Status.ERROR for item in report.criteria):
        return []
    groups = [(group, [item for item in report.criteria if item.group is group]) for group in Group]
    return [(group, criteria) for group, criteria in groups if criteria]


def closing(report: GradeReport) -> str | None:
    """The last sentence of a report that has no next step; None if there is something to mend."""
    if report.status != "graded" or report.next_step:
        return None
    if not report.criteria or (report.score is not None and report.score < report.max_score):
        return None
    left = (item for item in report.criteria if not item.settled and not own_reason(item))
    missed = {item.group for item in left}
    if not missed:
        return "Everything passed: there is nothing left to do."
    return None if Group.REQUIRED in missed else "Everything required passed: what is left is optional."


def current_part(report: GradeReport) -> tuple[int, PartReport] | None:
    """The part that the student is at, with its number; None if all that is required is done."""
    numbered = enumerate(report.parts, start=1)
    return next(((number, part) for number, part in numbered if part.standing is Standing.CURRENT), None)


def part_line(report: GradeReport) -> str | None:
    """`Part 3 of 6, Two columns for users: 3 of 7 criteria done`; None if the exercise has no parts."""
    if not report.parts:
        return None
    required = [item for item in report.criteria if item.group is Group.REQUIRED]
    done = sum(item.status is Status.PASSED for item in required)
    found = current_part(report)
    if found is not None:
        number, part = found
        where = f"Part {number} of {len(report.parts)}, {part.title}"
        return f"{where}: {done} of {len(required)} criteria done"
    left = [
        f"part {number}, {part.title}"
        for number, part in enumerate(report.parts, start=1)
        if part.standing is Standing.OPTIONAL
    ]
    if left:
        return f"All required parts are done; optional: {'; '.join(left)}"
    return f"All {len(report.parts)} parts are done"


def belongs_to(report: GradeReport, criterion: CriterionReport) -> str:
    """`part 4, Categories for posts`: what a criterion waits for; empty if it belongs to no part."""
    numbered = enumerate(report.parts, start=1)
    return next(
        (f"part {number}, {part.title}" for number, part in numbered if part.id == criterion.part), ""
    )


def current_items(report: GradeReport) -> list[ChecklistEntry]:
    """The items of the checklist that belong to the part that the student is at."""
    found = current_part(report)
    return [] if found is None else [item for item in report.checklist if item.part == found[1].id]


def own_failures(criterion: CriterionReport) -> list[tuple[CheckReport, int]]:
    """The checks that did not pass, each with the number of those that follow from it and are left out."""
    open_checks = [item for item in criterion.checks if item.status is not Status.PASSED]
    there = {item.id for item in open_checks}
    return [
        (item, sum(other.follows == item.id for other in open_checks))
        for item in open_checks
        if item.follows not in there
    ]


def that_follow(count: int) -> str:
    """`and 1 more check that needs it`, `and 9 more checks that need it`."""
    return "and 1 more check that needs it" if count == 1 else f"and {count} more checks that need it"


def checklist_line(report: GradeReport) -> str:
    """`11 of 13 done, 2 for you to look at`; an optional item only counts once it is done."""
    counted = [item for item in report.checklist if item.tick is not Tick.LOOK]
    done = sum(item.tick is Tick.DONE for item in counted)
    left = sum(item.optional for item in counted if item.tick is Tick.OPEN)
    look = len(report.checklist) - len(counted)
    parts = [f"{done} of {len(counted) - left} done"] if counted else []
    parts += [f"{left} optional left"] if left else []
    parts += [f"{look} {TICK_WORDS[Tick.LOOK]}"] if look else []
    return ", ".join(parts)


def next_on_checklist(report: GradeReport) -> ChecklistEntry | None:
    """The first item of the checklist that is open and not optional; None if there is none."""
    return next((item for item in report.checklist if item.tick is Tick.OPEN and not item.optional), None)


def checklist_text(item: ChecklistEntry) -> str:
    """The text of an item; it says so if the item is optional."""
    return f"{item.text} (optional)" if item.optional else item.text


def first_to_mend(report: GradeReport) -> CriterionReport | None:
    """The failed criterion that gives the next step; else the first: required, bonus, practice."""
    ordered = [criterion for _, criteria in by_group(report) for criterion in criteria]
    failed = [item for item in ordered if item.status is Status.FAILED and not item.settled]
    given = (item for item in failed if item.hint is not None and item.hint == report.next_step)
    return next(given, next(iter(failed), None))


def open_criteria(report: GradeReport) -> int:
    """The number of criteria with points that did not pass."""
    return sum(1 for item in report.criteria if item.max_points and not item.settled)


def run_facts(report: GradeReport) -> dict[str, str]:
    """What was judged, by which rubric and with which software: heading to text."""
    run = report.run
    return {
        "Submission": f"{report.submission.source} (SHA-256 {report.submission.sha256[:12]})",
        "Rubric": f"{report.assignment.id} (SHA-256 {report.assignment.sha256[:12]})",
        "PostgreSQL": f"{run.postgres} ({run.backend})",
        "Isolation": run.isolation,
        "Python": f"{run.python}, Alembic {run.alembic}, SQLAlchemy {run.sqlalchemy}",
        **({"Packages": ", ".join(run.packages)} if run.packages else {}),
        "Grader": f"{run.grader}, {run.seconds:.1f} seconds",
    }
