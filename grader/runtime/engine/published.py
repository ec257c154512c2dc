"""Images that a registry has: they are taken from there instead of being built.

An image's name holds a hash of all that it is built from. So what a registry has under that name is the
image of this very release, if the registry can be trusted. Must not know what the images are for.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import docker
import docker.errors

from grader.runtime.engine.client import engine

VARIABLE = "GRADER_IMAGES"
"""Names the registry, and the path in it, that images are taken from: `registry.example.org/course`."""
_PULL_SECONDS = 1800
"""As long as a build may take: the slowest way to get an image."""


def registry() -> str:
    """The registry that the environment names; empty if it names none."""
    return os.environ.get(VARIABLE, "").strip().rstrip("/")


def taken_from(source: str, name: str, progress: Callable[[str], None]) -> bool:
    """Take an image from a registry, for its own name here. Whether it was there to be taken.

    What keeps it from being taken is told, and is no error: the image can be built.

    Args:
        source: the registry, and the path in it.
        name: the image's name here, with its tag.
        progress: called with a line for the person who waits.

    Raises:
        UnavailableError: no engine answers.
    """
    repository, _, tag = name.rpartition(":")
    there = f"{source.rstrip('/')}/{repository}"
    with engine(seconds=_PULL_SECONDS) as client:
        progress(f"Looking for {there}:{tag}")
        try:
            image = client.images.pull(there, tag=tag)
        except docker.errors.NotFound:
            progress(f"It is not there, so it is built: {name}")
            return False
        except docker.errors.APIError as error:
            progress(f"It cannot be taken from there ({_reason(error)}), so it is built: {name}")
            return False
        image.tag(repository, tag=tag)
        # The name here keeps the image; one under the registry's name would be left behind.
        client.images.remove(f"{there}:{tag}", noprune=True)
        return True


def _reason(error: docker.errors.APIError) -> str:
    return " ".join(str(error.explanation or error).split()).rstrip(".")
