"""All hostile submissions in one batch, in both sandboxes, with honest ones between them.

What stays within a step's own process is tried in containers only. Of the rest, the second sandbox gets every
day what tries the walls, and everything by `tox -e soak`: see `tests/hostile/__init__.py`.

Each gets its verdict, the honest ones the one that they have alone, and nothing is left of any of them.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.runs.assignments import load
from grader.runs.batch import RunSpec, grade_all
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runtime.engine.client import engine
from grader.runtime.postgres.container import ContainerBackend
from grader.runtime.sandbox.container import ContainerSandboxBackend
from grader.submission.sources import Source
from tests import hostile
from tests.catalogue import case_named
from tests.catalogue.case import Case
from tests.catalogue.verdict import differences
from tests.hostile.network import REACHED
from tests.integration.command import as_written
from tests.waiting import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grader.runtime.postgres.interface import PostgresBackend
    from grader.runtime.sandbox.interface import SandboxBackend

STEP_SECONDS = 10.0
"""Enough for an honest step beside all that, and not too long for those that never end."""
HONEST = "wrong_enum_left_behind"
NEIGHBOURS = 3
PASSWORD = "hunter2-of-theirs"
FILES = {"grade.json", "observations.json", "report.md"}


class Silent:
    """Nobody watches."""

    def step(self, submission_id: str, phase: str) -> None:
        """A submission has entered a phase."""

    def retrying(self, submission_id: str, reason: str, seconds: float | None) -> None:
        """A submission will be tried again."""

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are written."""


@dataclass(frozen=True)
class Left:
    """What there is of a harness and its submissions at one moment."""

    processes: int
    descriptors: int
    containers: int
    volumes: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """What came of the batch."""

    attacks: tuple[Case, ...]
    out: Path
    graded: dict[str, Graded]
    alone: dict[str, Any]
    before: Left
    after: Left


def left(postgres: PostgresBackend, sandbox: SandboxBackend, workspace: Path) -> Left:
    """Count."""
    containers = volumes = 0
    files = [path.name for path in workspace.iterdir()]
    runs = [
        item._run
        for item in (postgres, sandbox)
        if isinstance(item, ContainerBackend | ContainerSandboxBackend)
    ]
    if runs:
        with engine() as client:
            volumes = len(client.volumes.list())
            for run in runs:
                containers += len(
                    client.containers.list(
                        all=True, filters={"label": f"migration-grader.run={run}"}, ignore_removed=True
                    )
                )
    if isinstance(postgres, ContainerBackend) and postgres._folder is not None:
        files += [path.name for path in postgres._folder.iterdir()]
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return Left(len(children(os.getpid())), descriptors, containers, volumes, tuple(files))


def honest_report(out: Path, submission: str) -> dict[str, Any]:
    """A report as it is on disk, without what tells one run, or one copy of the submission, from another."""
    text = (out / submission / "grade.json").read_text()
    data: dict[str, Any] = json.loads(text.replace(submission, HONEST))
    del data["run"]["seconds"], data["digest"]
    for item in data["criteria"]:
        del item["seconds"]
    return data


@dataclass(frozen=True)
class Place:
    """Where a batch is graded, and with which attacks."""

    name: str
    backends: tuple[str, str]
    """The fixtures of the server and of the sandbox."""
    attacks: tuple[Case, ...]
    marks: tuple[pytest.MarkDecorator, ...]


AT_THE_WALLS = tuple(case for case in hostile.CASES if case.name in hostile.AT_THE_WALLS)
BUBBLEWRAP = ("embedded_backend", "bubblewrap_sandbox")
PLACES = (
    Place("container", ("container_backend", "container_sandbox"), hostile.CASES, (pytest.mark.docker,)),
    Place("bubblewrap", BUBBLEWRAP, AT_THE_WALLS, (pytest.mark.postgres,)),
    Place(
        "bubblewrap-all", BUBBLEWRAP, hostile.BEYOND_THEIR_PROCESS, (pytest.mark.postgres, pytest.mark.soak)
    ),
)


@pytest.fixture(
    scope="module", params=[pytest.param(place, marks=place.marks, id=place.name) for place in PLACES]
)
def batch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """Everything graded once, in one of the sandboxes."""
    # One of its own: other tests may keep a server of the shared one.
    place: Place = request.param
    server, confinement = place.backends
    postgres: PostgresBackend = type(request.getfixturevalue(server))()
    sandbox: SandboxBackend = request.getfixturevalue(confinement)
    folder = tmp_path_factory.mktemp("hostile")
    workspace = folder / "workspace"
    workspace.mkdir()
    assignment = load()
    assignment = replace(assignment, limits=replace(assignment.limits, step_seconds=STEP_SECONDS))
    tools = LocalRunner(assignment, postgres, sandbox, workspace)

    def grade(sources: Sequence[Source], out: Path) -> dict[str, Graded]:
        grade_all(sources, tools, RunSpec(out, ("json", "md"), jobs=2, retry_after=()), Silent())
        return {source.id: as_written(out / source.id) for source in sources}

    neighbour = case_named(HONEST)
    cases = list(place.attacks)
    for number in range(NEIGHBOURS):
        cases.insert(
            (2 * number + 1) * len(place.attacks) // (2 * NEIGHBOURS),
            replace(neighbour, name=f"honest{number}"),
        )
    for case in (neighbour, *cases):
        case.write(folder / "submissions" / case.name)
    grade([Source(HONEST, folder / "submissions" / HONEST)], folder / "alone")
    alone = honest_report(folder / "alone", HONEST)
    before = left(postgres, sandbox, workspace)
    sources = [Source(case.name, folder / "submissions" / case.name) for case in cases]
    graded = grade(sources, folder / "out")
    yield Batch(place.attacks, folder / "out", graded, alone, before, left(postgres, sandbox, workspace))
    postgres.close()


def wrong_with(case: Case, batch: Batch) -> str:
    """What is not as it should be; empty if all is."""
    wrong = differences(case, batch.graded[case.name])
    return "\n".join((case.name, case.why, *wrong)) if wrong else ""


@pytest.mark.parametrize("case", AT_THE_WALLS, ids=lambda case: case.name)
def test_verdict(batch: Batch, case: Case) -> None:
    wrong = wrong_with(case, batch)
    assert not wrong, wrong


def test_verdicts_of_all_others(batch: Batch) -> None:
    others = [case for case in batch.attacks if case not in AT_THE_WALLS]
    wrong = "\n".join(filter(None, (wrong_with(case, batch) for case in others)))
    assert not wrong, wrong


@pytest.mark.parametrize("number", range(NEIGHBOURS))
def test_honest_submissions_get_what_they_get_alone(batch: Batch, number: int) -> None:
    assert honest_report(batch.out, f"honest{number}") == batch.alone


def test_nothing_is_left(batch: Batch) -> None:
    assert batch.after == batch.before
    assert batch.after.containers == 0
    assert batch.after.files == ()


def test_reports_are_the_graders_own(batch: Batch) -> None:
    written = [path.relative_to(batch.out) for path in batch.out.rglob("*") if path.is_file()]

    assert {path.parts[0] for path in written} == set(batch.graded)
    assert all(path.name in FILES and len(path.parts) == 2 for path in written)


def test_no_way_out_is_found(batch: Batch) -> None:
    seen = batch.graded["hostile_network"].observations
    assert seen is not None
    assert seen.one_shot is not None
    told = seen.one_shot.upgrade.stdout
    assert REACHED not in told
    tried = re.search(r"^tried (\d+)$", told, re.MULTILINE)
    assert tried is not None
    assert int(tried[1]) > 20


def test_no_file_holds_a_password_or_a_control_character(batch: Batch) -> None:
    for path in batch.out.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert PASSWORD not in text, path
        assert "\x1b" not in text, path
        assert "\\u001b" not in text, path
