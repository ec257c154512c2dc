"""The grader as a program for Gradescope: the zip to upload, and what runs inside Gradescope's container.

Must not know how a verdict is made.
"""
