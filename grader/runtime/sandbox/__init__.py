"""Where students' code runs: one protocol (`interface`), whatever keeps the code in.

Must not know which steps are run, or why.
"""
