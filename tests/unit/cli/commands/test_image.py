"""What `grader image build` shows, with an image whose build is a script."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Iterator

import pytest
from rich.console import Console

from grader.cli.commands import image as command
from grader.errors import UnavailableError
from grader.runtime.engine.image import BuildStep, Progress

STEPS = [
    BuildStep("scripted", "downloading packages", ""),
    BuildStep("scripted", "step 1 of 2", "FROM debian:trixie-slim"),
    BuildStep("scripted", "step 2 of 2", "RUN set -eu; apt-get update; apt-get install --yes postgresql-17"),
]


class Scripted:
    """An image whose build prints a line in each step."""

    name = "scripted:1"

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    def taken(self, source: str, progress: Progress) -> bool:
        """Take it from a registry: there is one that has it."""
        if source:
            progress(f"Looking for {source}/{self.name}")
        return source == "registry.example.org"

    def build(self) -> Iterator[BuildStep | str]:
        """Build it."""
        for step in STEPS:
            yield step
            yield "Get:1 http://deb.invalid \x1b[31mtrixie"
        if self.fails:
            raise UnavailableError("The container image could not be built.")


@pytest.fixture(autouse=True)
def image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both images are the scripted one."""
    monkeypatch.setattr(command, "postgres_image", Scripted)
    monkeypatch.setattr(command, "sandbox_image", Scripted)


def test_each_step_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run_build(Namespace(verbose=False, source="")) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "scripted: downloading packages (0 s)",
        "scripted: step 1 of 2: FROM debian:trixie-slim (0 s)",
        "scripted: step 2 of 2: RUN set -eu; apt-get update; apt-get install --yes... (0 s)",
        "Built scripted:1.",
    ]
    assert lines[4:] == lines[:4]


def test_verbose_shows_all_that_the_engine_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run_build(Namespace(verbose=True, source="")) == 0

    out = capsys.readouterr().out
    assert out.count("Get:1 http://deb.invalid trixie\n") == 2 * len(STEPS)
    assert "\x1b" not in out


def test_image_of_a_registry_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run_build(Namespace(verbose=False, source="registry.example.org")) == 0

    looked, got, *_ = capsys.readouterr().out.splitlines()
    assert (looked, got) == ("Looking for registry.example.org/scripted:1", "Got scripted:1.")


def test_registry_without_the_image_leads_to_a_build(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run_build(Namespace(verbose=False, source="other.example.org")) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Looking for other.example.org/scripted:1"
    assert lines[4] == "Built scripted:1."


def test_step_that_failed_does_not_count_as_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "postgres_image", lambda: Scripted(fails=True))

    with pytest.raises(UnavailableError, match="could not be built"):
        command.run_build(Namespace(verbose=False, source=""))

    shown = capsys.readouterr().out
    assert "step 1 of 2" in shown
    assert "step 2 of 2" not in shown


def test_terminal_shows_the_step_that_runs() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=200, highlight=False)

    command.build_with_progress(Scripted(), console)  # type: ignore[arg-type]

    assert "\x1b[" in screen.getvalue()
    assert "scripted: step 1 of 2: FROM debian:trixie-slim (0 s)\n" in screen.getvalue()
