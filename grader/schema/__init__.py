"""Schemas as values: taking a snapshot of a database, and comparing two snapshots."""
