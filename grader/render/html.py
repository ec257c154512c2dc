"""`report.html`: a submission's page, in one file that asks nothing of any other.

Knows the report and the details that go with it, and nothing of how a verdict came about.
"""

from __future__ import annotations

from types import MappingProxyType

from grader.details import Mark, ReportDetails
from grader.render import words
from grader.render.page import page
from grader.report import GradeReport

CHANGE_WORDS = MappingProxyType({"+": "added:", "-": "removed:", "~": "changed:"})
MARK_SIGNS = MappingProxyType({Mark.AS_ASKED: "✓", Mark.MISSING: "✗", Mark.DIFFERENT: "≠", Mark.EXTRA: "+"})
MARK_CLASSES = MappingProxyType(
    {Mark.AS_ASKED: "passed", Mark.MISSING: "failed", Mark.DIFFERENT: "error", Mark.EXTRA: "skipped"}
)
"""How a mark is coloured: as the status that it is most like."""


def report_html(report: GradeReport, details: ReportDetails | None = None) -> str:
    """Render a submission's page.

    Args:
        report: the result.
        details: the pictures of its chain, schema and errors; none for a report that was read back alone.
    """
    details = details or ReportDetails()
    return page(
        "report.html.j2",
        styles=("page.css", "report.css"),
        script="report.js",
        report=report,
        details=details,
        groups=words.by_group(report),
        causes={item.text: item for item in details.causes},
        errors={item.output: item for item in details.errors},
        nothing_made=bool(details.tables)
        and all(item.mark in (Mark.MISSING, Mark.EXTRA) for item in details.tables),
        facts=_facts(report),
        change_words=CHANGE_WORDS,
        mark_signs=MARK_SIGNS,
        mark_classes=MARK_CLASSES,
        mark_names={mark: mark.name.lower() for mark in Mark},
    )


def _facts(report: GradeReport) -> dict[str, str]:
    run = report.run
    return {
        "Submission": f"{report.submission.source} (SHA-256 {report.submission.sha256[:12]})",
        "Rubric": f"{report.assignment.id} (SHA-256 {report.assignment.sha256[:12]})",
        "PostgreSQL": f"{run.postgres} ({run.backend})",
        "Isolation": run.isolation,
        "Python": f"{run.python}, Alembic {run.alembic}, SQLAlchemy {run.sqlalchemy}",
        "Grader": f"{run.grader}, {run.seconds:.1f} seconds",
    }
