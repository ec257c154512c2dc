"""What travels between the harness and the workers of a cluster: bytes that hold JSON, or an archive.

Dask itself sends Python objects, and whoever unpacks those runs code that is in them. So of a submission it
is given bytes alone, and what comes back is read as JSON of a known layout. Must not know Dask.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from grader.assignment.model import Assignment
from grader.errors import GraderError, HarnessFault
from grader.observations.model import Observations, SubmissionFacts
from grader.observations.revisions import RevisionGraph
from grader.submission.staging import Submission

ANSWER_BYTES = 64 * 1024 * 1024
"""Larger than anything that was ever observed, with its output and all its snapshots."""
_ARCHIVE_FACTOR = 2
"""How much more an archive may hold than a submission: what the harness puts beside it counts, too."""
_FASTEST = 1
Message = TypeVar("Message")


@dataclass(frozen=True)
class Errand:
    """What all workers are asked for in a run."""

    assignment: Assignment
    postgres: str
    """As `--postgres` takes it; no URL."""
    isolation: str
    """As `--isolation` takes it."""
    software: Mapping[str, str] = field(default_factory=dict)
    """What verdicts depend on, with the versions that are installed where the run was started."""


@dataclass(frozen=True)
class Standing:
    """What a worker has to say about itself."""

    refusal: str = ""
    """Why it cannot be used; empty when it can."""
    places: int = 0
    """How many submissions it tries at once."""
    postgres: str = ""
    isolation: str = ""


@dataclass(frozen=True)
class Job:
    """A staged submission, without its files."""

    id: str
    facts: SubmissionFacts
    graph: RevisionGraph | None


@dataclass(frozen=True)
class Fault:
    """Something of ours that broke on a worker."""

    message: str
    next_step: str
    retryable: bool
    """Another try may be spared it."""
    trace: str
    """Where it broke, for whoever maintains the grader."""


@dataclass(frozen=True)
class Answer:
    """What a worker has made of a job: one of the two."""

    observations: Observations | None = None
    fault: Fault | None = None


class WorkerBug(Exception):  # noqa: N818 - what it is, said by whom it happened to
    """The grader failed on a worker in a way that nobody has thought of."""


# Made while only one thread runs: msgspec crashes where two first come to decode the same type at once.
_DECODERS: Mapping[type, msgspec.json.Decoder[Any]] = MappingProxyType(
    {kind: msgspec.json.Decoder(kind) for kind in (Errand, Standing, Job, Answer)}
)


def encode(message: Errand | Standing | Job | Answer) -> bytes:
    """A message as JSON."""
    return msgspec.json.encode(message)


def decode(data: bytes, kind: type[Message]) -> Message:
    """Read a message.

    Raises:
        HarnessFault: it is none of that kind.
    """
    try:
        message: Message = _DECODERS[kind].decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise HarnessFault(f"a message from the cluster cannot be read: {error}") from error
    return message


def pack(staged: Path) -> bytes:
    """The files of a staged submission, as an archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=_FASTEST) as archive:
        archive.add(staged, arcname="")
    return buffer.getvalue()


def unpack(data: bytes, folder: Path, assignment: Assignment) -> None:
    """Put the files of a submission into a folder that is made for them.

    Raises:
        HarnessFault: there is more, or something else, in the archive than can have been staged.
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
    """What a worker has observed of a submission.

    Args:
        answer: as it came back.
        staged: what was sent.

    Raises:
        HarnessFault: something of ours broke there, or the answer is not one.
        GraderError: it broke, and would do so again.
        WorkerBug: the grader itself failed there.
    """
    if len(answer) > ANSWER_BYTES:
        raise HarnessFault(f"an answer from the cluster has {len(answer):,} bytes")
    found = decode(answer, Answer)
    if found.fault is not None:
        raise _raised(found.fault)
    if found.observations is None:
        raise HarnessFault("an answer from the cluster holds nothing")
    # What is known of the files is known here, whatever anybody says.
    return replace(found.observations, submission=staged.facts, graph=staged.graph)


def _raised(fault: Fault) -> Exception:
    error: Exception
    if fault.retryable:
        error = HarnessFault(fault.message, next_step=fault.next_step)
    elif fault.next_step:
        error = GraderError(fault.message, next_step=fault.next_step)
    else:
        error = WorkerBug(fault.message)
    error.add_note(fault.trace)
    return error
