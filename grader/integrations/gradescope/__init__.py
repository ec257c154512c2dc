"""The grader as a program for Gradescope: the zip to upload, and what runs inside Gradescope's container.

Must not know how a verdict is made.

The constants are paths in the zip, which Gradescope unpacks into `/autograder/source`.
"""

from __future__ import annotations

SCRIPTS = ("setup.sh", "run_autograder")
"""At the zip's root, where Gradescope looks for them."""
ASSIGNMENT = "assignment/assignment.toml"
HARNESS = "harness"
"""The folder of the grader's own package."""
REQUIREMENTS = f"{HARNESS}/requirements.txt"
