"""What is said before a run that meets reports of another rubric."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.report.other_rubric import what_changes
from tests.unit.observation_builders import assignment
from tests.unit.saved_folders import a_class, save

IDS = ("ada", "grace", "edsger", "linus")


def test_the_same_rubric_needs_no_word(tmp_path: Path) -> None:
    assert not what_changes(tmp_path, IDS, assignment(), whole=True)
    save(a_class(), tmp_path)
    assert not what_changes(tmp_path, IDS, assignment(), whole=True)


def test_another_version_of_the_file(tmp_path: Path) -> None:
    save(a_class(), tmp_path)
    changed = replace(assignment(), sha256="0" * 64)
    (again,) = what_changes(tmp_path, IDS, changed, whole=True)
    assert again == (
        f"4 reports in {tmp_path} were made by another version of the assignment's file. This run grades "
        "them again, by the one of today."
    )
    one, others = what_changes(tmp_path, ["ada"], changed, whole=False)
    assert one.startswith(f"1 report in {tmp_path} was made by another version")
    assert others.startswith(f"3 reports in {tmp_path} were made by another version")
    assert "`grader regrade`" in others
    (left,) = what_changes(tmp_path, ["ada"], changed, whole=True)
    assert left == one


def test_reports_of_another_assignment_would_be_replaced(tmp_path: Path) -> None:
    save(a_class(), tmp_path)
    (line,) = what_changes(tmp_path, ["ada", "new"], replace(assignment(), id="shop"), whole=True)
    assert line == (
        f"{tmp_path} holds 1 report of another assignment ({assignment().id}), which this run replaces. "
        "Choose another folder with --out to keep them."
    )
