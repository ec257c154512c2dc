"""`junit.xml`: a class for whatever shows test results: a test suite a submission, a test case a criterion.

Must not know who reads it: what does not pass is a failure, whatever it is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from xml.etree import ElementTree as ET

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import words
from grader.report.render.plain import block, details, headline, line

_NAME = "grader"


def junit_xml(reports: Iterable[GradeReport]) -> bytes:
    """Render a class as UTF-8, indented.

    `failed` is a failure, `skipped` is skipped, and a fault of the harness is an error. A failure's message
    is one line; its text has the hint, the checks and the evidence. Score and bonus are properties of the
    suite.
    """
    document = JUnitXml(_NAME)
    # Not one by one: the library would look for a suite of the same name among all before, and merge the two.
    suites = [_suite(report) for report in reports]
    document.extend(suites)  # type: ignore[no-untyped-call]
    document.update_statistics()  # type: ignore[no-untyped-call]
    out = BytesIO()
    document.write(out)
    # The same document with a line an element: people open the file, too.
    root = ET.fromstring(out.getvalue())  # noqa: S314 - we wrote it ourselves
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(report: GradeReport) -> TestSuite:
    suite = TestSuite(line(report.submission.id))
    suite.add_property("status", report.status)
    if report.score is not None and report.bonus is not None:
        suite.add_property("score", words.number(report.score))
        suite.add_property("bonus", words.number(report.bonus))
    suite.add_property("max_score", words.number(report.max_score))
    suite.add_property("max_bonus", words.number(report.max_bonus))
    # All at once: one by one, the library would count the whole suite anew each time.
    suite.add_testcases([_case(report, criterion) for criterion in report.criteria])
    return suite


def _case(report: GradeReport, criterion: CriterionReport) -> TestCase:
    case = TestCase(
        line(criterion.title), f"{line(report.submission.id)}.{line(criterion.id)}", criterion.seconds
    )
    outcome = _outcome(criterion, report.error)
    if outcome is not None:
        case.result = [outcome]
    return case


def _outcome(criterion: CriterionReport, error: str | None) -> FinalResult | None:
    if criterion.status is Status.PASSED:
        return None
    if criterion.status is Status.SKIPPED:
        return Skipped(headline(criterion))
    kind, type_ = (Failure, "failed") if criterion.status is Status.FAILED else (Error, "error")
    outcome = kind(headline(criterion), type_)
    outcome.text = details(criterion) or block(error or "")
    return outcome
