"""What a submission needs and the place where it was tried does not have: a fault of neither.

`trial` finds it, where a step failed. Must not know which other place has it, or what follows for a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.observations.extensions import TRUSTED


class LackKind(StrEnum):
    """What is lacking."""

    EXTENSION = "extension"
    """An extension of PostgreSQL; the name is the extension's."""
    COLLATION = "collation"
    """A collation or locale of PostgreSQL; the name is the collation's."""
    ICU = "icu"
    """Collations of ICU as a whole, or one of them; the name is the collation's, or `ICU`."""
    POSTGRES = "postgres"
    """A newer PostgreSQL; the name is what it has, `version` the first release with it (`18`)."""
    NEWER_PYTHON = "newer_python"
    """A newer Python; the name is the file or the name that needs it, `version` the first that will do."""
    OLDER_PYTHON = "older_python"
    """An older Python; the name is what was removed, `version` the first release without it (`3.13`)."""


@dataclass(frozen=True)
class Lack:
    """One thing that was lacking."""

    kind: LackKind
    name: str
    version: str = ""
    """Which version of Python or PostgreSQL, for kinds that are about one."""

    @property
    def of_this_build(self) -> bool:
        """Whether another build of PostgreSQL on the same machine may have it."""
        if self.kind is LackKind.EXTENSION:
            return self.name in TRUSTED
        return self.kind is LackKind.ICU
