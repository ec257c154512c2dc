"""The container image that servers start from."""

from __future__ import annotations

from importlib.resources import files

from grader.runtime.engine.image import Image

_PROGRAMS = ("initialise", "run-server")


def postgres_image() -> Image:
    """Give the image of this release."""
    folder = files("grader.runtime.postgres").joinpath("image")
    contents = {name: folder.joinpath(name).read_bytes() for name in ("Dockerfile", *_PROGRAMS)}
    return Image("migration-grader-postgres", contents, programs=frozenset(_PROGRAMS))
