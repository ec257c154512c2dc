"""Every console command that README.md and docs/ show is run, in a folder with what the pages suppose.

A block that cannot be run says why in a comment right above it, `<!-- not run: ... -->`; what it has of the
`grader` command is still checked against the parser. Grading is done on the embedded server and unconfined,
where the page leaves it to `auto`: that changes no argument that is written there.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.cli.main import parser
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.catalogue.case import Case

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
)
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^```console\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL
)
WHOLE_SUITE = ("python3 -m venv .venv", ".venv/bin/pip install ", ".venv/bin/tox")
"""What sets up and runs the very suite that this test is a part of."""
REPORT = re.compile(r"`(reports/[^`\s]+\.(?:html|xml))`")
"""A file that a page says is there after its commands."""
SECONDS = 300
SHIM = """#!/bin/sh
if [ "$1" = grade ]; then
    case "$*" in *--isolation\\ [!a]*) ;; *) set -- "$@" --isolation none ;; esac
    case "$*" in *--postgres*) ;; *) set -- "$@" --postgres embedded ;; esac
fi
exec {python} -m grader "$@"
"""


@dataclass(frozen=True)
class Block:
    """One block of commands."""

    page: str
    line: int
    commands: tuple[str, ...]
    reason: str | None
    """Why it is not run."""

    @property
    def to_run(self) -> tuple[str, ...]:
        """What is to be run here."""
        wanted = self.commands if self.reason is None else ()
        return tuple(command for command in wanted if not command.startswith(WHOLE_SUITE))


def blocks(page: str) -> Iterator[Block]:
    """The blocks of commands in a page; a backslash at the end of a line joins the next one to it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        lines = match["lines"].replace("\\\n", " ").splitlines()
        commands = tuple(line.strip() for line in lines if line.strip())
        yield Block(page, text.count("\n", 0, match.start("lines")), commands, match["reason"])


ALL = [block for page in PAGES for block in blocks(page)]
RUN = sorted({block.page for block in ALL if block.to_run})


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """What the pages suppose: submissions, a roster, a changed assignment, a clone's reference solution."""
    ada = Case("ada", "All is right.", ())
    ada.write(tmp_path / "ada")
    ada.write(tmp_path / "submissions" / "ada")
    for folder in (tmp_path, tmp_path / "submissions"):
        shutil.make_archive(str(folder / "grace"), "zip", tmp_path / "ada")
    (tmp_path / "roster.csv").write_text(
        "submission,name,email,canvas_id\nada,Ada,ada@example.org,1\ngrace,Grace,grace@example.org,2\n",
        encoding="utf-8",
    )
    shutil.copytree(ROOT / "reference_solution", tmp_path / "reference_solution")
    for name in ("course", "docs"):
        (tmp_path / name).mkdir()
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(ROOT / "reference_solution" / name, tmp_path / "course" / name)
    programs = tmp_path / ".programs"
    programs.mkdir()
    (programs / "grader").write_text(SHIM.format(python=shlex.quote(sys.executable)), encoding="utf-8")
    (programs / "python").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8"
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    return tmp_path


def run(command: str, scratch: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{scratch / '.programs'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=scratch,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_there_are_commands_to_run() -> None:
    assert {"README.md", "docs/start/class.md", "docs/start/ci.md"} <= set(RUN)


@pytest.mark.postgres
@pytest.mark.parametrize("page", RUN)
def test_commands_of_a_page_do_what_it_says(
    page: str, scratch: Path, embedded_backend: EmbeddedBackend
) -> None:
    assert embedded_backend.problem() is None
    for block in blocks(page):
        for command in block.to_run:
            done = run(command, scratch)
            assert done.returncode == 0, f"{page}, line {block.line}: {command}\n{done.stdout}{done.stderr}"
    if page.startswith("docs/start/"):
        for name in REPORT.findall((ROOT / page).read_text(encoding="utf-8")):
            assert (scratch / name.replace("<id>", "ada")).is_file(), name


@pytest.mark.parametrize("block", ALL, ids=lambda block: f"{block.page}:{block.line}")
def test_every_grader_command_is_one_that_there_is(block: Block) -> None:
    for command in block.commands:
        words = shlex.split(command, comments=True)
        if words[:1] == ["grader"]:
            parser().parse_args(words[1:])  # ends in SystemExit where the command line is wrong
