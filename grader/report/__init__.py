"""The report of a submission as a value, the files that it becomes, and reading those files back.

Must not know how a verdict came about: a renderer sees the report and its details, never observations.
"""
