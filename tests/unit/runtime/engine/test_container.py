"""Whose owner is gone, and of whom that cannot be said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.runtime.engine import container

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="owners are known by /proc")


def test_a_running_process_is_not_gone() -> None:
    assert not container.is_gone(container.this_process())
    assert not container.is_gone(container._name(os.getppid()))


def test_another_process_with_the_same_number_does_not_count() -> None:
    place, _, process = container.this_process().rpartition("/")
    pid, _, _ = process.partition("-")

    assert container.is_gone(f"{place}/{pid}-1")


@pytest.mark.parametrize("owner", ["", "nonsense", "other-boot/pid:[1]/1-1", "/", "a/b/c-d"])
def test_unknown_owner_is_not_gone(owner: str) -> None:
    assert not container.is_gone(owner)


def test_without_proc_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_name", lambda _pid: "")

    assert not container.is_gone("")
    assert not container.is_gone("x/1-1")
