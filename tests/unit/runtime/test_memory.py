"""What the kernel says about memory, in every layout of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.runtime.memory import GROUP_FILES, GroupEvents, Memory, events_in

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3


class Machine:
    """A machine with 16 GiB, 8 of them free."""

    def __init__(self, top: Path) -> None:
        self.proc, self.groups = top / "proc", top / "cgroup"
        (self.proc / "self").mkdir(parents=True)
        self.groups.mkdir()
        (self.proc / "meminfo").write_text(
            "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\nHugePages_Total:   0\n"
        )
        self.memory = Memory(self.proc, self.groups)

    def in_group(self, line: str) -> None:
        """Put this process into a group."""
        (self.proc / "self" / "cgroup").write_text(f"{line}\n")

    def version_2(self, path: str, most: str, *, kills: int = 0) -> None:
        """A group of version 2 that uses 1000 MiB, 600 of them for cached files."""
        folder = self.groups / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(f"{most}\n")
        (folder / "memory.current").write_text(f"{1000 * MEBIBYTE}\n")
        (folder / "memory.stat").write_text(f"anon 17\ninactive_file {600 * MEBIBYTE}\n")
        (folder / "memory.events.local").write_text(f"low 0\noom 3\noom_kill {kills}\n")

    def version_1(self, path: str, most: int, *, kills: int = 0) -> None:
        """The same in version 1."""
        folder = self.groups / "memory" / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.limit_in_bytes").write_text(f"{most}\n")
        (folder / "memory.usage_in_bytes").write_text(f"{1000 * MEBIBYTE}\n")
        (folder / "memory.stat").write_text(f"cache 17\ntotal_inactive_file {600 * MEBIBYTE}\n")
        (folder / "memory.oom_control").write_text(f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without groups."""
    return Machine(tmp_path)


def test_a_machine(machine: Machine) -> None:
    assert (machine.memory.free(), machine.memory.total()) == (8 * GIBIBYTE, 16 * GIBIBYTE)


@pytest.mark.parametrize("seen_as", ["/", "/docker/0123"])
def test_a_container_of_version_2(machine: Machine, seen_as: str) -> None:
    machine.in_group(f"0::{seen_as}")
    machine.version_2("", str(2000 * MEBIBYTE), kills=4)
    assert (machine.memory.free(), machine.memory.total()) == (1600 * MEBIBYTE, 2000 * MEBIBYTE)
    assert machine.memory.kills() == 4


@pytest.mark.parametrize("seen_as", ["/", "/docker/0123"])
def test_a_container_of_version_1(machine: Machine, seen_as: str) -> None:
    machine.in_group(f"5:pids:/other\n4:memory:{seen_as}\n0::/")
    machine.version_1("", 2000 * MEBIBYTE, kills=4)
    assert (machine.memory.free(), machine.memory.total()) == (1600 * MEBIBYTE, 2000 * MEBIBYTE)
    assert machine.memory.kills() == 4


def test_the_limit_of_a_group_around_the_own_one_counts(machine: Machine) -> None:
    machine.in_group("0::/users/1000/session")
    machine.version_2("users", str(2000 * MEBIBYTE), kills=9)
    machine.version_2("users/1000/session", "max", kills=2)
    assert machine.memory.free() == 1600 * MEBIBYTE
    assert machine.memory.kills() == 2


@pytest.mark.parametrize("line", ["0::/", "4:memory:/"])
def test_a_group_without_a_limit(machine: Machine, line: str) -> None:
    machine.in_group(line)
    machine.version_2("", "max")
    machine.version_1("", 9223372036854771712)
    assert (machine.memory.free(), machine.memory.total()) == (8 * GIBIBYTE, 16 * GIBIBYTE)


def test_the_machines_counter_where_the_group_has_none(machine: Machine) -> None:
    machine.in_group("0::/")
    (machine.proc / "vmstat").write_text("nr_free_pages 12\noom_kill 13\n")
    assert machine.memory.kills() == 13


def test_nothing_is_known_without_proc(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "no", tmp_path / "no")
    assert (memory.free(), memory.total(), memory.kills()) == (None, None, None)


def test_nothing_is_known_from_an_odd_proc(machine: Machine) -> None:
    machine.in_group("nonsense")
    (machine.proc / "meminfo").write_text("MemTotal: many kB\n")
    assert (machine.memory.free(), machine.memory.total(), machine.memory.kills()) == (None, None, None)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"events": "low 0\noom 0\noom_kill 2\n"}, GroupEvents(2, full=False)),
        ({"events": "oom 1\noom_kill 2\n"}, GroupEvents(2, full=True)),
        (
            {"kills": "under_oom 0\noom_kill 1\n", "most": "900000000\n", "limit": "990000000\n"},
            GroupEvents(1, full=False),
        ),
        ({"kills": "oom_kill 1\n", "most": "989999999\n", "limit": "990000000\n"}, GroupEvents(1, full=True)),
        ({}, None),
        ({"kills": "under_oom 0\n", "most": "0\n"}, None),
    ],
)
def test_events_of_a_containers_group(texts: dict[str, str | None], expected: GroupEvents | None) -> None:
    assert events_in(dict.fromkeys(GROUP_FILES) | texts) == expected
