"""Reads a database's schema, from PostgreSQL's catalog alone, into a snapshot.

Must not know what a snapshot is compared with.
"""
