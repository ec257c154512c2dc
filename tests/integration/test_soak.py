"""A class of 200 with known scores, as an instructor would grade it. Takes many minutes: `tox -e soak`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.catalogue import CASES
from tests.catalogue.case import Case, write
from tests.integration.command import EMBEDDED, Place

pytestmark = [
    pytest.mark.soak,
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
MANY, FEW = 200, 20
MOST_MEGABYTES = 200
GROWTH_MEGABYTES = 20
SECONDS = 3 * 3600.0
_PROGRAM = (
    "import atexit, pathlib\n"
    "status = pathlib.Path('/proc/self/status')\n"
    "atexit.register(lambda: pathlib.Path('status').write_text(status.read_text()))\n"
    "from grader.cli.main import main\nmain()"
)
MEASURED = (sys.executable, "-c", _PROGRAM)
"""The command, leaving word of how much memory it took at most."""


def students(count: int) -> Iterator[Case]:
    """Submissions of every kind in turn, no two alike; but for those that are there to run into the clock."""
    kinds = [case for case in CASES if case.step_seconds is None]
    for number, case in enumerate(islice(cycle(kinds), count)):
        name = f"s{number:03}_{case.name}"
        yield replace(case, name=name, edits=(*case.edits, write("NOTES.md", f"I am {name}.\n")))


def graded(here: Place, count: int) -> tuple[dict[str, tuple[float, float]], str, float]:
    """Grade so many; score and bonus by submission, the summary, and the memory in megabytes."""
    folder = here.top / f"class{count}"
    for case in students(count):
        if not (folder / case.name).exists():
            case.write(folder / case.name)
    done = here.run(
        *("grade", "--all", folder, "--out", here.top / f"out{count}", *EMBEDDED, "--jobs", "2"),
        program=MEASURED,
        seconds=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((here.top / f"out{count}" / "summary.json").read_bytes())
    scores = {item["id"]: (item["score"], item["bonus"]) for item in summary["submissions"]}
    found = re.search(r"^VmHWM:\s+(\d+) kB", (here.top / "status").read_text(), re.MULTILINE)
    assert found is not None
    (line,) = (line for line in done.stdout.splitlines() if re.match(r"\d+ graded · ", line))
    return scores, line, int(found[1]) / 1024


def test_a_class_of_200(tmp_path: Path, embedded_backend: EmbeddedBackend) -> None:
    assert embedded_backend.problem() is None
    here = Place(tmp_path)
    _, few_summary, few = graded(here, FEW)
    scores, summary, many = graded(here, MANY)
    print(f"{FEW} submissions: {few_summary}; at most {few:.0f} MB")  # noqa: T201 - figures for the docs
    print(f"{MANY} submissions: {summary}; at most {many:.0f} MB")  # noqa: T201
    assert scores == {case.name: (case.score, case.bonus) for case in students(MANY)}
    assert many < MOST_MEGABYTES
    assert many - few < GROWTH_MEGABYTES
    again, summary, resumed = graded(here, MANY)
    print(f"{MANY} submissions again: {summary}; at most {resumed:.0f} MB")  # noqa: T201
    assert again == scores
    assert summary.startswith(f"0 graded · {MANY} unchanged and taken over · ")
    assert resumed < MOST_MEGABYTES
