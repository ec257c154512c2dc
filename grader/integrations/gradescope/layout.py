"""What lies where in the zip, and so below `/autograder/source`: for the one who packs and the one who runs.

Imports nothing, so that it works in a container that has only what grading needs.
"""

from __future__ import annotations

SCRIPTS = ("setup.sh", "run_autograder")
"""At the zip's root, where Gradescope looks for them."""
ASSIGNMENT = "assignment/assignment.toml"
HARNESS = "harness"
"""The folder of the grader's own package."""
REQUIREMENTS = f"{HARNESS}/requirements.txt"
