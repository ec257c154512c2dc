"""The requirements of an assignment: what may stand there, and what is wrong with what stands there instead.

Each names one package in one exact version, so that a class is graded with the same packages everywhere. Must
not know how packages are installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

OLDEST: Mapping[str, str] = MappingProxyType({"sqlalchemy": "2.0", "alembic": "1.13"})
"""The oldest versions that students' code can be run with."""
_ADDRESS = re.compile(r"\s@\s|^(?:git\+|https?:|file:|\.{0,2}/)|^[^\[;=<>~!]*[/\\]|\.whl$|\.tar\.gz$")


def name_of(requirement: str) -> str:
    """The package that a requirement is about, in lower case; the whole text if there is none in it."""
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement


def problem_of(requirement: str) -> str | None:
    """What is wrong with a requirement and what to write instead, as sentences; None if nothing is."""
    if "--hash" in requirement or requirement.endswith("\\"):
        return "has a hash. Leave hashes out: `pip freeze` writes none, `uv export --no-hashes` neither."
    if requirement.startswith("-"):
        return "is an option of pip. Write packages with their exact versions alone."
    if _ADDRESS.search(requirement):
        return "is an address. Name a package of the package index, such as `flask==3.1.0`."
    try:
        return _problem_of_version(Requirement(requirement))
    except InvalidRequirement:
        return "is no requirement as pip writes it. Write a package and its exact version: `flask==3.1.0`."


def _problem_of_version(read: Requirement) -> str | None:
    exact = [item for item in read.specifier if item.operator == "==" and not item.version.endswith(".*")]
    if len(exact) != 1 or len(read.specifier) != 1:
        shown = f"{read.name}[{','.join(sorted(read.extras))}]" if read.extras else read.name
        return (
            f"is no exact version. Write `{shown}==` and the version that the class uses: `pip freeze` shows "
            f"it, and `pip index versions {read.name}` those that there are."
        )
    oldest = OLDEST.get(canonicalize_name(read.name))
    if oldest is not None and Version(exact[0].version) < Version(oldest):
        return f"is too old: students' code is run with {read.name} {oldest} or later."
    return None
