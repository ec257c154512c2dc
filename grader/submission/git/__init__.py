"""Submissions that are git repositories: their addresses, fetching them, and reading what a commit holds.

Runs git on data only, with settings of ours. Must not know what is done with the files.
"""
