"""A submission's page in a real browser: outputs that open, and paper that shows them all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.integration.report.pages.conftest import Browser

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


def test_paper_shows_every_output(browser: Browser, report_page: Path) -> None:
    browser.open(report_page)
    before = browser.run(OPEN)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert all(browser.run(OPEN))
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(OPEN) == before


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
