"""Systems and Pythons that are refused, and where Linux alone is asked for something."""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

import pytest

import grader
from grader.cli.main import main
from grader.errors import UnavailableError
from grader.runtime import system
from grader.runtime.system import limits_here, refuse_unsupported

PACKAGE = Path(grader.__file__).parent
ONLY_LINUX = re.compile(
    r"/proc\b|/sys/fs|/dev/shm|\bprctl|seccomp|sched_getaffinity|oom_score|pidfd|\bLINUX\b|\"linux\""
)
WITH_LINUX = {
    "integrations/gradescope/other_user.py": "another user for submissions, in Gradescope's container",
    "runtime/engine/container.py": "which process made a container; without, none counts as left",
    "runtime/engine/sharing.py": "which start of the machine this is; without, no answer is kept",
    "runtime/machine.py": "the cores that this process may use; without, all",
    "runtime/memory.py": "free memory, and memory groups; without, nothing is known",
    "runtime/memory_group.py": "a memory group for each submission; without, there is none",
    "runtime/postgres/folders.py": "data folders in memory; without, in the temporary folder",
    "runtime/postgres/sessions.py": "the memory group of a server in a container, which is Linux everywhere",
    "runtime/postgres/settings.py": "which process ends first when memory runs out",
    "runtime/postgres/supervisor_process.py": "the memory of a server; without, it is not limited as a whole",
    "runtime/sandbox/bubblewrap.py": "for Linux only, and says so",
    "runtime/sandbox/container.py": "an option of containers, which are Linux everywhere",
    "runtime/sandbox/denied_calls.py": "loaded in sandboxes alone, which are Linux everywhere",
    "runtime/sandbox/packages.py": "the image's Python, which is Linux everywhere",
    "runtime/sandbox/process.py": "which process ends first when memory runs out",
    "runtime/sandbox/worker.py": "what a step uses and has started; without, its session is ended as a whole",
    "runtime/system.py": "says what lacks elsewhere",
    "submission/git/program.py": "a limit on git's memory; without, there is none",
}
"""Every module that asks for something of Linux alone, with what for, and what becomes of it elsewhere."""


def test_what_only_linux_has_is_asked_for_in_these_modules_alone() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if ONLY_LINUX.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(WITH_LINUX)


def test_this_system_and_this_python_are_supported() -> None:
    refuse_unsupported()
    assert limits_here() == ("" if sys.platform == "linux" else limits_here())


@pytest.mark.parametrize(("version", "setting"), [((3, 13), 1), ((3, 14), 1), ((3, 13), 0), ((3, 14), None)])
def test_a_free_threaded_build_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: tuple[int, int],
    setting: int | None,
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    monkeypatch.setattr(
        sysconfig, "get_config_var", lambda name: setting if name == "Py_GIL_DISABLED" else None
    )
    if not setting:
        refuse_unsupported()
        return
    with pytest.raises(UnavailableError, match="free-threaded build of Python"):
        refuse_unsupported()
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 4
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 2)
    assert said.err.startswith("grader: the grader does not run on a free-threaded build of Python (")


def test_an_older_python_has_no_such_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 7, "final", 0))
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 1)
    assert not system._is_free_threaded()
