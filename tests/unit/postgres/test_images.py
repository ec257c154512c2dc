"""The image's name and the files that it is built from, without an engine."""

from __future__ import annotations

import io
import re
import tarfile

import pytest

from grader.postgres import images


def test_name_follows_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    name = images.image_name()
    assert re.fullmatch(r"migration-grader-postgres:[0-9a-f]{16}", name)
    assert images.image_name() == name

    monkeypatch.setattr(images, "__version__", "another")
    assert images.image_name() != name
    monkeypatch.undo()

    files = [(path, content + b"\n") for path, content in images._context_files()]
    monkeypatch.setattr(images, "_context_files", lambda: iter(files))
    assert images.image_name() != name


def test_build_context_is_complete_and_reproducible() -> None:
    first, second = images._context().read(), images._context().read()

    assert first == second
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        modes = {entry.name: entry.mode for entry in archive.getmembers()}
    assert modes == {"Dockerfile": 0o644, "initialise": 0o755, "run-server": 0o755}


def test_image_is_built_from_debian_alone() -> None:
    dockerfile = dict(images._context_files())["Dockerfile"].decode()

    assert re.findall(r"^FROM (.*)$", dockerfile, re.MULTILINE) == ["debian:trixie-slim"]
    assert "http" not in dockerfile
