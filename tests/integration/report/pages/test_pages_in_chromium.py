"""Both pages in a real browser: nothing is fetched, nothing complains, everybody can use them."""

from __future__ import annotations

import base64
import select
import socket
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from grader.report.formats.html import report_html
from grader.report.render.class_page import index_html
from tests.integration.report.pages.conftest import Browser, Theme
from tests.unit.report.render.pages import HOSTILE, everywhere

pytestmark = pytest.mark.browser


@pytest.fixture(params=["barbara/report.html", "grace/report.html", "alan & co/report.html", "index.html"])
def page(request: pytest.FixtureRequest, reports: Path) -> Path:
    return reports / str(request.param)


def test_nothing_is_fetched_and_nothing_complains(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


def test_the_policy_is_in_force(browser: Browser, page: Path) -> None:
    """Even a script or a picture that got into the page would neither run nor be fetched."""
    browser.open(page)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        browser.driver.execute_async_script(
            "const [address, done] = arguments;"
            "const script = document.createElement('script'), image = new Image();"
            "script.textContent = 'window.ran = true';"
            "image.onload = image.onerror = () => done(); image.src = address;"
            "document.body.append(script, image);",
            address,
        )
        assert select.select([server], [], [], 0)[0] == []
    assert browser.run("return window.ran === undefined")
    assert len(browser.complaints()) >= 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_no_accessibility_fault_is_found(browser: Browser, page: Path, theme: Theme, width: int) -> None:
    browser.open(page, theme=theme, width=width)
    browser.run("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    assert browser.accessibility_faults() == []


def test_the_themes_differ(browser: Browser, page: Path) -> None:
    colours = set()
    for theme in ("light", "dark"):
        browser.open(page, theme="light" if theme == "light" else "dark")
        colours.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_the_page_itself_never_scrolls_sideways(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.run("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_first_tab_stop_leads_past_the_navigation(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.find("body").send_keys(Keys.TAB)
    skip = browser.driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "main"


def test_every_tab_stop_can_be_seen(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.find("body").send_keys(Keys.TAB)
    for _ in range(12):
        outline, width, name = browser.run(
            "const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
            "return [s.outlineStyle, Math.min(r.width, r.height), e.outerHTML.slice(0, 80)]"
        )
        assert outline == "solid", name
        assert width > 1, name
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)


def test_the_page_can_be_printed(browser: Browser, page: Path) -> None:
    browser.open(page)
    pdf = base64.b64decode(browser.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert pdf.startswith(b"%PDF-")


def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        entry = everywhere(text)
        for name, html in (("report", report_html(*entry)), ("class", index_html([entry, entry]))):
            page = tmp_path / f"{name}{number}.html"
            page.write_text(html, encoding="utf-8")
            browser.open(page)
            assert browser.complaints() == [], text
            assert browser.requests() == [page.as_uri()], text
            assert browser.run("return document.scripts.length") == 1
            assert (
                browser.run("return document.querySelectorAll('img, svg[onload], [onmouseover]').length") == 0
            )
