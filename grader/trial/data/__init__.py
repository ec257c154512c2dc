"""Rows of the assignment: puts them in just before a revision, and asks what became of them.

It knows tables, rows and queries, and finds the revision by the schemas that were seen. It must not know
which answers are right.
"""
