"""The format `junit`: `junit.xml`, the class as test results.

A test suite is a submission, a test case a criterion. A criterion that failed is a failure, whatever it is
worth. Must not know which program reads the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO

from grader.report.formats.interface import BatchFile, Format
from grader.report.model import GradeReport, Status
from grader.report.render import phrases
from grader.report.render.plain_text import block, details, headline, line

_NAME = "grader"


def junit_xml(reports: Iterable[GradeReport]) -> bytes:
    """Render a class as UTF-8, indented.

    `failed` is a failure, `skipped` is skipped, and `error` is an error. A failure's message is one line; its
    text has the hint, the checks and the evidence. Score and bonus are properties of the suite.
    """
    # Takes a tenth of a second to load, and few want this format.
    from xml.etree import ElementTree as ET  # noqa: PLC0415

    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite  # noqa: PLC0415

    kinds = {Status.SKIPPED: Skipped, Status.FAILED: Failure, Status.ERROR: Error}
    suites = []
    for report in reports:
        name = line(report.submission.id)
        suite = TestSuite(name)
        for key, value in _properties(report):
            suite.add_property(key, value)
        cases = []
        for criterion in report.criteria:
            case = TestCase(line(criterion.title), f"{name}.{line(criterion.id)}", criterion.seconds)
            if criterion.status is not Status.PASSED:
                outcome = kinds[criterion.status](headline(criterion))
                if criterion.status is not Status.SKIPPED:
                    outcome.type = criterion.status.value
                    outcome.text = details(criterion) or block(report.error or "")
                case.result = [outcome]
            cases.append(case)
        # All at once: added one by one, the library counts the whole suite again each time.
        suite.add_testcases(cases)
        suites.append(suite)
    document = JUnitXml(_NAME)
    # All at once: added one by one, the library merges suites that have the same name.
    document.extend(suites)  # type: ignore[no-untyped-call]
    document.update_statistics()  # type: ignore[no-untyped-call]
    out = BytesIO()
    document.write(out)
    # The same document with each element on its own line, for people who open the file.
    root = ET.fromstring(out.getvalue())  # noqa: S314 - we wrote it ourselves
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _properties(report: GradeReport) -> Iterator[tuple[str, str]]:
    yield "status", report.status
    if report.score is not None and report.bonus is not None:
        yield "score", phrases.number(report.score)
        yield "bonus", phrases.number(report.bonus)
    for number, text in enumerate(phrases.changes(report), 1):
        yield f"change_{number}", line(text)
    if report.computed is not None and report.computed.score is not None:
        yield "found_score", phrases.number(report.computed.score)
    if name := phrases.name_of(report.person):
        yield "person", line(name)
    yield "max_score", phrases.number(report.max_score)
    yield "max_bonus", phrases.number(report.max_bonus)


FORMAT = Format(
    batch=BatchFile(
        "junit.xml",
        "whatever shows test results",
        "[a suite a submission, a test case a criterion](#junitxml)",
        lambda batch: junit_xml(batch.whole_reports),
    )
)
