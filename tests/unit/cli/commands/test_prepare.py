"""`grader prepare`: what is prepared, what is said, and the place of a mistake."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.assignment.model import Project
from grader.cli.commands import prepare
from grader.errors import ConfigurationError, UnavailableError
from grader.runtime.sandbox.choose import SANDBOXES
from grader.runtime.sandbox.extras import ExtraPackages
from grader.runtime.sandbox.packages import PackagesError

TEXT = 'schema_version = "2"\n\n[project]\nrequirements = ["flask==3.1.0"]\n'


class Pretended:
    """A sandbox that prepares nothing."""

    def __init__(self, done: list[str], name: str, error: PackagesError | None, problem: str | None) -> None:
        self._done, self._name, self._error, self._problem = done, name, error, problem

    def problem(self) -> str | None:
        """Why it does not work."""
        return self._problem

    def unprepared(self) -> bool:
        """Whether `prepare` was not called yet."""
        return self._name not in self._done

    def prepare(self, progress: Callable[[str], None]) -> None:
        """Fail as it should, or be prepared."""
        if self._error is not None:
            raise self._error
        progress(f"preparing {self._name}")
        self._done.append(self._name)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs the command; gives what was prepared."""
    path = tmp_path / "assignment.toml"
    path.write_text(TEXT)

    def running(
        isolation: str = "auto",
        *,
        error: PackagesError | None = None,
        problem: str | None = None,
        requirements: tuple[str, ...] = ("flask==3.1.0",),
    ) -> list[str]:
        done: list[str] = []
        for name in ("none", "container"):

            def make(_: ExtraPackages, name: str = name) -> Pretended:
                return Pretended(done, name, error, problem if name == "container" else None)

            monkeypatch.setitem(SANDBOXES, name, make)
        assignment = SimpleNamespace(project=Project(requirements=requirements))
        monkeypatch.setattr("grader.runs.assignments.load", lambda _: assignment)
        assert prepare.run(Namespace(assignment=path, isolation=isolation, changed_since=None)) == 0
        return done

    return running


@pytest.mark.parametrize(
    ("isolation", "expected"),
    [
        ("auto", ["none", "container"]),
        ("none", ["none"]),
        ("bubblewrap", ["none"]),
        ("container", ["container"]),
    ],
)
def test_what_is_prepared(run: Callable[..., list[str]], isolation: str, expected: list[str]) -> None:
    assert run(isolation) == expected


def test_an_exercise_without_packages_needs_nothing(
    run: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(requirements=()) == []
    assert "There is nothing to prepare" in capsys.readouterr().out


def test_without_an_engine_there_is_no_image(
    run: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(problem="no engine") == ["none"]
    assert "No image for containers is built: no engine" in capsys.readouterr().out
    with pytest.raises(UnavailableError):
        run("container", problem="no engine")


def test_a_mistake_is_named_with_its_place(run: Callable[..., list[str]], tmp_path: Path) -> None:
    error = PackagesError("cannot be had.", package="flask==3.1.0", next_step="Mind its spelling.")
    with pytest.raises(ConfigurationError) as caught:
        run(error=error)
    assert caught.value.message == (
        f"{tmp_path}/assignment.toml, line 4: `project.requirements` names flask==3.1.0, which cannot be had."
    )
    assert (caught.value.next_step, caught.value.exit_code) == ("Mind its spelling.", 2)

    with pytest.raises(ConfigurationError, match=r"line 4: `project\.requirements` names packages"):
        run(error=PackagesError("names packages that do not go together"))
