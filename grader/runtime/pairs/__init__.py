"""Pairs of a PostgreSQL backend and an isolation: what each needs, tried together, and which one is taken.

Must not know what a submission is, or how it is graded.
"""
