"""What this system and this Python cannot do, said before anything of it is used.

What only Linux has is asked for in a few modules, which `tests/unit/runtime/test_system.py` lists. Each of
them does without where there is none.
"""

from __future__ import annotations

import platform
import sys

from grader.errors import UnavailableError

LINUX = sys.platform == "linux"
"""Whether there are namespaces, memory groups, and `/proc`."""
_FREE_THREADED_SINCE = (3, 13)


def refuse_unsupported() -> None:
    """Refuse a system, a Python or a setting of it with which nothing can be graded.

    Raises:
        UnavailableError: this is one; the message says what to use instead.
    """
    if sys.platform == "win32":
        raise UnavailableError(
            "the grader does not run on Windows itself", next_step="Run it inside WSL 2 (https://aka.ms/wsl)."
        )
    if _is_free_threaded():
        raise UnavailableError(
            f"the grader does not run on a free-threaded build of Python ({platform.python_version()}t)",
            next_step="Use the usual build of the same release: `python3.13`, not `python3.13t`.",
        )
    if (encoding := sys.getfilesystemencoding()) != "utf-8":
        raise UnavailableError(
            f"Python reads the names of files as {encoding} here, not as UTF-8",
            next_step="Set the variable PYTHONUTF8 to 1, and run the command again.",
        )


def limits_here() -> str:
    """What grading lacks on this system, in a sentence or two; empty on Linux."""
    if LINUX:
        return ""
    return (
        "bubblewrap and memory groups are of Linux alone: here only containers confine students' code, and "
        "without them nothing limits the memory of all its processes together. The project's own tests run "
        "on Linux; what is said below was tried just now."
    )


def _is_free_threaded() -> bool:
    if sys.version_info < _FREE_THREADED_SINCE:
        return False
    import sysconfig  # noqa: PLC0415 - takes a while, and only newer releases have such builds

    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
