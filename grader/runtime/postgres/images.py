"""The container image that servers start from."""

from __future__ import annotations

from importlib.resources import files

from grader.runtime.engine.image import Image

_PROGRAMS = ("initialise", "run-server")
_RELAY = "relay_program.py"


def postgres_image() -> Image:
    """Give the image of this release."""
    own = files("grader.runtime.postgres")
    folder = own.joinpath("image")
    contents = {name: folder.joinpath(name).read_bytes() for name in ("Dockerfile", *_PROGRAMS)}
    contents[_RELAY] = own.joinpath(_RELAY).read_bytes()
    return Image("migration-grader-postgres", contents, programs=frozenset(_PROGRAMS))
