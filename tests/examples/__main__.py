"""`python -m tests.examples FOLDER` writes the wrong answers to all exercises into `FOLDER/<exercise>/`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.examples import NAMES, wrong_answers

if __name__ == "__main__":
    for exercise in NAMES:
        for answer in wrong_answers(exercise):
            answer.write(Path(sys.argv[1], exercise, answer.name))
