"""Compares two schema snapshots: strictly (a schema with itself) or by what they enforce (with another's).

Must not know what a difference is worth.
"""
