"""One run of the benchmarks: prepares the tools, measures one part after the other, and keeps the results.

A tool that cannot run on this machine is left out with a reason, and the others continue.
"""

from __future__ import annotations

import compileall
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import grader
from benchmarks import naive
from benchmarks.chains import SHORT_LENGTH, chain_files, write_files
from benchmarks.cold import NaiveCold
from benchmarks.contenders import (
    CONFINED,
    GRADER_FORMS,
    Contender,
    Floor,
    GraderForm,
    Naive,
    PytestAlembic,
    answers_of_proof,
)
from benchmarks.detection import detect_by_grader, detect_by_pytest_alembic, detect_by_script
from benchmarks.measuring import BenchmarkError
from benchmarks.planted import chosen_cases, planted_in
from benchmarks.pytest_alembic_venv import pytest_program
from benchmarks.regrading import regrading_seconds
from benchmarks.results import Detection, Planted, Results
from benchmarks.servers import docker_problem
from benchmarks.speed import (
    Stopwatch,
    measure_chains,
    measure_classes,
    measure_cold,
    measure_proof,
    measure_single,
)
from grader.errors import GraderError
from grader.runtime.postgres.images import postgres_image
from tests.catalogue.case import REFERENCE

PARTS = ("single", "chains", "classes", "detection", "proof", "regrade", "cold")


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    """How often each tool grades the single submission."""
    chains: tuple[int, ...]
    """Numbers of revisions, besides three."""
    others_up_to: int
    """The longest chain for the other tools."""
    classes: tuple[int, ...]
    all_forms: bool
    """Also grade classes with embedded servers, and with one job."""
    cases: tuple[str, ...] | None
    """Names of cases in the catalogue; None for all."""
    proofs: tuple[int, ...]
    """Numbers of answers that the proof of the exercise's rubric tries."""
    whole_proof: bool
    """Also try all of them."""
    regraded: int
    cold_rounds: int
    """How often it starts from nothing."""


class BenchmarkSession:
    """The tools and the results of one run."""

    def __init__(self, plan: Plan, scratch: Path, log: Callable[[str], None]) -> None:
        """Compile the grader; start nothing yet.

        Args:
            plan: how much to measure.
            scratch: a folder for temporary files.
            log: called with lines about the progress.
        """
        # As pip does when it installs the grader: in a fresh checkout each command would compile it again.
        compileall.compile_dir(Path(grader.__file__).parent, quiet=1)
        self._plan = plan
        self._scratch = scratch
        self._log = log
        self._stopwatch = Stopwatch(scratch, log)
        self._planted: Planted | None = None
        self._detections: list[Detection] = []
        self._regrading: tuple[float, ...] = ()
        self._left_out: list[str] = []

    def measure(self, part: str) -> None:
        """Measure one of `PARTS`."""
        plan = self._plan
        if part == "single":
            measure_single(self._stopwatch, self._contenders, plan.rounds)
        elif part == "chains":
            if CONFINED.name not in {figure.contender for figure in self._stopwatch.figures()}:
                measure_single(self._stopwatch, [one for one in self._contenders if one == CONFINED], 1)
            measure_chains(self._stopwatch, self._contenders, plan.chains, others_up_to=plan.others_up_to)
        elif part == "classes":
            measure_classes(self._stopwatch, self._contenders, plan.classes, all_forms=plan.all_forms)
        elif part == "detection":
            self._detect()
        elif part == "proof":
            whole = (answers_of_proof(),) if plan.whole_proof else ()
            measure_proof(self._stopwatch, self._contenders, (*plan.proofs, *whole))
        elif part == "cold":
            naive = NaiveCold(self._image, self._references) if self._image and self._references else None
            measure_cold(self._stopwatch, naive, self._scratch / "handout", plan.cold_rounds)
        else:
            with self._or_left_out("regrading"):
                self._regrading = regrading_seconds(plan.regraded, 3, self._scratch)

    def results(self, machine: dict[str, str]) -> Results:
        """The results so far.

        Args:
            machine: the facts about the machine and the run.
        """
        return Results(
            machine=machine,
            figures=self._stopwatch.figures(),
            planted=self._planted,
            detections=tuple(self._detections),
            regrading=self._regrading,
            regraded=self._plan.regraded,
            left_out=(*self._left_out, *self._stopwatch.left_out),
        )

    def _detect(self) -> None:
        cases = chosen_cases(self._plan.cases)
        self._planted = planted_in(cases)
        image = self._image
        if image is not None and self._references is not None:
            with self._or_left_out("what the naive script finds"):
                self._detections.append(
                    detect_by_script(cases, image, self._references, self._scratch, self._log)
                )
        if image is not None and self._pytest is not None:
            with self._or_left_out("what pytest-alembic finds"):
                self._detections += detect_by_pytest_alembic(
                    cases, image, self._pytest, self._scratch, self._log
                )
        if forms := [one for one in self._contenders if isinstance(one, GraderForm)]:
            with self._or_left_out("what the grader finds"):
                self._detections.append(detect_by_grader(cases, forms[0], self._scratch, self._log))

    @cached_property
    def _contenders(self) -> Sequence[Contender]:
        """All tools that can run on this machine."""
        image = self._image
        others: list[Contender] = []
        if image is not None:
            if self._references is not None:
                others.append(Naive(image, self._references))
            if self._pytest is not None:
                others.append(PytestAlembic(image, self._pytest))
            others.append(Floor(image))
        ours: list[Contender] = []
        for one in GRADER_FORMS:
            if problem := one.problem(self._log):
                self._leave_out(one.name, problem)
            else:
                ours.append(one)
        return (*others, *ours)

    @cached_property
    def _image(self) -> str | None:
        """The image of PostgreSQL, built if it is missing; None without a container engine."""
        if problem := docker_problem():
            self._leave_out("everything that needs containers", problem)
            return None
        try:
            return postgres_image().ensure(self._log)
        except GraderError as error:
            self._leave_out("everything that needs containers", str(error))
            return None

    @cached_property
    def _references(self) -> tuple[Path, ...] | None:
        """Files with dumps of the right answer, with and without the optional step of the exercise."""
        paths = []
        try:
            short = write_files(self._scratch / "short", chain_files(SHORT_LENGTH))
            for number, submission in enumerate((REFERENCE, short)):
                paths.append(self._scratch / f"reference_{number}.sql")
                dump = naive.make_reference(submission, self._image or "", self._scratch)
                paths[-1].write_text(dump, encoding="utf-8")
        except BenchmarkError as error:
            self._leave_out("the naive script", str(error))
            return None
        return tuple(paths)

    @cached_property
    def _pytest(self) -> Path | None:
        """The `pytest` program with pytest-alembic."""
        try:
            return pytest_program(self._log)
        except (BenchmarkError, GraderError) as error:
            self._leave_out("pytest-alembic", str(error))
            return None

    @contextmanager
    def _or_left_out(self, what: str) -> Iterator[None]:
        """Record why something cannot be measured, and continue after the block."""
        try:
            yield
        except (BenchmarkError, GraderError) as error:
            self._leave_out(what, str(error))

    def _leave_out(self, what: str, why: str) -> None:
        self._left_out.append(f"{what}: {why}")
        self._log(f"Left out: {what}: {why}")
