"""How many submissions at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.runtime import machine
from grader.runtime.machine import SUBMISSION_BYTES, cores, free_memory, jobs_here

MEBIBYTE = 1024**2


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A machine with 8 GiB to spare, and no limit."""
    meminfo, groups = tmp_path / "meminfo", tmp_path / "cgroup"
    meminfo.write_text("MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\nHugePages_Total:   0\n")
    groups.mkdir()
    return meminfo, groups


def limit(groups: Path, most: str) -> None:
    (groups / "memory.max").write_text(f"{most}\n")
    (groups / "memory.current").write_text(f"{1000 * MEBIBYTE}\n")
    (groups / "memory.stat").write_text(f"anon 17\ninactive_file {600 * MEBIBYTE}\n")


def test_free_memory_of_a_machine(files: tuple[Path, Path]) -> None:
    assert free_memory(*files) == 8 * 1024 * MEBIBYTE


def test_a_containers_limit_counts_and_its_caches_do_not(files: tuple[Path, Path]) -> None:
    limit(files[1], str(2000 * MEBIBYTE))
    assert free_memory(*files) == 1600 * MEBIBYTE
    limit(files[1], "max")
    assert free_memory(*files) == 8 * 1024 * MEBIBYTE


def test_free_memory_is_unknown_without_proc(tmp_path: Path) -> None:
    assert free_memory(tmp_path / "no", tmp_path / "no") is None
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    assert free_memory(tmp_path / "meminfo", tmp_path) is None


@pytest.mark.parametrize(
    ("memory", "jobs"),
    [
        (None, 4),
        (100 * SUBMISSION_BYTES, 4),
        (256 * MEBIBYTE + 3 * SUBMISSION_BYTES, 3),
        (256 * MEBIBYTE + 3 * SUBMISSION_BYTES - 1, 2),
        (1, 1),
    ],
)
def test_one_submission_for_each_core_if_memory_allows(
    monkeypatch: pytest.MonkeyPatch, memory: int | None, jobs: int
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 4)
    monkeypatch.setattr(machine, "free_memory", lambda: memory)
    assert jobs_here() == jobs


def test_here() -> None:
    assert 1 <= jobs_here() <= cores()
