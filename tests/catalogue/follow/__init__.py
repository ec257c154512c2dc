"""How the hint of each diagnosis is followed: one module for each family, one entry for each diagnosis.

The tests follow every way for real, and the documentation shows it as a difference of files.
"""

from __future__ import annotations

from tests.catalogue.follow import connection, imports
from tests.catalogue.follow.way import Way, Ways

WAYS: Ways = {**connection.WAYS, **imports.WAYS}
"""The ways to follow each diagnosis, by its id."""

__all__ = ["WAYS", "Way"]
