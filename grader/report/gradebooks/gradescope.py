"""`results.json` for Gradescope, in each submission's folder, made from reports that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.report.formats.gradescope import RESULTS_JSON, results_json
from grader.report.gradebooks.interface import Export, ExportOptions, Gradebook, by_hand, without_score
from grader.report.saved import SavedReport


def _export(_: Path, saved: Sequence[SavedReport], options: ExportOptions) -> Export:
    if options.output is not None and len(saved) > 1:
        raise UsageError(
            f"--output names one file, but there are {len(saved)} submissions",
            next_step="Leave --output out: each submission gets a results.json in its own folder.",
        )
    files = {
        options.output or item.folder / RESULTS_JSON: results_json(item.report, bonus=options.bonus)
        for item in saved
    }
    reports = [item.report for item in saved]
    return Export(files, (*without_score(reports), *by_hand(reports)))


GRADEBOOK = Gradebook(_export)
