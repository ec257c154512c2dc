"""Grades exercises in database migrations. The verdicts come from the database."""

__version__ = "0.1.0"
