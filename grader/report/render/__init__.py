"""The report in its formats, one module for each.

Must not know how a verdict came about: a renderer sees the report and its details, never observations.
"""
