"""Submissions that write beside their own files are tried over copies, a fresh one for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.runs.assignments import load
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.runtime.slots import Slots
from grader.runtime.workspace import workspace
from tests.catalogue import case_named
from tests.catalogue.case import APP, ENV, Case, append
from tests.catalogue.verdict import differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.runtime.postgres.interface import PostgresBackend
    from grader.runtime.sandbox.interface import SandboxBackend

BEHIND = """

import pathlib

pathlib.Path("only-once").touch(exist_ok=False)
for revision in pathlib.Path("alembic", "versions").glob("*.py"):
    revision.write_text("this is no longer what was handed in")
pathlib.Path("closed", "inside").mkdir(parents=True)
pathlib.Path("link").symlink_to("closed")
for folder in ("closed/inside", "closed", ".."):
    pathlib.Path(folder).chmod(0)
"""
ELSEWHERE = """

import pathlib

pathlib.Path("only-once").touch(exist_ok=False)
place = pathlib.Path.cwd().parent
place.rename(place.with_name(f"moved-by-{os.getpid()}"))
place.symlink_to("/")
"""

FILLS = """
import contextlib
import shutil
import tempfile

with open("alembic.log", "a") as log:
    log.write("done")
shutil.rmtree(PROJECT)
for number in range(64):
    with contextlib.suppress(OSError), open(f"{tempfile.gettempdir()}/left{number}", "ab", 0) as left:
        left.write(bytes(256 * 1024))
"""
SLOWLY = """
import pathlib
import time

folder = pathlib.Path("instance")
if not folder.exists():
    time.sleep(0.1)  # so that both of two that run at once have found that it is not there
    folder.mkdir()
"""


class Counted(Slots):
    """Slots that tell how many were taken beyond those that were expected."""

    more = 0

    def need_another(self) -> None:
        """See `Slots`."""
        self.more += 1
        super().need_another()


CONFINED = [
    pytest.param(("container_backend", "container_sandbox"), marks=pytest.mark.docker, id="container"),
    pytest.param(("embedded_backend", "bubblewrap_sandbox"), marks=pytest.mark.postgres, id="bubblewrap"),
]
UNCONFINED = pytest.param(("embedded_backend", "unconfined"), marks=pytest.mark.postgres, id="unconfined")


@pytest.fixture
def unconfined() -> UnconfinedBackend:
    """No sandbox at all."""
    return UnconfinedBackend()


@pytest.fixture(params=CONFINED)
def slots(request: pytest.FixtureRequest) -> Iterator[Counted]:
    """Slots for one submission after the other."""
    postgres: PostgresBackend = request.getfixturevalue(request.param[0])
    sandbox: SandboxBackend = request.getfixturevalue(request.param[1])
    with workspace() as folder:
        yield Counted(postgres, sandbox, folder)


def graded(case: Case, slots: Counted, folder: Path) -> Graded:
    """Grade a submission."""
    case.write(folder / case.name)
    assignment = load()
    tools = LocalRunner(assignment, slots._postgres, slots._sandbox, slots._workspace, slots=slots)
    with slots.expecting(1):
        return grade(folder / case.name, case.name, tools)


def test_files_may_be_made_beside_those_that_are_there(slots: Counted, tmp_path: Path) -> None:
    writes = case_named("right_files_of_its_own")
    assert differences(writes, graded(writes, slots, tmp_path)) == []
    assert slots.more == 1


@pytest.mark.parametrize("last", [BEHIND, ELSEWHERE], ids=["behind", "elsewhere"])
def test_each_step_finds_the_files_as_they_were_handed_in(last: str, slots: Counted, tmp_path: Path) -> None:
    reference = case_named("right_reference")
    spoils = Case("right_spoils_its_files", "It changes all of its files.", (append(ENV, last),))
    result = graded(spoils, slots, tmp_path)
    assert differences(spoils, result) == []
    assert differences(reference, result) == []
    assert slots.more == 1


@pytest.mark.parametrize("slots", [*CONFINED, UNCONFINED], indirect=True)
def test_no_step_is_in_the_way_of_another(slots: Counted, tmp_path: Path) -> None:
    slow = Case("right_makes_a_folder", "It looks whether a folder is there first.", (append(APP, SLOWLY),))
    assert differences(slow, graded(slow, slots, tmp_path)) == []


@pytest.mark.parametrize("slots", CONFINED[1:], indirect=True)
def test_a_copy_that_cannot_be_made_is_no_zero(
    slots: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, silent = case_named("right_files_of_its_own"), case_named("right_reference")
    with monkeypatch.context() as small:
        small.setattr("grader.runtime.sandbox.bubblewrap._SCRATCH_BYTES", 16384)
        result = graded(writes, slots, tmp_path)
    assert result.report.status == "error"
    assert result.retryable
    assert "could not be copied" in str(result.report.error)
    assert differences(silent, graded(silent, slots, tmp_path)) == []


@pytest.mark.parametrize("slots", CONFINED[1:], indirect=True)
def test_who_leaves_no_room_for_the_next_copy_is_judged(
    slots: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.runtime.sandbox.bubblewrap._SCRATCH_BYTES", 4 * 1024**2)
    fills = Case("wrong_fills_all", "It leaves files until there is no room.", (append(ENV, FILLS),))
    result = graded(fills, slots, tmp_path)
    assert (result.report.status, result.report.error) == ("graded", None)
    assert slots.more == 1


def test_who_writes_nothing_is_tried_once(slots: Counted, tmp_path: Path) -> None:
    silent = case_named("wrong_enum_left_behind")
    assert differences(silent, graded(silent, slots, tmp_path)) == []
    assert slots.more == 0
