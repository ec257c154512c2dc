"""Disposable PostgreSQL servers: one protocol (`interface`), three ways to get one, and databases in them.

Must not know what a submission does with its database.
"""
