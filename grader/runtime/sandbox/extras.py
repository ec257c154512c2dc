"""The packages that an assignment names beyond those of every exercise, and the Python that has them.

Imports nothing that only such an exercise needs: every run begins here. Must not know how packages are
installed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.runtime.sandbox.environment import PackageEnvironment


@dataclass(frozen=True)
class ExtraPackages:
    """What an assignment asks for."""

    requirements: tuple[str, ...] = ()
    """As pip writes them, with exact versions."""
    assignment: Path | None = None
    """The assignment's file, for messages."""

    def __bool__(self) -> bool:
        return bool(self.requirements)

    @property
    def command(self) -> str:
        """The command that prepares them."""
        return f"grader prepare --assignment {self.assignment or 'FILE'}"


NO_EXTRAS = ExtraPackages()


class Interpreter:
    """The Python that a worker outside of containers runs with: the grader's own, or that of an exercise."""

    def __init__(self, extras: ExtraPackages) -> None:
        """Choose it; nothing is made yet."""
        self._extras = extras

    @property
    def program(self) -> Path:
        """The interpreter."""
        return Path(sys.executable) if self._environment is None else self._environment.python

    def ready(self) -> bool:
        """Whether it can be used."""
        return self._environment is None or self._environment.ready()

    def ensure(self, progress: Callable[[str], None]) -> None:
        """Make the environment of an exercise, unless it is there; see `PackageEnvironment.ensure`."""
        if self._environment is not None:
            self._environment.ensure(progress)

    @cached_property
    def _environment(self) -> PackageEnvironment | None:
        if not self._extras:
            return None
        from grader.runtime.sandbox.environment import PackageEnvironment  # noqa: PLC0415 - rarely needed

        return PackageEnvironment(self._extras)
