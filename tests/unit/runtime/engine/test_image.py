"""The images' names and the files that they are built from, without an engine."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata

import pytest

from grader.errors import UnavailableError
from grader.runtime.engine import image as image_module
from grader.runtime.engine.image import Image
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox import images
from grader.runtime.sandbox.images import pinned_packages, sandbox_image


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

    first, second = image.context({}).read(), image.context({}).read()

    assert first == second
    with tarfile.open(fileobj=image.context({"wheels/a.whl": b"a"})) as archive:
        modes = {entry.name: entry.mode for entry in archive.getmembers()}
    assert modes == {"Dockerfile": 0o644, "initialise": 0o755, "run-server": 0o755, "wheels/a.whl": 0o644}


@pytest.mark.parametrize("image", [postgres_image, sandbox_image])
def test_image_is_built_from_debian_alone(image: Callable[[], Image]) -> None:
    dockerfile = image().files["Dockerfile"].decode()

    assert re.findall(r"^FROM (.*)$", dockerfile, re.MULTILINE) == ["debian:trixie-slim"]
    assert "http" not in dockerfile


def test_sandbox_has_the_graders_own_versions() -> None:
    pins = pinned_packages(images.PACKAGES)

    assert {name: metadata.version(name) for name in pins} == pins
    assert {*images.PACKAGES, "mako", "werkzeug", "markupsafe"} <= set(pins)
    lines = sandbox_image().files["requirements.txt"].decode().splitlines()
    assert f"alembic=={metadata.version('alembic')}" in lines


def test_requirements_are_those_of_the_images_python(monkeypatch: pytest.MonkeyPatch) -> None:
    # For Python 3.13 on Linux, whatever this is.
    assert "colorama" not in pinned_packages(images.PACKAGES)
    monkeypatch.setattr(images, "PYTHON", "3.12")
    assert "typing-extensions" in pinned_packages(images.PACKAGES)


def test_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PACKAGES", ("alembic", "none-such"))
    sandbox_image.cache_clear()

    with pytest.raises(UnavailableError, match="none-such"):
        sandbox_image()


def test_failing_pip_says_why() -> None:
    with pytest.raises(UnavailableError, match="none-such"):
        images.fetch_wheels({"none-such-" + "x" * 20: "1.0"}, "x86_64", lambda _line: None)
