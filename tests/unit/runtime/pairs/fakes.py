"""Backends that start nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sockets import Sockets


class Server(PostgresBackend):
    """A way to get servers that says what a test wants."""

    good_for = "tests"
    sockets = True

    def __init__(self, name: str, identity: tuple[str, ...] | None = ("one",)) -> None:
        self.name = name
        self.made_of = identity
        self.closed = 0

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What the test says."""
        return self.made_of

    def problem(self) -> str | None:
        """There is none."""
        return None

    def reserve(self) -> NoReturn:
        """Nothing is started."""
        raise NotImplementedError

    def close(self) -> None:
        """Count it."""
        self.closed += 1


class Box(SandboxBackend):
    """A sandbox that says what a test wants."""

    good_for = "tests"

    def __init__(self, name: str, identity: tuple[str, ...] | None = ("one",)) -> None:
        self.name = name
        self.confined = name != "none"
        self.made_of = identity

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What the test says."""
        return self.made_of

    def problem(self) -> str | None:
        """There is none."""
        return None

    def sandbox(self, staged: Path, sockets: Sockets | None) -> NoReturn:
        """Nothing is started."""
        raise NotImplementedError


def box_maker(name: str) -> Callable[[ExtraPackages], Box]:
    """Makes a sandbox of this name."""

    def make(_: ExtraPackages = NO_EXTRAS) -> Box:
        return Box(name)

    return make
