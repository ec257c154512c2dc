"""Reference solutions for the tests of operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.proof.operators import read_project
from tests.catalogue.case import REFERENCE

if TYPE_CHECKING:
    from grader.proof.operators import Project


@pytest.fixture(scope="session")
def reference() -> Project:
    """The exercise's own reference solution."""
    return read_project(REFERENCE, without=("assignment.toml", "reference_schema.sql"))
