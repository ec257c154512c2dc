"""An example for every diagnosis, made by the diagnosing code itself from what its tests are made of.

Outputs that real commands printed (`tests/unit/judging/diagnosis/outputs.txt`), and submissions of the
catalogue, whose files are read and not run. Nothing is started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.model import Limits
from grader.judging.diagnosis import DIAGNOSES, Diagnosis, diagnose_effects, diagnose_files, diagnose_step
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.steps import Limit, StepRecord
from grader.submission.staging import stage
from tests.catalogue import CASES
from tests.unit.judging.diagnosis.examples import EFFECTS, ERROR_TEXTS
from tests.unit.judging.diagnosis.outputs import failed, read_cases
from tests.unit.judging.diagnosis.project import PROJECT

_TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "alembic/versions/b2_second.py", line 12, in upgrade\n    op.execute("…")\n'
)
"""A traceback to put before error texts that are known without theirs."""


@dataclass(frozen=True)
class Example:
    """What a student sees, and what is said about it."""

    shown: str
    """The command and what it printed; empty where nothing is printed."""
    headline: str
    """The error in one line."""
    diagnosis: Diagnosis


Examples = Mapping[str, tuple[Example, ...]]


def examples() -> Examples:
    """At least one example for every diagnosis, the most telling first.

    Raises:
        LookupError: there is a diagnosis without one.
    """
    found: dict[str, list[Example]] = {name: [] for name in DIAGNOSES}
    for example in _of_steps():
        found[example.diagnosis.id].append(example)
    for example in _of_effects():
        found[example.diagnosis.id].append(example)
    for example in _of_files([name for name, known in found.items() if not known]):
        found[example.diagnosis.id].append(example)
    missing = [name for name, known in found.items() if not known]
    if missing:
        raise LookupError(f"no example for {', '.join(missing)}")
    return {name: _different(known) for name, known in found.items()}


def _different(known: Iterable[Example]) -> tuple[Example, ...]:
    """Each error text once."""
    return tuple({example.headline: example for example in reversed(list(known))}.values())[::-1]


def _of_steps() -> Iterator[Example]:
    """Commands that failed, or were ended."""
    for case in read_cases():
        yield from _of_step(case.step, case.observations)
    for text, _ in ERROR_TEXTS:
        yield from _of_step(failed(f"{_TRACEBACK}{text}"), PROJECT)
    for limit in Limit:
        yield from _of_step(
            replace(failed(""), exit_code=None, seconds=60.0, limit=limit), PROJECT, shown=False
        )


def _of_step(step: StepRecord, observations: Observations, *, shown: bool = True) -> Iterator[Example]:
    diagnosis = diagnose_step(step, observations)
    if diagnosis is not None:
        output = f"$ {step.command}\n{step.output}" if shown else ""
        yield Example(output, errors(step.output)[0].headline if shown else "", diagnosis)


def _of_effects() -> Iterator[Example]:
    """What the database shows although no command complained."""
    for name, observations in EFFECTS.items():
        for diagnosis in diagnose_effects(observations):
            if diagnosis.id == name:
                yield Example("", "", diagnosis)


def _of_files(wanted: Iterable[str]) -> Iterator[Example]:
    """What the files of a submission say: the first of the catalogue that is there for it."""
    with TemporaryDirectory(prefix="grader-docs-") as folder:
        for name in wanted:
            for case in CASES:
                if name in case.diagnoses:
                    staged = stage(
                        case.write(Path(folder) / name / case.name),
                        Path(folder) / name / "staged" / case.name,
                        submission_id=case.name,
                        limits=Limits(),
                    )
                    seen = replace(PROJECT, submission=staged.facts, graph=staged.graph)
                    found = [item for item in diagnose_files(seen) if item.id == name]
                    yield from (Example("", "", item) for item in found[:1])
                    break
