"""Grading on the workers of a Dask cluster: messages, the part of a worker, and the runner.

Must not know how one submission is tried.
"""
