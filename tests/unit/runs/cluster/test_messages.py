"""The messages to and from the workers of a cluster."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader import __version__
from grader.assignment.model import Limits
from grader.errors import ConfigurationError, GraderError, HarnessFault
from grader.runs.assignments import load
from grader.runs.cluster import messages
from grader.runs.cluster.messages import Answer, Fault, Job, RunRequest, WorkerBug, WorkerStatus
from grader.submission.staging import StagingArea, Submission
from tests.unit.observation_builders import assignment, perfect
from tests.unit.runners import write_class

RUBRIC = load()


def staged_once(folder: Path) -> Submission:
    (source,) = write_class(folder / "class", 1)
    (folder / "kept").mkdir()
    area = StagingArea(folder / "kept", keep=True)
    with area.staged(source.path, "ada", RUBRIC) as staged:
        return staged


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its mode."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- messages ---------------------------------------------------------------------------------------------


def test_a_request_arrives_as_it_was_sent() -> None:
    request = RunRequest(RUBRIC, "embedded", "bubblewrap", {"grader": "1.0"})
    assert messages.decode(messages.encode(request), RunRequest) == request


def test_a_job_and_its_answer_arrive_as_they_were_sent(tmp_path: Path) -> None:
    staged = staged_once(tmp_path)
    assert staged.graph is not None
    job = Job("ada", staged.facts, staged.graph)
    assert messages.decode(messages.encode(job), Job) == job
    answer = Answer(perfect())
    assert messages.decode(messages.encode(answer), Answer) == answer


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"capacity": "many"}', b"\xff", b"[" * 100_000])
def test_data_that_is_not_a_message(data: bytes) -> None:
    with pytest.raises(HarnessFault, match="a message from the cluster cannot be read"):
        messages.decode(data, WorkerStatus)


# --- archives ---------------------------------------------------------------------------------------------


def test_files_arrive_as_they_were_staged(tmp_path: Path) -> None:
    staged = staged_once(tmp_path)
    messages.unpack(messages.pack(staged.root), tmp_path / "there", RUBRIC)
    assert contents(tmp_path / "there") == contents(staged.root)
    assert ".env" in contents(tmp_path / "there")


def archive_of(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return buffer.getvalue()


def test_an_archive_that_is_larger_than_a_submission_may_be(tmp_path: Path) -> None:
    member = tarfile.TarInfo("zeros")
    member.size = 3_000_000
    small = replace(RUBRIC, limits=Limits(submission_bytes=1_000_000))
    with pytest.raises(HarnessFault, match="larger than a submission may be"):
        messages.unpack(archive_of(member), tmp_path / "there", small)
    assert contents(tmp_path / "there") == {}


def test_an_archive_with_a_path_outside_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault, match="cannot be unpacked"):
        messages.unpack(archive_of(tarfile.TarInfo("../up")), tmp_path / "there", RUBRIC)
    assert not (tmp_path / "up").exists()


@pytest.mark.parametrize("part", [0.0, 0.3, 0.8])
def test_an_archive_that_is_damaged(tmp_path: Path, part: float) -> None:
    data = messages.pack(staged_once(tmp_path).root)
    with pytest.raises(HarnessFault, match="cannot be unpacked"):
        messages.unpack(data[: int(part * len(data))], tmp_path / "there", RUBRIC)


def test_data_that_is_not_an_archive(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault, match="cannot be unpacked"):
        messages.unpack(b"no archive", tmp_path / "there", RUBRIC)


# --- answers ----------------------------------------------------------------------------------------------


def test_facts_about_the_files_come_from_this_machine(tmp_path: Path) -> None:
    staged = staged_once(tmp_path)
    said = replace(perfect(), graph=None)
    found = messages.observations_in(messages.encode(Answer(said)), staged)
    assert (found.submission, found.graph) == (staged.facts, staged.graph)
    assert found.one_shot == said.one_shot


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("the server ended", "Grade it again.", retryable=True, trace="there"), HarnessFault),
        (
            Fault("no column a", "", retryable=False, trace="there", of_assignment=True),
            ConfigurationError,
        ),
        (Fault("no Docker", "Start it.", retryable=False, trace="there"), GraderError),
        (Fault("KeyError: 'x'", "", retryable=False, trace="there"), WorkerBug),
    ],
)
def test_a_fault_on_a_worker_is_raised_as_the_same_kind(
    tmp_path: Path, fault: Fault, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        messages.observations_in(messages.encode(Answer(fault=fault)), staged_once(tmp_path))
    assert type(caught.value) is kind
    assert caught.value.__notes__ == ["there"]


def test_an_answer_that_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault, match="holds nothing"):
        messages.observations_in(messages.encode(Answer()), staged_once(tmp_path))


def test_an_answer_that_is_far_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "ANSWER_BYTES", 10)
    with pytest.raises(HarnessFault, match=r"has [\d,]+ bytes"):
        messages.observations_in(messages.encode(Answer(perfect())), staged_once(tmp_path))


def test_a_request_with_another_rubric_arrives_too() -> None:
    request = RunRequest(assignment(), "auto", "auto")
    assert messages.decode(messages.encode(request), RunRequest) == request


def test_software_names_what_verdicts_depend_on() -> None:
    found = messages.software()
    assert found["grader"] == __version__
    assert found.keys() >= {"Python", "alembic", "sqlalchemy", "flask", "psycopg2-binary"}
    assert found["the image of PostgreSQL"].startswith("migration-grader-postgres:")
    assert found["the image of the sandbox"].startswith("migration-grader-sandbox:")


def test_equal_versions_give_no_difference() -> None:
    assert messages.difference(messages.software(), messages.software()) == ""


def test_differences_are_named() -> None:
    here = {"grader": "0.2.0", "alembic": "1.20.1", "mako": "1.3"}
    there = {"grader": "0.1.0", "alembic": "1.20.1", "greenlet": "3.2"}
    assert messages.difference(here, there) == (
        "grader is 0.1.0 there and 0.2.0 here, mako is missing there and 1.3 here, "
        "greenlet is 3.2 there and missing here"
    )
