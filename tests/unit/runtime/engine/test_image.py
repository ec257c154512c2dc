"""The images' names and the files that they are built from, without an engine."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from types import SimpleNamespace

import pytest

from grader.errors import UnavailableError
from grader.runtime.engine import image as image_module
from grader.runtime.engine.image import BuildStep, Image
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox import images
from grader.runtime.sandbox.images import sandbox_image
from grader.runtime.sandbox.packages import PACKAGES, pinned_packages


def test_name_follows_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    image = postgres_image()
    name = image.name
    assert re.fullmatch(r"migration-grader-postgres:[0-9a-f]{16}", name)
    assert postgres_image().name == name

    changed = {path: content + b"\n" for path, content in image.files.items()}
    assert replace(image, files=changed).name != name

    monkeypatch.setattr(image_module, "__version__", "another")
    assert postgres_image().name != name


def test_build_context_is_complete_and_reproducible() -> None:
    image = postgres_image()

    first, second = image.context("x86_64").read(), image.context("x86_64").read()

    assert first == second
    with_wheels = replace(image, download=lambda _: {"wheels/a.whl": b"a"})
    with tarfile.open(fileobj=with_wheels.context("x86_64")) as archive:
        modes = {entry.name: entry.mode for entry in archive.getmembers()}
    assert modes == {
        "Dockerfile": 0o644,
        "initialise": 0o755,
        "relay_program.py": 0o644,
        "run-server": 0o755,
        "wheels/a.whl": 0o644,
    }


@pytest.mark.parametrize("image", [postgres_image, sandbox_image])
def test_image_is_built_from_debian_alone(image: Callable[[], Image]) -> None:
    dockerfile = image().files["Dockerfile"].decode()

    assert re.findall(r"^FROM (.*)$", dockerfile, re.MULTILINE) == ["debian:trixie-slim"]
    assert "http" not in dockerfile


def test_sandbox_has_the_graders_own_versions() -> None:
    pins = pinned_packages(PACKAGES)

    assert {name: metadata.version(name) for name in pins} == pins
    assert {*PACKAGES, "mako", "werkzeug", "markupsafe"} <= set(pins)
    lines = sandbox_image().files["requirements.txt"].decode().splitlines()
    assert f"alembic=={metadata.version('alembic')}" in lines


def test_requirements_are_those_of_the_images_python() -> None:
    # For Python 3.13 on Linux, whatever this is.
    assert "colorama" not in pinned_packages(PACKAGES)
    assert "typing-extensions" in pinned_packages(PACKAGES, "3.12")


def test_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PACKAGES", ("alembic", "none-such"))
    sandbox_image.cache_clear()

    with pytest.raises(UnavailableError, match="none-such"):
        sandbox_image()


# --- building, with an engine that answers from a script ---------------------------------------------------

Script = Callable[[list[dict[str, object]]], None]
"""Takes what the engine answers."""
SCRIPT: list[dict[str, object]] = [
    {"stream": "Step 1/2 : FROM debian:trixie-slim\n"},
    {"stream": " ---> c73a1a6aa4e2\n"},
    {"stream": "Step 2/2 : RUN set -eu;     apt-get update\n"},
    {"stream": "Get:1 http://deb.invalid trixie InRelease\n\n"},
    {"aux": {"ID": "sha256:1"}},
]
IMAGE = Image("scripted", {"Dockerfile": b""})


@pytest.fixture
def engine_says(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Has the engine answer a build with these events."""

    def script(events: list[dict[str, object]]) -> None:
        @contextmanager
        def engine(*, seconds: int) -> Iterator[SimpleNamespace]:
            assert seconds > 0
            yield SimpleNamespace(
                version=lambda: {"Arch": "amd64"},
                api=SimpleNamespace(build=lambda **_: iter(events)),
                images=SimpleNamespace(get=lambda _: None),
            )

        monkeypatch.setattr(image_module, "engine", engine)

    return script


def test_build_gives_each_step_and_each_line(engine_says: Script) -> None:
    engine_says([*SCRIPT])

    assert list(IMAGE.build()) == [
        BuildStep("scripted", "step 1 of 2", "FROM debian:trixie-slim"),
        "Step 1/2 : FROM debian:trixie-slim",
        " ---> c73a1a6aa4e2",
        BuildStep("scripted", "step 2 of 2", "RUN set -eu;     apt-get update"),
        "Step 2/2 : RUN set -eu;     apt-get update",
        "Get:1 http://deb.invalid trixie InRelease",
    ]


def test_steps_of_podman_are_recognised(engine_says: Script) -> None:
    engine_says([{"stream": "STEP 1/1: FROM debian:trixie-slim\n"}])

    assert next(iter(IMAGE.build())) == BuildStep("scripted", "step 1 of 1", "FROM debian:trixie-slim")


def test_download_is_a_step_of_its_own(engine_says: Script) -> None:
    engine_says([*SCRIPT])
    machines = []

    def download(machine: str) -> dict[str, bytes]:
        machines.append(machine)
        return {}

    assert next(iter(replace(IMAGE, download=download).build())) == BuildStep(
        "scripted", "downloading packages", ""
    )
    assert machines == []
    list(replace(IMAGE, download=download).build())
    assert machines == ["x86_64"]


def test_image_of_a_registry_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def taken(source: str, name: str, _: object) -> bool:
        asked.append((source, name))
        return True

    monkeypatch.setenv("GRADER_IMAGES", "registry.example.org/course/")
    monkeypatch.setattr(Image, "present", lambda _: False)
    monkeypatch.setattr(Image, "build", lambda _: pytest.fail("it was built"))
    monkeypatch.setattr(image_module, "taken_from", taken)

    assert IMAGE.ensure(print) == IMAGE.name
    assert asked == [("registry.example.org/course", IMAGE.name)]


def test_without_a_registry_nothing_is_asked(engine_says: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_says([*SCRIPT])
    monkeypatch.delenv("GRADER_IMAGES", raising=False)
    monkeypatch.setattr(Image, "present", lambda _: False)
    monkeypatch.setattr(image_module, "taken_from", lambda *_: pytest.fail("a registry was asked"))
    lines: list[str] = []

    IMAGE.ensure(lines.append)

    assert lines[0] == "Building the image scripted: step 1 of 2"


def test_failed_build_ends_with_the_lines_of_the_step_that_failed(engine_says: Script) -> None:
    lines: list[dict[str, object]] = [{"stream": f"line {number}\n"} for number in range(100)]
    engine_says(
        [*SCRIPT, *lines, {"error": "The command returned a non-zero code: 100"}, {"stream": "after"}]
    )

    with pytest.raises(UnavailableError, match="non-zero code: 100") as caught:
        list(IMAGE.build())

    assert "line 99" in caught.value.message
    assert "line 59" not in caught.value.message
    assert "Step 1/2" not in caught.value.message


def test_image_that_is_missing_is_built_with_a_line_for_each_step(
    engine_says: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_says([*SCRIPT])
    monkeypatch.setattr(Image, "present", lambda _: False)
    lines: list[str] = []

    assert IMAGE.ensure(lines.append) == IMAGE.name

    assert lines == [
        "Building the image scripted: step 1 of 2",
        "Building the image scripted: step 2 of 2",
    ]
