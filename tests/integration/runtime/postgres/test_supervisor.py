"""The supervisor as a process: what it makes, what it runs, and that it takes all of it away again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from grader.errors import HarnessFault
from grader.runtime.postgres.supervisor import Supervisor, SupervisorRequest

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 30.0
STOP_SECONDS = 8.0
"""How long a program that does not listen is waited for before it is killed."""
SHELL = shutil.which("sh") or "/bin/sh"


def test_folder_is_removed_when_the_supervisor_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    supervisor = Supervisor(
        SupervisorRequest(str(folder), folders=("s",), files={"note": "text"}), seconds=SECONDS
    ).wait()

    assert (folder / "note").read_text() == "text"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "s").stat().st_mode & 0o777 == 0o755
    (folder / "s" / "more").write_text("made later")
    (folder / "link").symlink_to(tmp_path)

    supervisor.close()
    supervisor.close()
    assert not folder.exists()
    assert tmp_path.exists()


def test_existing_folder_is_neither_used_nor_removed(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault, match="File exists"):
        Supervisor(SupervisorRequest(str(tmp_path)), seconds=SECONDS).wait()

    assert tmp_path.exists()


def test_program_is_ready_when_it_says_so(tmp_path: Path) -> None:
    script = "echo starting >&2; echo now ready to work >&2; exec sleep 1000"
    order = SupervisorRequest(str(tmp_path / "kept"), command=(SHELL, "-c", script), ready="ready to work")

    supervisor = Supervisor(order, seconds=SECONDS).wait()

    os.kill(supervisor.pid, 0)
    supervisor.close()
    with pytest.raises(ProcessLookupError):
        os.kill(supervisor.pid, 0)
    assert not (tmp_path / "kept").exists()


def test_program_ends_when_told_even_if_the_harness_runs_in_the_background(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)  # as a shell does for what it runs beside itself
    try:
        order = SupervisorRequest(
            str(tmp_path / "kept"), command=(SHELL, "-c", "echo r >&2; exec sleep 1000"), ready="r"
        )
        supervisor = Supervisor(order, seconds=SECONDS).wait()
    finally:
        signal.signal(signal.SIGQUIT, before)
    began = time.monotonic()
    supervisor.close()
    assert time.monotonic() - began < STOP_SECONDS


def test_program_without_a_ready_text_is_ready_when_it_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    order = SupervisorRequest(
        str(folder),
        command=(SHELL, "-c", 'echo "$WHO" > made'),
        environment={"WHO": "me", "PATH": os.defpath},
    )

    with contextlib.closing(Supervisor(order, seconds=SECONDS).wait()):
        assert (folder / "made").read_text() == "me\n"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("command", "ready", "message"),
    [
        ((SHELL, "-c", "echo out of luck >&2; exit 1"), None, "out of luck"),
        ((SHELL, "-c", "echo out of luck >&2; exit 0"), "ready", "out of luck"),
        ((SHELL, "-c", "exit 3"), None, "status 3"),
        (("/nowhere/postgres",), "ready", "No such file"),
    ],
)
def test_failure_of_the_program_is_reported(
    tmp_path: Path, command: tuple[str, ...], ready: str | None, message: str
) -> None:
    with pytest.raises(HarnessFault, match=message):
        Supervisor(
            SupervisorRequest(str(tmp_path / "kept"), command=command, ready=ready), seconds=SECONDS
        ).wait()

    assert not (tmp_path / "kept").exists()


def test_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    order = SupervisorRequest(str(tmp_path / "kept"), command=(SHELL, "-c", "exec sleep 1000"), ready="ready")

    with pytest.raises(HarnessFault, match="did not become ready in time"):
        Supervisor(order, seconds=0.2).wait()

    assert not (tmp_path / "kept").exists()


def test_ready_text_is_found_at_the_beginning_of_much_output(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("ready\n" + "x" * 60_000)
    command = (SHELL, "-c", 'cat "$0" >&2; exec sleep 1000', str(text))
    order = SupervisorRequest(
        str(tmp_path / "kept"), command=command, environment={"PATH": os.defpath}, ready="ready"
    )

    Supervisor(order, seconds=SECONDS).wait().close()


def test_output_after_the_ready_text_does_not_stop_the_program(tmp_path: Path) -> None:
    order = SupervisorRequest(
        str(tmp_path / "kept"),
        command=(
            SHELL,
            "-c",
            'echo ready >&2; head -c 1000000 /dev/zero >&2; echo done > "$0"',
            str(tmp_path / "said"),
        ),
        environment={"PATH": os.defpath},
        ready="ready",
    )
    os.mkfifo(tmp_path / "said")
    supervisor = Supervisor(order, seconds=SECONDS).wait()

    assert (tmp_path / "said").read_text() == "done\n"
    supervisor.close()


def test_terminated_supervisor_ends_the_program_and_removes_the_folder(tmp_path: Path) -> None:
    order = SupervisorRequest(
        str(tmp_path / "kept"), command=(SHELL, "-c", "echo ready >&2; exec sleep 1000"), ready="ready"
    )
    supervisor = Supervisor(order, seconds=SECONDS).wait()

    supervisor._process.send_signal(signal.SIGINT)  # ignored: an interrupt is for the harness
    supervisor._process.terminate()
    supervisor._process.wait(SECONDS)

    with pytest.raises(ProcessLookupError):
        os.kill(supervisor.pid, 0)
    assert not (tmp_path / "kept").exists()
    supervisor.close()


def test_begin_stop_is_enough_and_close_waits(tmp_path: Path) -> None:
    supervisor = Supervisor(SupervisorRequest(str(tmp_path / "kept")), seconds=SECONDS).wait()
    supervisor.begin_stop()
    supervisor.begin_stop()
    supervisor.close()
    assert not (tmp_path / "kept").exists()


def test_data_folder_is_copied_and_shared_folders_are_linked(tmp_path: Path) -> None:
    template = tmp_path / "template"
    for name in ("base/1/inner", "base/4", "base/5", "empty"):
        (template / name).mkdir(parents=True)
    (template / "base/1/unwanted").write_text("unwanted")
    (template / "base/5/own").write_text("own")
    (template / "base/4/shared").write_text("shared")
    order = SupervisorRequest(
        str(tmp_path / "kept"),
        data={"template": str(template), "shared": ["base/4"], "left_out": ["base/1"]},
        command=(SHELL, "-c", "echo changed > data/base/5/own"),
        environment={"PATH": os.defpath},
    )

    with contextlib.closing(Supervisor(order, seconds=SECONDS).wait()):
        data = tmp_path / "kept" / "data"
        assert (data / "base/4").readlink() == template / "base/4"
        assert (data / "base/4/shared").read_text() == "shared"
        assert (data / "empty").is_dir()
        assert (data / "base/5/own").read_text() == "changed\n"
        assert not (data / "base/1").exists()
    assert (template / "base/5/own").read_text() == "own"
    assert (template / "base/1/inner").is_dir()
    assert (template / "base/4/shared").read_text() == "shared"


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_programs_are_copied_for_everyone_to_run(tmp_path: Path, umask: int) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True, mode=0o700)
    (source / "bin" / "program").write_text("#!/bin/sh\n")
    (source / "bin" / "program").chmod(0o700)
    (source / "data").write_text("data")
    order = SupervisorRequest(str(tmp_path / "kept"), mode=0o755, trees=((str(source), "a/b"),))

    usual = os.umask(umask)
    try:
        supervisor = Supervisor(order, seconds=SECONDS).wait()
    finally:
        os.umask(usual)
    with contextlib.closing(supervisor):
        copied = tmp_path / "kept" / "a" / "b"
        for folder in (copied, *copied.parents[:2]):
            assert folder.stat().st_mode & 0o777 == 0o755
        assert (copied / "bin" / "program").stat().st_mode & 0o777 == 0o755
        assert (copied / "data").stat().st_mode & 0o777 == 0o644
        assert (copied / "bin").stat().st_mode & 0o777 == 0o755
