"""The `grader` command: a module for each command, and what a person sees while it runs.

Turns arguments into calls of `runs`, and errors into a message and an exit code. Must not know how a
submission is tried or judged.
"""
