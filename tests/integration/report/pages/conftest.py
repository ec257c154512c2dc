"""A real Chromium without a window, and pages for it to show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from conftest import missing
from grader.report.formats.html import report_html
from grader.report.render.class_page import index_html
from tests.unit.report.render.pages import pictured
from tests.unit.report.render.test_class_page import small_class

AXE = Path(__file__).parents[3] / "vendored" / "axe-core" / "axe.min.js"
FLAGS = (
    "--headless",
    "--no-sandbox",  # the tests may run as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Theme = Literal["light", "dark"]


class Browser:
    """What the tests do with the browser."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, *, theme: Theme = "light", width: int = 1280) -> None:
        """Show a page; what the page before it did is forgotten."""
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": theme}]},
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.get("about:blank")
        self.complaints()
        self.requests()
        self.driver.get(page.as_uri())

    def complaints(self) -> list[str]:
        """What the console holds, violations of the content security policy included; then empty."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """The URLs of all requests since the last time this was asked."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def _log(self, kind: str) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a function's body in the page."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """The first element that a CSS selector fits."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown_rows(self) -> list[str]:
        """The names in the table of submissions that are to be seen, from the top."""
        names: list[str] = self.run(
            "const heads = document.querySelectorAll('#class tbody tr:not([hidden]) th');"
            "return [...heads].map(e => e.textContent)"
        )
        return names

    def accessibility_faults(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        self.run(AXE.read_text(encoding="utf-8"))
        # What is out of sight is not drawn, and what is not drawn cannot be looked at.
        self.run("document.querySelectorAll('tr').forEach(e => { e.style.contentVisibility = 'visible'; })")
        found: dict[str, Any] = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {preload: false}).then(done, e => done({error: `${e}`}))"
        )
        assert "error" not in found, found
        assert found["passes"]
        return [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, with an empty profile."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver_program = shutil.which("chromedriver")
    if program is None or driver_program is None:
        missing("Chromium and its driver are not installed (Debian: chromium, chromium-driver).")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_program))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small class: `index.html`, and a page a submission."""
    folder = tmp_path_factory.mktemp("reports")
    for report, details in small_class():
        place = folder / report.submission.id
        place.mkdir()
        (place / "report.html").write_text(report_html(report, details), encoding="utf-8")
    (folder / "index.html").write_text(index_html(small_class(), handed_out=["aaa1"]), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def report_page(reports: Path) -> Path:
    """The page of a submission with something wrong in every picture."""
    return reports / pictured()[0].submission.id / "report.html"


@pytest.fixture(scope="session")
def class_page(reports: Path) -> Path:
    """The class page."""
    return reports / "index.html"
