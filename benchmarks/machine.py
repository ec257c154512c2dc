"""Describes the machine, the date and the releases of a measurement."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.chains import CHECKOUT
from benchmarks.pytest_alembic_venv import PLUGIN
from grader.runtime.machine import cores

_QUIET = 0.25
"""The highest load for each core of an idle machine."""
_PACKAGES = ("alembic", "sqlalchemy", "flask")


def describe() -> dict[str, str]:
    """The date, the machine and the releases, by their names on the page."""
    count = cores()
    facts = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{count} cores of {_processor()}, {_memory()}, {platform.system()} {platform.release()}",
        "container engine": _said("docker", "version", "--format", "{{.Server.Version}}") or "none",
        "Python": platform.python_version(),
        "packages": ", ".join([*(f"{name} {metadata.version(name)}" for name in _PACKAGES), PLUGIN]),
        "grader": _said("git", "-C", str(CHECKOUT), "describe", "--always", "--dirty")
        or "not from a repository",
    }
    load = os.getloadavg()[0]
    busy = "" if load < count * _QUIET else ": busy with other things, so these figures are not worth quoting"
    return {**facts, "load before": f"{load:.1f}{busy}"}


def _processor() -> str:
    lines = _lines("/proc/cpuinfo", "model name")
    return lines[0] if lines else platform.processor() or platform.machine()


def _memory() -> str:
    lines = _lines("/proc/meminfo", "MemTotal")
    return f"{int(lines[0].split()[0]) / 1024**2:.0f} GB" if lines else "memory unknown"


def _lines(path: str, name: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError:
        return []
    return [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(name)]


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
