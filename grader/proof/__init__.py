"""Proves rubrics and drafts them: makes answers of a reference solution, and says what came of them.

Must not know where submissions are tried, or what a person is shown meanwhile.
"""
