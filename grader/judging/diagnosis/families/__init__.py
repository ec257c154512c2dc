"""The diagnoses, family by family. A family's module declares its diagnoses; nothing else lists them."""

from __future__ import annotations

from collections.abc import Mapping

from grader.judging.diagnosis.families import (
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
    unrecognised,
    versions,
)
from grader.judging.diagnosis.interface import DiagnosisKind, Family

FAMILIES: tuple[Family, ...] = (
    offline.FAMILY,
    files.FAMILY,
    connection.FAMILY,
    versions.FAMILY,
    configuration.FAMILY,
    imports.FAMILY,
    chain.FAMILY,
    row_data.FAMILY,
    server.FAMILY,
    schema_names.FAMILY,
    schema_changes.FAMILY,
    models.FAMILY,
    python_code.FAMILY,
    effects.FAMILY,
    transactions.FAMILY,
    limits.FAMILY,
    unrecognised.FAMILY,
)
"""In the order in which their patterns are tried.

The order is part of the meaning. What names a cause goes before what names a symptom; Alembic and the
database go before plain Python errors; the patterns that match any error of SQLAlchemy or Python come last.
Those for steps without a database look at no other step.
"""

KINDS: Mapping[str, DiagnosisKind] = {
    name: kind for family in FAMILIES for name, kind in family.kinds.items()
}
"""Every diagnosis, by its id."""
