"""Whole runs: one submission from its path to its report, many side by side, and runs over saved results.

The only room that knows both ends. Must not know the command line, or what a person is shown meanwhile.
"""
