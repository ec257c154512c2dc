"""The assignment as a value, the TOML file that it is read from, and the reference schema beside it.

Must not know how a submission is tried, or what a criterion means.
"""
