"""Runs a submission's chain up and down on one server, and records what the database shows after each step.

Must not know what is asked of the submission: nothing in here judges.
"""
