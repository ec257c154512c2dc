"""Which sandbox is taken, and what is said when none works."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.external import ExternalBackend
from grader.runtime.sandbox.choose import SANDBOXES, choose_sandbox
from grader.runtime.sandbox.extras import ExtraPackages


class Ready:
    """A sandbox that works."""

    name = "bubblewrap"
    confined = True

    def __init__(self, extras: ExtraPackages) -> None:
        self.extras = extras

    def problem(self) -> str | None:
        """There is none."""
        return None

    def unprepared(self) -> bool:
        """Packages that are asked for are not there."""
        return bool(self.extras)


class Missing(Ready):
    """A sandbox that does not."""

    def problem(self) -> str | None:
        """There is one."""
        return "it is not installed"


@pytest.fixture
def told() -> list[str]:
    """What whoever waits is told."""
    return []


def test_unknown_word_is_a_usage_error(told: list[str]) -> None:
    with pytest.raises(UsageError, match="jail") as caught:
        choose_sandbox("jail", EmbeddedBackend(), batch=False, progress=told.append)

    assert "auto, container, bubblewrap, none" in caught.value.next_step


def test_auto_takes_what_confines(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Ready)

    for batch in (False, True):
        found = choose_sandbox("auto", EmbeddedBackend(), batch=batch, progress=told.append)
        assert found.name == "bubblewrap"
    assert told == []


def test_auto_runs_one_submission_unconfined_and_says_why(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Missing)

    assert choose_sandbox("auto", EmbeddedBackend(), batch=False, progress=told.append).name == "none"
    assert told == ["Isolation is none. Nothing stronger: bubblewrap: it is not installed"]


def test_auto_never_runs_a_batch_unconfined(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Missing)

    with pytest.raises(UnavailableError) as caught:
        choose_sandbox("auto", EmbeddedBackend(), batch=True, progress=told.append)

    assert "--isolation none" in caught.value.next_step
    assert choose_sandbox("none", EmbeddedBackend(), batch=True, progress=told.append).name == "none"


@pytest.mark.parametrize("isolation", ["container", "bubblewrap"])
def test_server_of_the_network_alone_cannot_be_used_confined(
    isolation: str, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Ready)
    server = ExternalBackend("postgresql://me:secret@db.invalid/postgres")

    with pytest.raises(UnavailableError, match="cannot be run") as caught:
        choose_sandbox(isolation, server, batch=False, progress=told.append)

    assert "Unix socket" in caught.value.next_step


def test_server_behind_a_socket_can(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Ready)
    server = ExternalBackend("postgresql://me:secret@/postgres?host=/run/postgresql")

    assert choose_sandbox("auto", server, batch=True, progress=told.append).name == "bubblewrap"


def test_container_is_named_as_the_way_that_does_not_work(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    with pytest.raises(UnavailableError, match="No container engine"):
        choose_sandbox("container", EmbeddedBackend(), batch=False, progress=told.append)


def test_packages_that_are_not_prepared_are_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setitem(SANDBOXES, "bubblewrap", Ready)
    extras = ExtraPackages(("flask==3.1.0",), Path("shop/assignment.toml"))

    with pytest.raises(UnavailableError, match="not prepared for the isolation bubblewrap") as caught:
        choose_sandbox("auto", EmbeddedBackend(), batch=False, progress=told.append, extras=extras)

    assert "`grader prepare --assignment shop/assignment.toml`" in caught.value.next_step
