"""The messages between the harness and the workers of a cluster: bytes that hold JSON or an archive.

Dask sends Python objects, and unpickling an object can run code in it. So Dask is given bytes only, and an
answer is decoded as JSON of a known layout. Must not know Dask.
"""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from grader import __version__
from grader.assignment.model import Assignment
from grader.errors import ConfigurationError, GraderError, HarnessFault
from grader.judging.kinds import KINDS
from grader.observations.model import Observations, SubmissionFacts
from grader.observations.revisions import RevisionGraph
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import sandbox_image
from grader.runtime.sandbox.packages import PACKAGES, pinned_packages
from grader.submission.staging import Submission

ANSWER_BYTES = 64 * 1024 * 1024
"""The most bytes of an answer: more than any observations with their outputs and snapshots have had."""
_ARCHIVE_FACTOR = 2
"""How much larger an archive may be than a submission: it holds files that staging adds, too."""
_FASTEST = 1
Message = TypeVar("Message")


@dataclass(frozen=True)
class RunRequest:
    """What all workers of a run are asked for."""

    assignment: Assignment
    postgres: str
    """The value of `--postgres`; not a URL."""
    isolation: str
    """The value of `--isolation`."""
    software: Mapping[str, str] = field(default_factory=dict)
    """The versions on the machine where the run was started; see `software`."""


@dataclass(frozen=True)
class WorkerStatus:
    """Whether a worker can be used, and for what."""

    refusal: str = ""
    """Why it cannot be used; empty if it can."""
    capacity: int = 0
    """How many submissions it tries at once."""
    postgres: str = ""
    isolation: str = ""


@dataclass(frozen=True)
class Job:
    """A staged submission, without its files."""

    id: str
    facts: SubmissionFacts
    graph: RevisionGraph | None
    settle: bool = True
    """See `Runner.try_out`."""


@dataclass(frozen=True)
class Fault:
    """A fault of the harness on a worker."""

    message: str
    next_step: str
    retryable: bool
    """A new attempt may succeed."""
    trace: str
    """The traceback, for the maintainers of the grader."""
    of_assignment: bool = False
    """The assignment is wrong: nothing can be graded by it."""


@dataclass(frozen=True)
class Answer:
    """A worker's answer to a job: observations or a fault."""

    observations: Observations | None = None
    fault: Fault | None = None


class WorkerBug(Exception):  # noqa: N818 - the name says what it is
    """A bug of the grader showed on a worker."""


# Made at import, while only one thread runs: msgspec crashes if two threads first decode a type at once.
_DECODERS: Mapping[type, msgspec.json.Decoder[Any]] = MappingProxyType(
    {kind: msgspec.json.Decoder(kind) for kind in (RunRequest, WorkerStatus, Job, Answer)}
)


def encode(message: RunRequest | WorkerStatus | Job | Answer) -> bytes:
    """A message as JSON."""
    return msgspec.json.encode(message)


def decode(data: bytes, kind: type[Message]) -> Message:
    """Decode a message.

    Raises:
        HarnessFault: the data is not a message of that kind.
    """
    try:
        message: Message = _DECODERS[kind].decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise HarnessFault(f"a message from the cluster cannot be read: {error}") from error
    if isinstance(message, RunRequest):
        return replace(message, assignment=_with_settings(message.assignment))
    return message


def _with_settings(assignment: Assignment) -> Assignment:
    """The assignment as it was sent: the settings of a criterion are of the type that its kind declares.

    Raises:
        HarnessFault: they are not.
    """
    try:
        criteria = tuple(
            replace(item, settings=msgspec.convert(item.settings, KINDS[item.kind].settings))
            for item in assignment.criteria
        )
    except (msgspec.ValidationError, KeyError) as error:
        raise HarnessFault(f"a message from the cluster cannot be read: {error}") from error
    return replace(assignment, criteria=criteria)


def software() -> dict[str, str]:
    """The versions on this machine of all software that verdicts depend on, by name.

    Raises:
        UnavailableError: a package that students' code needs is not installed.
    """
    return {
        "grader": __version__,
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **pinned_packages(PACKAGES),
        "the image of PostgreSQL": postgres_image().name,
        "the image of the sandbox": sandbox_image().name,
    }


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The differences between two machines, in words; empty if there are none."""
    return ", ".join(
        f"{name} is {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    )


def pack(staged: Path) -> bytes:
    """The files of a staged submission, as an archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=_FASTEST) as archive:
        archive.add(staged, arcname="")
    return buffer.getvalue()


def unpack(data: bytes, folder: Path, assignment: Assignment) -> None:
    """Unpack the files of a submission into a new folder.

    Raises:
        HarnessFault: the archive is damaged, too large, or holds what staging never makes.
    """
    folder.mkdir()
    most = _ARCHIVE_FACTOR * assignment.limits.submission_bytes
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                most -= member.size
                if most < 0:
                    raise HarnessFault("an archive from the cluster is larger than a submission may be")
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise HarnessFault(f"an archive from the cluster cannot be unpacked: {error}") from error


def observations_in(answer: bytes, staged: Submission) -> Observations:
    """The observations in a worker's answer.

    Raises:
        HarnessFault: a fault on the worker that a new attempt may avoid, or data that is not an answer.
        ConfigurationError: the assignment does not fit its own reference.
        GraderError: a fault on the worker that a new attempt would not avoid.
        WorkerBug: a bug of the grader on the worker.
    """
    if len(answer) > ANSWER_BYTES:
        raise HarnessFault(f"an answer from the cluster has {len(answer):,} bytes")
    found = decode(answer, Answer)
    if found.fault is not None:
        raise _error_of(found.fault)
    if found.observations is None:
        raise HarnessFault("an answer from the cluster holds nothing")
    # The facts about the files come from this machine, never from a worker.
    return replace(found.observations, submission=staged.facts, graph=staged.graph)


def _error_of(fault: Fault) -> Exception:
    error: Exception
    if fault.of_assignment:
        error = ConfigurationError(fault.message, next_step=fault.next_step)
    elif fault.retryable:
        error = HarnessFault(fault.message, next_step=fault.next_step)
    elif fault.next_step:
        error = GraderError(fault.message, next_step=fault.next_step)
    else:
        error = WorkerBug(fault.message)
    error.add_note(fault.trace)
    return error
