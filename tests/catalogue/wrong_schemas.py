"""Placeholder."""

from __future__ import annotations

from tests.catalogue.case import Case

WRONG_SCHEMAS: tuple[Case, ...] = ()
