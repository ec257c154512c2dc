"""Makes pages of the documentation site from the code, at every build.

MkDocs calls `hooks`. All other modules are plain functions from values of the grader to Markdown.
"""
