"""The versions of software that verdicts depend on; they must be the same on all machines of a run."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from grader import __version__
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import PACKAGES, pinned_packages, sandbox_image


def software() -> dict[str, str]:
    """Versions by name, on this machine.

    Raises:
        UnavailableError: a package that students' code needs is not installed.
    """
    return {
        "grader": __version__,
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **pinned_packages(PACKAGES),
        "the image of PostgreSQL": postgres_image().name,
        "the image of the sandbox": sandbox_image().name,
    }


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The differences between two machines, in words; empty if there are none."""
    return ", ".join(
        f"{name} is {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    )
