"""What is kept of a trial, and when it does not count any more."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import pytest

from grader.errors import UnavailableError
from grader.runtime.pairs import kept
from grader.runtime.pairs.kept import keep_trial, kept_trial
from tests.unit.runtime.pairs.fakes import Box, Server

NO_INODES = 'unknown mount option "nr_inodes=10000"'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pairs"


def test_nothing_is_known_before_a_trial() -> None:
    assert kept_trial(Server("container"), Box("container")) is None


def test_a_pair_that_passed_and_one_that_failed() -> None:
    keep_trial(Server("container"), Box("container"), NO_INODES)
    keep_trial(Server("container"), Box("bubblewrap"), None)
    failed = kept_trial(Server("container"), Box("container"))
    passed = kept_trial(Server("container"), Box("bubblewrap"))
    assert failed is not None
    assert passed is not None
    assert (failed.problem, failed.passed, passed.problem, passed.passed) == (NO_INODES, False, None, True)
    assert kept_trial(Server("embedded"), Box("bubblewrap")) is None


def test_the_last_trial_counts() -> None:
    for problem in (None, NO_INODES, None):
        keep_trial(Server("container"), Box("container"), problem)
        found = kept_trial(Server("container"), Box("container"))
        assert found is not None
        assert found.problem == problem


def test_a_failure_counts_from_the_very_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_764_000_000.0006)
    keep_trial(Server("container"), Box("container"), NO_INODES)
    assert kept_trial(Server("container"), Box("container"))


@pytest.mark.parametrize(
    ("server", "box"),
    [
        (("tcp://there", "Docker/27.5.1 (linux)", "image:1"), ("one",)),
        (("tcp://here", "Docker/28.0.0 (linux)", "image:1"), ("one",)),
        (("tcp://here", "Docker/27.5.1 (linux)", "image:2"), ("one",)),
        (("tcp://here", "Docker/27.5.1 (linux)", "image:1"), ("two",)),
        (None, ("one",)),
        (("tcp://here", "Docker/27.5.1 (linux)", "image:1"), None),
    ],
)
def test_another_engine_version_or_image_is_another_pair(
    server: tuple[str, ...] | None, box: tuple[str, ...] | None
) -> None:
    keep_trial(
        Server("container", ("tcp://here", "Docker/27.5.1 (linux)", "image:1")), Box("container"), None
    )
    assert kept_trial(
        Server("container", ("tcp://here", "Docker/27.5.1 (linux)", "image:1")), Box("container")
    )
    assert kept_trial(Server("container", server), Box("container", box)) is None


def test_another_release_kernel_or_user_is_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Server("embedded"), Box("bubblewrap")
    keep_trial(*pair, None)
    for owner, name, value in (
        (kept, "__version__", "99"),
        (platform, "release", lambda: "99.0-other"),
        (platform, "version", lambda: "#99"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, value)
            assert kept_trial(*pair) is None
    assert kept_trial(*pair) is not None


def test_a_failure_counts_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    keep_trial(Server("container"), Box("container"), NO_INODES)
    keep_trial(Server("container"), Box("bubblewrap"), None)
    monkeypatch.setattr(time, "time", lambda: now + 23 * 3600)
    assert kept_trial(Server("container"), Box("container")) is not None
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert kept_trial(Server("container"), Box("container")) is None
    assert kept_trial(Server("container"), Box("bubblewrap")) is not None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"problem": 1, "when": "x"}', b"\xff"])
def test_a_damaged_file_is_as_good_as_none(folder: Path, content: bytes) -> None:
    keep_trial(Server("container"), Box("container"), None)
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert kept_trial(Server("container"), Box("container")) is None


def test_what_others_may_write_to_is_not_believed(folder: Path) -> None:
    keep_trial(Server("container"), Box("container"), None)
    folder.chmod(0o777)
    assert kept_trial(Server("container"), Box("container")) is None


def test_an_engine_that_is_gone_keeps_nothing(folder: Path) -> None:
    class Gone(Server):
        @property
        def identity(self) -> tuple[str, ...] | None:
            raise UnavailableError("no engine answers")

    keep_trial(Gone("container"), Box("container"), "it broke")
    assert kept_trial(Gone("container"), Box("container")) is None
    assert not folder.exists()


def test_without_a_cache_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE_DIR", "")
    keep_trial(Server("container"), Box("container"), None)
    assert kept_trial(Server("container"), Box("container")) is None
    assert os.environ["GRADER_CACHE_DIR"] == ""
