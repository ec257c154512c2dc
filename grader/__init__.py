"""A grading harness for database-migration exercises: verdicts that follow from the database."""

__version__ = "0.1.0"
