"""The largest page that there can be, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.report.formats.html import report_html
from tests.integration.report.largest import largest
from tests.integration.report.pages.conftest import Browser
from tests.unit.observation_builders import assignment

pytestmark = pytest.mark.browser

MOST_SECONDS = 3.0
"""The promise is one second; machines that run tests are busy."""
LOADED = """
const times = performance.getEntriesByType('navigation')[0];
return (times.loadEventEnd - times.startTime) / 1000;
"""


def test_the_largest_page_opens_at_once(browser: Browser, tmp_path: Path) -> None:
    seen = largest()
    page = tmp_path / "report.html"
    page.write_text(report_html(judge(seen, assignment()), details_of(seen, assignment())), encoding="utf-8")

    browser.open(page)

    assert 0 < browser.run(LOADED) < MOST_SECONDS
