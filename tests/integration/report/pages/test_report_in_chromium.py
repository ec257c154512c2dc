"""A submission's page in a real browser: outputs that open, and paper that shows what counts."""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.integration.report.pages.conftest import Browser
from tests.unit.report.render.pages import pictured

pytestmark = pytest.mark.browser

OPEN = "return [...document.querySelectorAll('details')].map(item => item.open)"


def test_all_outputs_open_and_close_at_once(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    assert not all(browser.run(OPEN))
    button = browser.find("#open-all")
    button.send_keys(Keys.SPACE)
    assert all(browser.run(OPEN))
    assert button.get_attribute("aria-pressed") == "true"
    button.send_keys(Keys.SPACE)
    assert not any(browser.run(OPEN))
    assert button.get_attribute("aria-pressed") == "false"


def test_an_output_opens_by_keyboard(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    summary = browser.find("details:not([open]) > summary")
    summary.send_keys(Keys.ENTER)
    assert browser.run("return arguments[0].parentElement.open", summary)


def printed(browser: Browser) -> tuple[int, str]:
    """How many sheets of A4 the page takes, and the text on them."""
    sheet = {"paperWidth": 8.27, "paperHeight": 11.69}
    pdf = base64.b64decode(browser.driver.execute_cdp_cmd("Page.printToPDF", sheet)["data"])
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    text: str = browser.run("return document.body.innerText")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    return len(re.findall(rb"/Type\s*/Page\b", pdf)), text


def test_paper_has_verdicts_what_failed_and_the_next_step(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    sheets, text = printed(browser)
    assert sheets in (2, 3)
    report, details = pictured()
    words = " ".join(text.split())
    for shown in ("57.5 of 100 points", "Next step", *(item.title for item in report.criteria)):
        assert shown in words
    criteria = words.partition(" Criteria ")[2]
    for criterion in report.criteria:
        assert (criterion.title in criteria) == (criterion.status == "failed"), criterion.id
        for check in criterion.checks:
            assert (check.title.replace("`", "") in criteria) == (check.status == "failed"), check.id
    for left_out in (details.chain[0].message, "Schema at head"):
        assert left_out not in words


def test_paper_has_everything_once_everything_is_open(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    few, _ = printed(browser)
    browser.find("#open-all").send_keys(Keys.ENTER)
    sheets, text = printed(browser)
    assert sheets > few
    assert "Schema at head" in text
    assert pictured()[1].chain[0].message in text
    browser.find("#open-all").send_keys(Keys.ENTER)
    assert printed(browser)[0] == few


def test_the_rubric_leads_to_the_criteria(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    browser.find(".rubric a").send_keys(Keys.ENTER)
    assert browser.run("return location.hash") == "#criterion-upgrade_head"
    assert browser.run("return document.querySelector(':target') !== null")


def test_landmarks_and_headings_are_in_order(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    for landmark in ("header", "main", "nav[aria-label]"):
        assert browser.run("return document.querySelectorAll(arguments[0]).length", landmark) == 1
    levels = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
