"""How the hint of each diagnosis is followed: one module for each family, one entry for each diagnosis.

The tests follow every way for real, and the documentation shows it as a difference of files.
"""

from __future__ import annotations

from tests.catalogue.follow import (
    chain,
    configuration,
    connection,
    effects,
    files,
    imports,
    limits,
    models,
    offline,
    python_code,
    row_data,
    schema_changes,
    schema_names,
    server,
    transactions,
    versions,
)
from tests.catalogue.follow.way import Way, Ways

WAYS: Ways = {
    **chain.WAYS,
    **configuration.WAYS,
    **connection.WAYS,
    **effects.WAYS,
    **files.WAYS,
    **imports.WAYS,
    **limits.WAYS,
    **models.WAYS,
    **offline.WAYS,
    **python_code.WAYS,
    **row_data.WAYS,
    **schema_changes.WAYS,
    **schema_names.WAYS,
    **server.WAYS,
    **transactions.WAYS,
    **versions.WAYS,
}
"""The ways to follow each diagnosis, by its id."""

__all__ = ["WAYS", "Way"]
