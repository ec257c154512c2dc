"""The grader inside other programs: pytest, GitHub Actions, Gradescope, and the handout for students.

Each calls `runs`. Must not know each other, or how a verdict comes about.
"""
