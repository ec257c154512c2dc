"""The package as a wheel, alone in an environment of its own: its command grades."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from grader import __version__
from tests.integration.command import CHECKOUT, reference

SECONDS = 300


def run(*command: str | Path, folder: Path) -> str:
    """Run a program that ends with 0; give what it prints."""
    done = subprocess.run(
        list(command),
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.postgres
@pytest.mark.skipif(sys.platform == "win32", reason="programs are in another folder there")
def test_the_wheel_grades_without_a_checkout(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", tmp_path / "dist", CHECKOUT, folder=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.split("-")[1] == __version__

    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=tmp_path)
    python = environment / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    (packages,) = environment.glob("lib/python*/site-packages")
    # Its requirements are from this environment. The checkout is not: `.pth` files there are not read. They
    # come after the wheel, which pip would else take for installed.
    (packages / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    found = run(python, "-c", "import grader; print(grader.__file__)", folder=tmp_path)
    assert Path(found.strip()).is_relative_to(environment)

    out = tmp_path / "reports"
    answer = reference(tmp_path / "answer")
    options = ("--postgres", "embedded", "--isolation", "none", "--format", "json", "--out", out)
    run(environment / "bin" / "grader", "grade", answer, *options, folder=tmp_path)
    (report,) = out.glob("*/grade.json")
    assert json.loads(report.read_bytes())["score"] == 100.0
