"""Grading on the workers of a Dask cluster: what travels, what workers do, and the runner that sends it.

Must not know how one submission is tried.
"""
