"""The environment of an exercise: where it is, when it is ready, what is left when it cannot be made."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from grader.errors import UnavailableError
from grader.runtime.sandbox.environment import PackageEnvironment
from grader.runtime.sandbox.extras import ExtraPackages, Interpreter
from grader.runtime.sandbox.packages import PackagesError

EXTRAS = ExtraPackages(("flask==3.1.0",))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "environments"


def pretend(self: PackageEnvironment, folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "versions.json").write_text('{"alembic": "1.13.3"}')
    assert self.python.exists()


def test_it_is_made_once(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(PackageEnvironment, "_make", pretend)
    told: list[str] = []
    environment = PackageEnvironment(EXTRAS)
    assert not environment.ready()

    environment.ensure(told.append)
    PackageEnvironment(EXTRAS).ensure(told.append)

    assert told == ["Installing the packages of the exercise ..."]
    assert environment.versions() == {"alembic": "1.13.3"}
    assert environment.python.is_relative_to(cache)
    assert PackageEnvironment(ExtraPackages(("flask==3.1.1",))).folder != environment.folder


def test_nothing_is_left_of_one_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def failing(self: PackageEnvironment, folder: Path) -> None:  # noqa: ARG001
        (folder / "bin").mkdir(parents=True)
        raise PackagesError("cannot be had", package="flask==3.1.0")

    monkeypatch.setattr(PackageEnvironment, "_make", failing)
    with pytest.raises(PackagesError):
        PackageEnvironment(EXTRAS).ensure(lambda _: None)

    assert [path for path in cache.iterdir() if path.is_dir()] == []


def test_one_that_was_half_made_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = PackageEnvironment(EXTRAS)
    assert environment.folder is not None
    (environment.folder / "lib").mkdir(parents=True)
    assert not environment.ready()

    monkeypatch.setattr(PackageEnvironment, "_make", pretend)
    environment.ensure(lambda _: None)

    assert environment.ready()
    assert not (environment.folder / "lib").exists()


def test_of_two_at_once_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, waiting = threading.Event(), threading.Event(), threading.Event()
    made: list[Path] = []

    def slow(self: PackageEnvironment, folder: Path) -> None:
        made.append(folder)
        begun.set()
        assert go_on.wait(30)
        pretend(self, folder)

    monkeypatch.setattr(PackageEnvironment, "_make", slow)
    first = threading.Thread(target=PackageEnvironment(EXTRAS).ensure, args=[lambda _: None])
    second = threading.Thread(
        target=PackageEnvironment(EXTRAS).ensure,
        args=[lambda line: waiting.set() if "waiting" in line else None],
    )
    first.start()
    assert begun.wait(30)
    second.start()
    assert waiting.wait(30)
    go_on.set()
    first.join()
    second.join()

    assert len(made) == 1


def test_one_that_others_can_write_to_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PackageEnvironment, "_make", pretend)
    environment = PackageEnvironment(EXTRAS)
    environment.ensure(lambda _: None)
    assert environment.folder is not None
    environment.folder.chmod(0o777)

    assert not environment.ready()


def test_one_that_was_not_used_for_long_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PackageEnvironment, "_make", pretend)
    old, used = (PackageEnvironment(ExtraPackages((f"a=={number}",))) for number in (1, 2))
    long_ago = time.time() - 31 * 24 * 3600
    for environment in (old, used):
        environment.ensure(lambda _: None)
        assert environment.folder is not None
        os.utime(environment.folder, (long_ago, long_ago))
    assert used.ready()  # which marks it as used

    PackageEnvironment(EXTRAS).ensure(lambda _: None)

    assert (old.ready(), used.ready()) == (False, True)


def test_without_a_cache_there_is_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE_DIR", "")
    environment = PackageEnvironment(EXTRAS)

    assert not environment.ready()
    with pytest.raises(UnavailableError, match="GRADER_CACHE_DIR is empty"):
        environment.ensure(lambda _: None)


def test_an_exercise_without_packages_has_the_graders_python() -> None:
    interpreter = Interpreter(ExtraPackages())

    assert interpreter.ready()
    assert interpreter.program.exists()
    assert not Interpreter(EXTRAS).ready()
