"""The paths of the files in the zip, which Gradescope unpacks into `/autograder/source`.

Imports nothing: `package` uses it where the zip is made, `run` in Gradescope's container.
"""

from __future__ import annotations

SCRIPTS = ("setup.sh", "run_autograder")
"""At the zip's root, where Gradescope looks for them."""
ASSIGNMENT = "assignment/assignment.toml"
HARNESS = "harness"
"""The folder of the grader's own package."""
REQUIREMENTS = f"{HARNESS}/requirements.txt"
