"""`junit.xml`: the expected file as a whole, against a schema, and read back by another parser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from grader.report.formats.junit import junit_xml
from grader.report.model import GradeReport, Status
from grader.text.untrusted import single_line, without_ci_commands
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, sample, samples

SCHEMA = xmlschema.XMLSchema11(Path(__file__).parents[1] / "junit.xsd")


def parsed(reports: list[GradeReport]) -> ET.Element:
    data = junit_xml(reports)
    SCHEMA.validate(data.decode())
    return ET.fromstring(data)  # noqa: S314 - our own


def test_the_whole_file() -> None:
    assert junit_xml(samples()) == (EXPECTED / "junit.xml").read_bytes()


def test_every_status_has_its_element() -> None:
    root = parsed(samples())
    elements = {Status.FAILED: "failure", Status.SKIPPED: "skipped", Status.ERROR: "error"}
    for suite, report in zip(root, samples(), strict=True):
        assert suite.get("name") == report.submission.id
        cases = suite.findall("testcase")
        for case, criterion in zip(cases, report.criteria, strict=True):
            assert case.get("classname") == f"{report.submission.id}.{criterion.id}"
            expected = elements.get(criterion.status)
            assert [child.tag for child in case] == ([] if expected is None else [expected])


def test_the_counts_are_those_of_the_cases() -> None:
    root = parsed(samples())
    for parent in (root, *root):
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(parent.get(attribute, "-1")) == len(list(parent.iter(tag)))
        assert int(parent.get("tests", "-1")) == len(list(parent.iter("testcase")))


def test_submissions_of_the_same_content_stay_apart() -> None:
    assert len(parsed([sample(), sample()])) == 2


def test_no_reports_are_no_suites() -> None:
    assert len(parsed([])) == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_about_the_structure(text: str) -> None:
    harmless = [item.tag for item in parsed([everywhere("harmless")]).iter()]
    root = parsed([everywhere(text)])
    assert [item.tag for item in root.iter()] == harmless
    assert root[0].get("name") == without_ci_commands(single_line(text))
    lines = junit_xml([everywhere(text)]).decode().splitlines()
    assert not any(line.lstrip().startswith(("::", "##[")) for line in lines)


@given(st.text(max_size=40))
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    root = ET.fromstring(junit_xml([everywhere(text)]))  # noqa: S314 - our own
    assert root[0].get("name") == without_ci_commands(single_line(text))


def test_a_failure_says_what_to_do_and_what_was_found() -> None:
    failure = next(parsed([sample()]).iter("failure"))
    assert failure.get("message") == (
        "users.avatar_url: expected character varying(255), nullable, found text, nullable"
    )
    assert failure.text is not None
    assert failure.text.startswith("What to do: Change the type of avatar_url")


def test_a_failure_without_checks_is_named_by_its_hint() -> None:
    report = sample()
    failed = next(item for item in report.criteria if item.status is Status.FAILED)
    bare = replace(report, criteria=(replace(failed, checks=(), evidence=()),))
    assert next(parsed([bare]).iter("failure")).get("message") == failed.hint
