"""Measures `grader regrade` over many submissions, which are copies of the reports in a folder.

    python benchmarks/regrade.py REPORTS [COUNT]

REPORTS is a folder that `grader grade` wrote, with any formats. Prints the seconds of five runs over COUNT
submissions, by default 1,000, and their median. The first run writes every page again, because the pages of
the copies hold the old names. In the other runs nothing changes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

RUNS = 5
MANY = 1000


def copy_many(reports: Path, folder: Path, count: int) -> None:
    """Fill a folder with copies of the reports of submissions, each with a new id."""
    originals = [path.parent for path in sorted(reports.glob("*/observations.json"))]
    if not originals:
        sys.exit(f"{reports} holds no submission with an observations.json")
    for file in reports.iterdir():
        if file.is_file() and file.name != "grades.csv":
            shutil.copy(file, folder)
    for number in range(count):
        original = originals[number % len(originals)]
        copy = folder / f"{original.name}_{number}"
        shutil.copytree(original, copy)
        for name in ("observations.json", "grade.json"):
            document = json.loads((copy / name).read_bytes())
            document["submission"]["id"] = copy.name
            (copy / name).write_text(json.dumps(document), encoding="utf-8")


def main() -> None:
    """Copy the reports, run the command, and print the times."""
    reports = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else MANY  # noqa: PLR2004 - the program, REPORTS, COUNT
    with TemporaryDirectory(prefix="regrade-") as name:
        copy_many(reports, Path(name), count)
        taken = []
        for run in range(1, RUNS + 1):
            began = time.monotonic()
            subprocess.run(
                [sys.executable, "-m", "grader", "regrade", name], check=True, stdout=subprocess.DEVNULL
            )
            taken.append(time.monotonic() - began)
            sys.stdout.write(f"run {run}: {taken[-1]:.2f} s for {count} submissions\n")
        sys.stdout.write(f"median: {median(taken):.2f} s\n")


if __name__ == "__main__":
    main()
