"""A submission: finds it, copies its files to a staging folder, and reads them without running any.

Must not know what a submission is tried with, or how it is judged.
"""
