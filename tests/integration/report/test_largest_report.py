"""However much a submission shows, its report is of a bounded size and made in a bounded time."""

from __future__ import annotations

import time

from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.observations.model import decode, encode
from grader.report import files as report_files
from tests.integration.report.largest import largest
from tests.unit.observation_builders import assignment

MOST_BYTES = {
    "report.html": 2_000_000,
    "grade.json": 1_500_000,
    "report.md": 1_500_000,
    "junit.xml": 1_500_000,
}


def test_the_files_of_the_largest_report() -> None:
    seen = largest()
    saved = encode(seen)
    assert len(saved) < 64 * 1024**2

    began = time.process_time()
    report = judge(decode(saved), assignment())
    files = report_files.of_submission(report, details_of(seen, assignment()), ("html", "json", "md"))
    assert time.process_time() - began < 30

    assert report.status == "graded"
    written = {name: data for name, data in files.items() if data is not None}
    assert written.keys() == {"report.html", "grade.json", "report.md"}
    for name, data in written.items():
        assert len(data) < MOST_BYTES[name], name
