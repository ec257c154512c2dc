"""Holds the assignment as a value, and reads it from its TOML file and the reference schema beside that file.

Must not know how a submission is tried, or how a criterion is judged.
"""
