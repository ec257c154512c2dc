"""Every console command that README.md, CONTRIBUTING.md and docs/ show is run, with what the pages suppose.

A block that cannot be run says why in a comment right above it, `<!-- not run: ... -->`; what it has of the
`grader` command is still checked against the parser. Grading is done on the embedded server and unconfined,
where the page leaves it to `auto`: that changes no argument that is written there.

`tox` makes environments. So the test calls here what `tox -e NAME -- ARGUMENTS` would call in its own. Tests
are only collected, for they may be the whole suite. `.ci/run` runs the commands that set up and the one that
tests everything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.__main__ import parser as benchmarks_parser
from grader.cli.main import parser
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.catalogue.case import Case

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
)
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^```console\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r'^```\w+ title="(?P<path>[^"\n]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
"""A file that a page shows whole, with its path."""
WHOLE_SUITE = ("python3 -m venv .venv", ".venv/bin/pip install ", ".venv/bin/tox")
"""What sets up and runs the very suite that this test is a part of."""
REPORT = re.compile(r"`(reports/[^`\s]+\.(?:html|xml))`")
"""A file that a page says is there after its commands."""
TOX = ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini", encoding="utf-8")
POSARGS = re.compile(r"\{posargs(?::([^}]*))?\}")
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


def in_tox(command: str) -> tuple[str, list[str]]:
    """The environment that a `tox` command names, and its last command with the arguments behind `--`."""
    words = shlex.split(command, comments=True)
    end = words.index("--") if "--" in words else len(words)
    options, more = words[1:end], words[end + 1 :]
    assert options[:1] == ["-e"], command
    name = options[1]
    section = f"testenv:{name}"
    assert section in TOX or name in TOX["tox"]["env_list"].split(), f"tox.ini has no environment {name}"
    last = TOX[section if section in TOX else "testenv"]["commands"].strip().splitlines()[-1]
    return name, shlex.split(POSARGS.sub(lambda match: shlex.join(more) or match[1] or "", last))


ALL = [block for page in PAGES for block in blocks(page)]
IN_TOX = sorted(
    {
        command
        for block in ALL
        for command in block.commands
        if block.reason is None and command.startswith(".venv/bin/tox -e ")
    }
)
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
    shutil.copytree(ROOT / "student_template", tmp_path / "student_template")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    ada.write(tmp_path / "path" / "to" / "submissions" / "ada")
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
    assert {"README.md", "docs/start/class.md", "docs/start/ci.md", "docs/start/exercise.md"} <= set(RUN)


@pytest.mark.postgres
@pytest.mark.parametrize("page", RUN)
def test_commands_of_a_page_do_what_it_says(
    page: str, scratch: Path, embedded_backend: EmbeddedBackend
) -> None:
    assert embedded_backend.problem() is None
    for shown in FILE.finditer((ROOT / page).read_text(encoding="utf-8")):
        file = scratch / shown["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown["text"], encoding="utf-8")
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


@pytest.mark.postgres
@pytest.mark.parametrize("command", IN_TOX)
def test_what_tox_would_call_does_what_it_should(
    command: str, scratch: Path, embedded_backend: EmbeddedBackend
) -> None:
    assert embedded_backend.problem() is None
    name, words = in_tox(command)
    if words[0] == "pytest":
        call = [sys.executable, "-m", *words, "-n0", "--no-cov", "--collect-only", "-q"]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    elif words[0] == "grader":
        done = run(shlex.join(words).replace("--isolation auto", "--isolation none"), scratch)
    elif words[:3] == ["python", "-m", "benchmarks"]:  # an hour of work
        benchmarks_parser().parse_args(words[3:])
        return
    else:
        assert name in TOX["tox"]["env_list"].split(), f"nobody runs {command}"
        return
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_what_sets_up_and_runs_all_is_run_by_ci() -> None:
    run_by_ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("GRADER_REQUIRE_ALL=1 ", "")
    lines = [line.strip() for line in run_by_ci.splitlines()]
    for block in ALL:
        for command in block.commands:
            if block.reason is None and command.startswith(WHOLE_SUITE) and command not in IN_TOX:
                assert command.partition("#")[0].strip() in lines, f"{block.page}: nobody runs {command}"
