"""The report in its formats, one module each. Nothing in here knows how a verdict came about.

A renderer gets a `GradeReport` (or many), the pages also its `ReportDetails`. Of the harness it imports
nothing but `grader.report`, `grader.details`, `grader.errors`, `grader.untrusted_text` and its neighbours.
"""
