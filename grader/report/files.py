"""Which files a report becomes: format by format, those of one submission and those of a whole batch.

The only place that knows both file names and renderers. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from grader.report.details import ReportDetails
from grader.report.model import GradeReport, Person
from grader.report.render.class_page import index_html
from grader.report.render.csv import grades_csv
from grader.report.render.github import job_summary
from grader.report.render.gradescope import results_json
from grader.report.render.html import report_html
from grader.report.render.json import grade_json
from grader.report.render.markdown import report_markdown
from grader.report.render.summary import summary_json

SUMMARY = "summary.json"
GRADES = "grades.csv"


@dataclass(frozen=True)
class Batch:
    """What the files beside the submissions' folders are made of."""

    entries: Sequence[tuple[GradeReport, ReportDetails]]
    """In the order in which they are to be listed."""
    handed_out: Sequence[str] = ()
    """Revision ids that the submissions may have in common."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """Whose submission it is, by submission id."""
    absent: Sequence[Person] = ()
    """Who handed nothing in."""
    whole: Callable[[], Iterable[GradeReport]] | None = None
    """Gives the same reports with passed checks and evidence, where those in `entries` lack them."""

    @property
    def reports(self) -> list[GradeReport]:
        """The reports alone."""
        return [report for report, _ in self.entries]

    @property
    def whole_reports(self) -> Iterable[GradeReport]:
        """The reports with all that is in them; to be gone through once."""
        return self.reports if self.whole is None else self.whole()


def _page(report: GradeReport, details: ReportDetails) -> bytes:
    return report_html(report, details).encode("utf-8", "replace")


def _class_page(batch: Batch) -> bytes:
    return index_html(batch.entries, batch.handed_out).encode("utf-8", "replace")


def _junit(batch: Batch) -> bytes:
    from grader.report.render.junit import junit_xml  # noqa: PLC0415 - its library takes long to load, and few want it

    return junit_xml(batch.whole_reports)


_SUBMISSION_FILES: MappingProxyType[str, tuple[str, Callable[[GradeReport, ReportDetails], bytes | None]]] = (
    MappingProxyType(
        {
            "md": ("report.md", lambda report, _: report_markdown(report).encode()),
            "html": ("report.html", _page),
            "gradescope": ("results.json", lambda report, _: results_json(report)),
            # Last: who finds this one finds the others, too.
            "json": ("grade.json", lambda report, _: grade_json(report)),
        }
    )
)
_BATCH_FILES: MappingProxyType[str, tuple[str, Callable[[Batch], bytes]]] = MappingProxyType(
    {
        "html": ("index.html", _class_page),
        "junit": ("junit.xml", _junit),
        "csv": (GRADES, lambda batch: grades_csv(batch.reports, batch.people, batch.absent)),
        "github": ("job_summary.md", lambda batch: job_summary(list(batch.whole_reports)).encode()),
    }
)


def of_submission(
    report: GradeReport, details: ReportDetails, formats: Iterable[str]
) -> dict[str, bytes | None]:
    """File name to content, in the order to write them; None for a file that must not be there."""
    wanted = set(formats)
    return {name: made(report, details) for key, (name, made) in _SUBMISSION_FILES.items() if key in wanted}


def of_batch(batch: Batch, formats: Iterable[str]) -> dict[str, bytes]:
    """File name to content of what lies beside the submissions' folders; `summary.json` always."""
    wanted = set(formats)
    files = {name: made(batch) for key, (name, made) in _BATCH_FILES.items() if key in wanted}
    return {**files, SUMMARY: summary_json(batch.reports)}


def formats_of(folder: Path) -> list[str]:
    """The formats that one submission's folder holds files of."""
    return [key for key, (name, _) in _SUBMISSION_FILES.items() if (folder / name).exists()]


def names_in(folder: Path) -> list[str]:
    """The files of reports that one submission's folder holds."""
    return [name for name, _ in _SUBMISSION_FILES.values() if (folder / name).exists()]


def batch_formats_of(folder: Path) -> list[str]:
    """The formats that a folder of reports holds files of, beside the submissions' folders."""
    return [key for key, (name, _) in _BATCH_FILES.items() if (folder / name).exists()]
