"""What to do about each criterion, said once: where the same advice comes again, a reference to it.

Must not know which format shows it.
"""

from __future__ import annotations

from collections.abc import Collection

from grader.report.model import GradeReport, Status


def said_once(report: GradeReport, next_step: str, *, among: Collection[str] | None = None) -> dict[str, str]:
    """The advice to show for each failed criterion that has some, by its id.

    Args:
        report: the report.
        next_step: what to say where the advice is the next step of the report, which is shown elsewhere.
        among: the ids of the criteria that are shown; None for all. Only these are referred to.
    """
    texts: dict[str, str] = {}
    first: dict[str, str] = {}
    for item in report.criteria:
        if item.status is not Status.FAILED or not item.hint or item.not_yet:
            continue
        if among is not None and item.id not in among:
            continue
        same = first.setdefault(item.hint, item.id)
        if item.hint == report.next_step:
            texts[item.id] = next_step
        else:
            texts[item.id] = item.hint if same == item.id else f"The same as for `{same}`."
    return texts
