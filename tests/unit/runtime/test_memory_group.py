"""Where memory groups may be made, and how, over files that look like the kernel's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.runtime.memory import GroupEvents, Memory
from grader.runtime.memory_group import MemoryGroups

LIMIT = 1 << 30


class Machine:
    """The files of a machine, and a process that is in a group."""

    def __init__(self, top: Path) -> None:
        self.proc, self.groups = top / "proc", top / "cgroup"
        (self.proc / "self").mkdir(parents=True)
        self.groups.mkdir()
        self.memory = Memory(self.proc, self.groups)

    def group(self, line: str, folder: str, *files: str, processes: int | str = "") -> Path:
        """Put this process into a group."""
        (self.proc / "self" / "cgroup").write_text(f"{line}\n")
        path = self.groups / folder
        path.mkdir(parents=True, exist_ok=True)
        for name in files:
            (path / name).write_text("max\n")
        (path / "cgroup.procs").write_text(f"{processes}\n")
        return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine."""
    return Machine(tmp_path)


def test_a_container_of_version_2(machine: Machine) -> None:
    top = machine.group("0::/", "", "memory.max", processes=os.getpid())
    (top / "grader").mkdir()
    groups = MemoryGroups.here(machine.memory)
    assert groups is not None
    assert (top / "grader" / "cgroup.procs").read_text() == str(os.getpid())
    assert (top / "cgroup.subtree_control").read_text() == "+memory"
    made = groups.make(LIMIT)
    assert made is not None
    (folder,) = top.glob("submission-*")
    assert (folder / "memory.max").read_text() == str(LIMIT)
    assert (folder / "memory.swap.max").read_text() == "0"
    (folder / "memory.events").write_text("oom 1\noom_kill 2\n")
    assert made.events() == GroupEvents(2, full=True)


def test_a_container_of_version_1(machine: Machine) -> None:
    top = machine.group("4:memory:/docker/0123\n0::/", "memory", processes="1 2 3")
    groups = MemoryGroups.here(machine.memory)
    assert groups is not None
    made = groups.make(LIMIT)
    assert made is not None
    (folder,) = top.glob("submission-*")
    assert (folder / "memory.limit_in_bytes").read_text() == str(LIMIT)
    assert made.events() is None
    (folder / "memory.oom_control").write_text("oom_kill 1\n")
    (folder / "memory.max_usage_in_bytes").write_text("500\n")
    assert made.events() == GroupEvents(1, full=False)


@pytest.mark.parametrize(
    ("line", "folder", "files", "processes"),
    [
        ("0::/", "", (), os.getpid()),
        ("0::/user.slice/session", "user.slice/session", ("memory.max",), os.getpid()),
        ("0::/", "", ("memory.max",), f"1\n{os.getpid()}"),
        ("4:memory:/", "memory", ("memory.limit_in_bytes",), os.getpid()),
        ("4:memory:/users/1000", "memory/users/1000", ("memory.limit_in_bytes",), os.getpid()),
    ],
    ids=["machine-2", "session-2", "not-alone-2", "machine-1", "session-1"],
)
def test_groups_of_others_are_left_alone(
    machine: Machine, line: str, folder: str, files: tuple[str, ...], processes: int | str
) -> None:
    path = machine.group(line, folder, *files, processes=processes)
    assert MemoryGroups.here(machine.memory) is None
    assert not (path / "grader").exists()


def test_a_group_that_systemd_delegates(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = machine.group("0::/app.slice/run-1.scope", "app.slice/run-1.scope", processes=os.getpid())
    monkeypatch.setattr(os, "getxattr", lambda _, __: b"1", raising=False)
    assert MemoryGroups.here(machine.memory) is not None
    assert (path / "cgroup.subtree_control").read_text() == "+memory"


def test_no_group_without_a_folder(tmp_path: Path) -> None:
    assert MemoryGroups.here(Memory(tmp_path / "no", tmp_path / "no")) is None
