"""The report of a submission as a value, the files that are made of it, and how they are read back.

Must not know how a verdict came about: a renderer sees the report and its details, never observations.
"""
