"""Grades a class in a process of its own and prints that process's peak memory: a program for a test.

`python -m tests.integration.peak_memory FOLDER OUT` prints megabytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grader.cli.main import main

if __name__ == "__main__":
    arguments = ["grade", "--all", sys.argv[1], "--out", sys.argv[2], "--postgres", "embedded"]
    try:
        main([*arguments, "--isolation", "none", "--jobs", "2", "--format", "html,json,md,junit,csv"])
    finally:
        # Only this process counts, not the ones that it has started.
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
        sys.stdout.write(f"peak {int(peak) // 1024}\n")
