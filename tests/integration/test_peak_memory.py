"""The grader's own process stays small, whatever its submissions leave for it to read."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from grader.report.formats.json import read_grade_json
from tests.catalogue import case_named
from tests.catalogue.case import Case, extra
from tests.hostile import limits

if TYPE_CHECKING:
    from pathlib import Path

MOST_MEGABYTES = 300
KILLERS = (
    Case("comments", "3,600 comments of 190 kB.", (extra(limits.COMMENTS.replace("1..60", "1..3600")),)),
    Case("rows", "Rows of 79 MB as text.", (extra(limits.LONG_ROWS.replace("range(100)", "range(600)")),)),
    *(case for case in limits.LIMITS if case.name == "hostile_other_comments"),
)


@pytest.mark.postgres
def test_the_peak_of_a_class_of_killers(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    right = case_named("right_reference")
    for case in (*KILLERS, right):
        case.write(folder / case.name)

    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.peak_memory", str(folder), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    peak = re.search(r"^peak (\d+)$", done.stdout, re.MULTILINE)
    assert peak is not None
    assert int(peak[1]) < MOST_MEGABYTES
    assert read_grade_json(tmp_path / "out" / right.name / "grade.json").score == 100
