"""A PostgreSQL or an isolation that looks right and does not work: seen once, said once, and never a zero."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from grader.errors import BrokenPair, HarnessFault
from grader.report.formats.json import read_grade_json
from grader.runs.assignments import load
from grader.runs.batch import RunSpec, grade_all
from grader.runs.local import LocalRunner
from grader.runtime.pairs.proof import PairProof
from grader.runtime.pairs.trial import try_slot
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.interface import ReservedServer
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.runtime.slots import Slots
from grader.submission.sources import Source
from tests.integration.command import Place, reference
from tests.integration.refusing_engine import REFUSAL, Engine, refusing_engine
from tests.pytest_runs import run_pytest
from tests.unit.runners import Told

pytestmark = pytest.mark.postgres
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """An empty folder."""
    return Place(tmp_path)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine that answers, and makes no container."""
    with refusing_engine() as made:
        yield made


def write_class(folder: Path, count: int) -> Path:
    """Perfect submissions."""
    for number in range(count):
        reference(folder / f"s{number}")
    return folder


def environment(place: Place, **more: str) -> dict[str, str]:
    """A cache of the test's own, besides."""
    return {"GRADER_CACHE_DIR": str(place.top / "cache"), **more}


# --- an engine that refuses containers --------------------------------------------------------------------


def test_auto_takes_the_next_pair_and_remembers(
    here: Place,
    engine: Engine,
    bubblewrap_sandbox: BubblewrapBackend,
) -> None:
    assert bubblewrap_sandbox.problem() is None
    write_class(here.top / "class", 2)
    variables = environment(here, DOCKER_HOST=engine.address)

    done = here.run("grade", "--all", "class", "--out", here.out, environment=variables)
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL: embedded. Isolation: bubblewrap." in done.stderr
    assert done.stderr.count("with the isolation container does not work on this machine") == 1
    assert REFUSAL in done.stderr
    assert [here.report(name)["score"] for name in ("s0", "s1")] == [100.0, 100.0]
    asked = engine.asked_for_containers
    assert asked > 0

    again = here.run("grade", "--all", "class", "--out", here.out, "--fresh", environment=variables)
    assert again.returncode == 0, again.stderr
    assert engine.asked_for_containers == asked
    assert again.stderr.count("PostgreSQL: ") == 1

    engine.version = "4.4.0"  # another version may be able to do it
    here.run("grade", "--all", "class", "--out", here.out, "--fresh", environment=variables)
    assert engine.asked_for_containers > asked
    assert here.is_clean()


def test_a_class_stops_after_the_first_with_one_message(here: Place, engine: Engine) -> None:
    write_class(here.top / "class", 20)
    places = ("--postgres", "container", "--isolation", "container")
    done = here.run(
        *("grade", "--all", "class", "--out", here.out, "--jobs", "2", *places),
        environment=environment(here, DOCKER_HOST=engine.address),
    )
    assert done.returncode == 5, done.stderr
    assert done.stderr.count(REFUSAL) == 1
    assert "so no submission can be tried" in done.stderr
    assert "`grader doctor` tries every pair" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(here.out.glob("*/grade.json")) == []
    # Those that were started ahead or began beside it, and the trial of the pair: not three for each of 20.
    assert engine.asked_for_containers <= 10
    assert here.is_clean()


def test_doctor_says_what_it_has_tried(here: Place, engine: Engine) -> None:
    variables = environment(here, DOCKER_HOST=engine.address, COLUMNS="300")
    quick = here.run("doctor", "--quick", environment=variables)
    assert (quick.returncode, engine.asked_for_containers) == (0, 0)
    statuses = _statuses(quick.stdout)
    assert statuses["container with container"] == "not tried"

    done = here.run("doctor", environment=variables)
    assert done.returncode == 0, done.stderr
    statuses = _statuses(done.stdout)
    for isolation in ("container", "bubblewrap", "none"):
        assert statuses[f"container with {isolation}"] == "does not work"
    assert " ".join(done.stdout.split()).count(REFUSAL) >= 3
    assert statuses["embedded with none"] == "works"
    assert "a small submission was run in" in " ".join(done.stdout.split())

    quick = here.run("doctor", "--quick", environment=variables)
    assert REFUSAL in " ".join(quick.stdout.split())
    statuses = _statuses(quick.stdout)
    assert statuses["container with container"] == "did not work"
    assert statuses["embedded with none"] == "worked"


def _statuses(table: str) -> dict[str, str]:
    """The first column of each line by the second."""
    lines = ([part.strip() for part in line.split("  ") if part.strip()] for line in table.splitlines())
    return {columns[1]: columns[0] for columns in lines if len(columns) > 1}


# --- an isolation that looks right ------------------------------------------------------------------------


def write_bubblewrap(folder: Path, change: str) -> str:
    """Put a `bwrap` on a path of its own, which changes its options by a statement; give the path."""
    real = shutil.which("bwrap")
    folder.mkdir()
    program = folder / "bwrap"
    program.write_text(
        f"#!{sys.executable} -IS\n"
        "import os, sys\n"
        "words = sys.argv[1:]\n"
        f"{change}\n"
        f"os.execv({real!r}, [{real!r}, *words])\n"
    )
    program.chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


NO_WORKER = "if '/worker.py' in words: sys.exit('bwrap: setting up uid map: Permission denied')"
NO_SOCKETS = "if '/sockets' in words: words[words.index('/sockets') - 1] = os.path.dirname(sys.argv[0])"
"""Steps run, and find no server: each of them fails as if that were the submission's fault."""


@pytest.mark.usefixtures("bubblewrap_sandbox")
@pytest.mark.parametrize("change", [NO_WORKER, NO_SOCKETS])
def test_an_isolation_that_fails_only_with_submissions(here: Place, change: str) -> None:
    path = write_bubblewrap(here.top / "bin", change)
    write_class(here.top / "class", 3)
    variables = environment(here, PATH=path, **NO_ENGINE)
    done = here.run(
        *("grade", "--all", "class", "--out", here.out, "--jobs", "1", "--postgres", "embedded"),
        environment=variables,
    )
    assert done.returncode == 5, done.stderr
    assert "PostgreSQL (embedded) with the isolation bubblewrap does not work on this machine" in done.stderr
    assert list(here.out.glob("*/grade.json")) == []

    # One's own work may run without, and is graded.
    alone = here.run("grade", "class/s0", "--out", here.out, environment=variables)
    assert alone.returncode == 0, alone.stderr
    assert "Isolation: none." in alone.stderr
    assert here.report("s0")["score"] == 100.0
    assert here.is_clean()


@pytest.mark.usefixtures("bubblewrap_sandbox")
def test_pytest_over_a_class_stops_after_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", write_bubblewrap(tmp_path / "bin", NO_WORKER))
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    write_class(tmp_path / "class", 3)
    places = ("--postgres", "embedded", "--isolation", "bubblewrap")
    done = run_pytest(tmp_path, "--submissions", "class", *places)
    assert done.code == 1, done.output
    assert "so no submission can be tried" in done.plain
    assert list(done.outcomes.values()) == ["error"]


# --- what breaks during a run -----------------------------------------------------------------------------


class Leaving(EmbeddedBackend):
    """Starts so many servers, and then none."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left
        self.refused = 0

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """Reserve a server, or fail."""
        self.left -= 1
        if self.left < 0:
            self.refused += 1
            raise HarnessFault("the engine is gone")
        with super().reserve() as reserved:
            yield reserved


@pytest.mark.usefixtures("embedded_backend")
def test_what_is_graded_is_kept_when_the_server_goes_away(tmp_path: Path) -> None:
    folder, out = write_class(tmp_path / "class", 12), tmp_path / "out"
    sources = [Source(path.name, path) for path in sorted(folder.iterdir())]
    (tmp_path / "work").mkdir()
    told = Told()
    with closing(Leaving(1)) as postgres:
        slots = Slots(postgres, UnconfinedBackend(), tmp_path / "work")
        proof = PairProof(("embedded", "none"), lambda: try_slot(lambda: slots.take(postgres)), waits=(0.01,))
        runner = LocalRunner(
            *(load(), postgres, UnconfinedBackend(), tmp_path / "work"), slots=slots, proof=proof
        )
        with pytest.raises(BrokenPair, match=r"does not work any more.*the engine is gone"):
            grade_all(sources, runner, RunSpec(out, ("json",), jobs=1), told)
    assert told.finished == ["s0"]
    assert told.retried == []
    assert [path.parent.name for path in out.glob("*/grade.json")] == ["s0"]
    assert read_grade_json(out / "s0" / "grade.json").score == 100.0
    assert postgres.refused == 3  # the second submission, and two trials of the pair


@pytest.mark.usefixtures("embedded_backend")
def test_a_first_submission_that_fails_by_itself_is_judged(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    reference(folder / "s0", ("alembic/env.py", "import os\n", "import os\n\n1 / 0\n"))
    (tmp_path / "work").mkdir()
    tried: list[str] = []
    with closing(EmbeddedBackend()) as postgres:
        slots = Slots(postgres, UnconfinedBackend(), tmp_path / "work")

        def attempt() -> None:
            tried.append("the pair")
            try_slot(lambda: slots.take(postgres))

        proof = PairProof(("embedded", "none"), attempt)
        runner = LocalRunner(
            *(load(), postgres, UnconfinedBackend(), tmp_path / "work"), slots=slots, proof=proof
        )
        (result,) = grade_all([Source("s0", folder / "s0")], runner, RunSpec(out, ("json",), jobs=1), Told())
    assert (result.report.status, tried) == ("graded", ["the pair"])
    assert (result.report.score or 0) < 50
