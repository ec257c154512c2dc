"""The exercises in `examples/` graded as classes, as their page shows: each answer gets what it must get.

The reference solution passes everything, the template gets nothing, and a wrong answer loses what it states.
In containers only the exercise with packages of its own is graded every day, the others by `tox -e soak`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import examples
from tests.examples import NAMES, REFERENCE, TEMPLATE, answers_to, assignment_of, differences
from tests.integration.command import EMBEDDED, Place, as_written

if TYPE_CHECKING:
    from grader.report.model import GradeReport
    from grader.runs.graded import Graded
    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.sandbox.container import ContainerSandboxBackend
    from tests.examples import Answer

SMALL_SHOP = Path(examples.__file__).with_name("small_shop.toml")
WITH_PACKAGES = ("bookings",)
"""Exercises with packages of their own."""
SECONDS = 1200.0
"""For fetching packages, or for building an image, on a machine that is busy with other things."""


def _graded(exercise: str, folder: Path, *, postgres: str, isolation: str) -> dict[str, Graded]:
    """All answers to an exercise, graded by one command."""
    here = Place(folder)
    for answer in answers_to(exercise):
        answer.write(folder / "class" / answer.name)
    assignment = ("--assignment", assignment_of(exercise))
    if exercise in WITH_PACKAGES:
        prepared = here.run("prepare", *assignment, "--isolation", isolation, seconds=SECONDS)
        assert prepared.returncode == 0, prepared.stderr
    done = here.run(
        *("grade", "--all", folder / "class", *assignment, "--out", here.out, "--format", "json"),
        *("--jobs", "2", "--postgres", postgres, "--isolation", isolation),
        seconds=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return {answer.name: as_written(here.out / answer.name) for answer in answers_to(exercise)}


@pytest.fixture(scope="class")
def embedded(
    request: pytest.FixtureRequest,
    embedded_backend: EmbeddedBackend,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Graded]:
    """The answers to the exercise of a class of tests, graded on the embedded server."""
    assert embedded_backend.problem() is None
    return _graded(
        request.cls.exercise, tmp_path_factory.mktemp("embedded"), postgres="embedded", isolation="none"
    )


@pytest.fixture(scope="class")
def contained(
    request: pytest.FixtureRequest,
    container_backend: ContainerBackend,
    container_sandbox: ContainerSandboxBackend,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Graded]:
    """The same, in containers."""
    assert container_backend.problem() is None
    assert container_sandbox.problem() is None
    return _graded(
        request.cls.exercise,
        tmp_path_factory.mktemp("contained"),
        postgres="container",
        isolation="container",
    )


def _check(answer: Answer, report: GradeReport) -> None:
    if answer.name == TEMPLATE:
        assert (report.status, report.score, report.bonus) == ("graded", 0, 0)
        assert not report.flags
    else:
        assert not differences(answer, report), answer.why


def _embedded(name: str) -> type:
    """A class of tests, because the workers of pytest-xdist share the tests out by classes."""

    @pytest.mark.postgres
    class Embedded:
        exercise = name

        @pytest.mark.parametrize("answer", answers_to(name), ids=lambda answer: answer.name)
        def test_answer_gets_what_it_must(self, answer: Answer, embedded: dict[str, Graded]) -> None:
            _check(answer, embedded[answer.name].report)

    return Embedded


def _contained(name: str, *marks: pytest.MarkDecorator) -> type:
    @pytest.mark.docker
    class Contained:
        exercise = name

        @pytest.mark.parametrize("answer", answers_to(name), ids=lambda answer: answer.name)
        def test_answer_gets_what_it_must(self, answer: Answer, contained: dict[str, Graded]) -> None:
            _check(answer, contained[answer.name].report)

    for mark in marks:
        mark(Contained)
    return Contained


TestShop, TestBookings, TestLibrary = map(_embedded, NAMES)
TestShopInContainers, TestBookingsInContainers, TestLibraryInContainers = (
    _contained(name, *(() if name in WITH_PACKAGES else (pytest.mark.soak,))) for name in NAMES
)


@pytest.mark.postgres
def test_an_assignment_written_by_following_the_page(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    assert embedded_backend.problem() is None
    here = Place(tmp_path)
    assert len(SMALL_SHOP.read_text(encoding="utf-8").splitlines()) < 80
    shutil.copy(SMALL_SHOP, tmp_path / "assignment.toml")
    for answer in answers_to("shop")[:2]:
        answer.write(tmp_path / answer.name)
    made = here.run("assignment.toml", program=(sys.executable, "-m", "grader.reference_ddl"))
    assert made.returncode == 0, made.stderr
    done = here.run(
        *("grade", REFERENCE, TEMPLATE, "--assignment", "assignment.toml", "--out", here.out, *EMBEDDED)
    )
    assert done.returncode == 0, done.stderr
    assert [here.report(name)["score"] for name in (REFERENCE, TEMPLATE)] == [100, 0]
