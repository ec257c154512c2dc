"""The class page in a real browser: sorting, filtering, searching, and a thousand submissions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from grader.report.model import SubmissionInfo
from grader.report.render.class_page import index_html
from tests.integration.report.pages.conftest import Browser
from tests.unit.report.render.test_class_page import small_class

pytestmark = pytest.mark.browser

SECOND = 1000.0
"""In milliseconds."""


def head(name: str) -> str:
    return f"#class thead [data-key={name}] button"


def found(browser: Browser) -> str:
    return browser.find("#found").text


def test_sorting_by_click_and_by_keyboard(browser: Browser, class_page: Path) -> None:
    browser.open(class_page)
    given = browser.shown_rows()
    browser.find(head("name")).click()
    assert browser.shown_rows() == sorted(given)
    browser.find(head("name")).send_keys(Keys.ENTER)
    assert browser.shown_rows() == sorted(given, reverse=True)
    assert browser.find("#class [data-key=name]").get_attribute("aria-sort") == "descending"
    browser.find(head("score")).send_keys(Keys.SPACE)
    points = browser.run("return [...document.querySelectorAll('#class tbody tr')].map(e => e.dataset.score)")
    assert points[0] == ""
    assert [float(item) for item in points[1:]] == sorted(float(item) for item in points[1:])
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "#class [aria-sort]")) == 1


def test_what_needs_a_new_run_comes_first_by_status(browser: Browser, class_page: Path) -> None:
    browser.open(class_page)
    browser.find(head("state")).click()
    assert browser.find("#class tbody tr").get_attribute("class") == "again"
    browser.find(head("noted")).click()
    browser.find(head("advice")).click()
    assert browser.complaints() == []


def test_searching(browser: Browser, class_page: Path) -> None:
    browser.open(class_page)
    everybody = browser.shown_rows()
    assert found(browser) == f"All {len(everybody)} submissions"
    browser.find("#search").send_keys("ALAN co")
    assert browser.shown_rows() == ["alan & co"]
    assert found(browser) == f"1 of {len(everybody)} submissions"
    browser.find("#search").send_keys(" nowhere")
    assert browser.shown_rows() == []
    browser.find("#reset").click()
    assert browser.shown_rows() == everybody
    assert browser.run("return document.activeElement.id") == "search"


def test_filtering_by_keyboard(browser: Browser, class_page: Path) -> None:
    browser.open(class_page)
    browser.find("select[data-key=state]").send_keys("needs")
    assert found(browser).startswith("1 of")
    Select(browser.find("select[data-key=state]")).select_by_value("")
    Select(browser.find("select[data-key=failed]")).select_by_value("downgrade")
    Select(browser.find("select[data-key=flags]")).select_by_index(1)
    shown = browser.run(
        "const rows = document.querySelectorAll('#class tbody tr:not([hidden])');"
        "return [...rows].map(e => [e.dataset.failed, e.dataset.flags])"
    )
    assert shown
    assert all("downgrade" in failed.split() and flags for failed, flags in shown)


def test_a_cause_shows_its_submissions(browser: Browser, class_page: Path) -> None:
    browser.open(class_page)
    browser.find("button[data-key=causes]").send_keys(Keys.ENTER)
    assert browser.shown_rows() == ["barbara", "alan & co"]
    assert browser.run("return document.activeElement.id") == "submissions"
    browser.find("button[data-key=checks]").click()
    assert found(browser).endswith("submissions")
    assert browser.find("select[data-key=causes]").get_attribute("value") == ""


def test_links_lead_to_the_submissions(browser: Browser, class_page: Path) -> None:
    for number in range(len(small_class())):
        browser.open(class_page)
        link = browser.driver.find_elements(By.CSS_SELECTOR, "#class tbody a")[number]
        name = link.text
        link.send_keys(Keys.ENTER)
        assert browser.find("h1").text == name


def test_without_scripts_the_whole_table_is_there(browser: Browser, class_page: Path) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(class_page)
        assert len(browser.driver.find_elements(By.CSS_SELECTOR, "#class tbody tr")) == len(small_class())
        assert not browser.find("#controls").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_thousand_submissions_are_there_within_a_second(browser: Browser, tmp_path: Path) -> None:
    few = small_class()
    many = [
        (replace(report, submission=SubmissionInfo(f"student {number:04}", f"{number}/", "")), details)
        for number in range(1000)
        for report, details in [few[number % len(few)]]
    ]
    page = tmp_path / "index.html"
    page.write_text(index_html(many), encoding="utf-8")
    browser.open(page)
    assert found(browser) == "All 1000 submissions"
    loaded = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < loaded < SECOND
    for action in (
        "document.querySelector('#class thead [data-key=score] button').click()",
        "search.value = 'student 09'; search.dispatchEvent(new Event('input'))",
        "document.getElementById('reset').click()",
    ):
        taken = browser.run(
            "const search = document.getElementById('search'), began = performance.now();"
            f"{action}; document.body.getBoundingClientRect(); return performance.now() - began"
        )
        assert taken < SECOND / 2, action
