"""What a person hands in: finds it, copies its files safely, and reads what they say without running any.

Must not know what a submission is tried with, or how it is judged.
"""
