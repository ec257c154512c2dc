"""The grader inside other programs: pytest, GitHub Actions, Gradescope, and the handout for students.

Each calls `runs`. They must not know each other, or how a verdict is made.
"""
