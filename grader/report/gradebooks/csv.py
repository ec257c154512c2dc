"""`grades.csv`, the format of the same name, made from reports that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.report.formats.csv import GRADES_CSV, grades_csv
from grader.report.gradebooks.interface import Export, ExportOptions, Gradebook, by_hand, not_in_roster
from grader.report.saved import SavedReport


def _export(folder: Path, saved: Sequence[SavedReport], options: ExportOptions) -> Export:
    reports = [item.report for item in saved]
    absent = () if options.roster is None else options.roster.absent
    data = grades_csv(reports, options.people, absent)
    return Export(
        {options.output or folder / GRADES_CSV: data}, (*not_in_roster(reports, options), *by_hand(reports))
    )


GRADEBOOK = Gradebook(_export)
