"""Jobs as a CI system runs them: what is checked out, their machine, and a pull request that tries a lot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conftest import missing
from grader.errors import UnavailableError
from grader.runtime.engine.image import Image
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.integration.command import CHECKOUT, REFERENCE, reference
from tests.integration.composite import Machine, Run, Step, load
from tests.integration.course import Course

ACTION = CHECKOUT / ".github" / "actions" / "grade" / "action.yml"
INSTALL = "Install the grader"
EMBEDDED = {"postgres": "embedded", "isolation": "none"}
NAME = "two words & ::error::x\nline"
TRICK = "import pathlib; pathlib.Path(__file__).with_name('pwned').touch()\n"
OUTPUT = "::error::pwned\n  ::set-output name=result::pwned\n##[error]pwned\n::stop-commands::pwned\n"
DOCKERFILE = """
FROM debian:trixie-slim
RUN apt-get update \\
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \\
        ca-certificates git python3 python3-venv \\
    && rm -rf /var/lib/apt/lists/*
"""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = (
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
)


class Here:
    """This machine."""

    def bash(
        self, script: str, environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """See `Machine.bash`."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )


@dataclass
class Job:
    """A job on a machine of its own, with a repository checked out."""

    top: Path
    event: str = "pull_request"
    reference: str = "refs/pull/1/merge"
    machine: Machine = field(default_factory=Here)
    python: str = sys.executable

    def __post_init__(self) -> None:
        """Make its folders."""
        self.workspace = self.top / "workspace"
        self.temporary = self.top / "temporary"
        self.artifacts = self.top / "artifacts"
        self.cached: Path | None = None
        for folder in (self.workspace, self.temporary, self.artifacts):
            folder.mkdir(parents=True)
        self.summary = self.temporary / "summary.md"
        self.environment: dict[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.top),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(self.top / "action" / ACTION.parent.relative_to(CHECKOUT)),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temporary),
            "RUNNER_ARCH": "X64",
        }

    @property
    def folder(self) -> Path:
        """Where the action keeps all that is its own."""
        return self.temporary / "migration-grader"

    def install(self) -> None:
        """Put the grader that is tested where the action would install it."""
        environment = self.folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        (packages,) = environment.glob("lib/python*/site-packages")
        (packages / "tested.pth").write_text(
            f"{CHECKOUT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8"
        )
        program = environment / "bin" / "grader"
        program.write_text(
            f"#!{environment}/bin/python\nfrom grader.cli.main import main\nmain()\n", encoding="utf-8"
        )
        program.chmod(0o755)

    def prepare(self, commit: str, before: str = "") -> Run:
        """Make the action ready to run."""
        contexts = {
            "github.event_name": self.event,
            "github.sha": commit,
            "github.ref": self.reference,
            "github.workspace": str(self.workspace),
            "github.token": "a-token",
            "github.event.before": before,
            "github.event.repository.default_branch": "main",
            "runner.temp": str(self.temporary),
        }
        actions = {
            "actions/setup-python": lambda _: {"python-path": self.python},
            "actions/cache/restore": lambda _: {"cache-hit": ""},
            "actions/cache/save": self._save,
            "actions/upload-artifact": self._upload,
        }
        return Run(load(ACTION), contexts, self.machine, actions, self.environment)

    def grade(self, commit: str, before: str = "", **inputs: str) -> Run:
        """Run the action, but for the installation."""
        self.install()
        run = self.prepare(commit, before)
        run.start({**EMBEDDED, **inputs}, leave_out=(INSTALL,))
        return run

    def report(self, name: str) -> dict[str, Any]:
        """A submission's report, out of the artifact."""
        with zipfile.ZipFile(self.artifacts / "grading-reports.zip") as archive:
            loaded: dict[str, Any] = json.loads(archive.read(f"reports/{name}/grade.json"))
        return loaded

    def _upload(self, step: Step) -> Mapping[str, str]:
        shutil.copy(step.given["path"], self.artifacts)
        return {}

    def _save(self, step: Step) -> Mapping[str, str]:
        self.cached = Path(step.given["path"]).rename(self.top / "cached.tar")
        return {}


class Container:
    """A machine that has git and Python, and what a job would have checked out."""

    def __init__(self, name: str) -> None:
        """Take over a container that runs."""
        self._name = name

    def bash(
        self, script: str, environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """See `Machine.bash`."""
        variables = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(
            ["docker", "exec", *variables, f"--workdir={folder}", self._name, *shell],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )


@contextmanager
def clean_container(shared: Path) -> Iterator[Container]:
    """A fresh container in which a folder is where it is here."""
    engine_or_missing()
    try:
        image = Image("migration-grader-test-job", {"Dockerfile": DOCKERFILE.encode()}).ensure(print)
    except UnavailableError as error:
        missing(f"{error.message} {error.next_step}")
    options = [f"--user={os.getuid()}:{os.getgid()}", f"--volume={shared}:{shared}"]
    if CERTIFICATES.exists():  # a proxy in the way may have one of its own
        options += [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro", f"--env=PIP_CERT={CERTIFICATES}"]
    options += [f"--env={name}" for name in PASSED_ON if name in os.environ]
    done = subprocess.run(
        ["docker", "run", "--detach", "--rm", "--init", *options, image, "sleep", "1200"],
        capture_output=True,
        text=True,
        check=True,
    )
    try:
        yield Container(done.stdout.strip())
    finally:
        subprocess.run(["docker", "kill", done.stdout.strip()], capture_output=True, check=True)


def engine_or_missing() -> None:
    """Skip where no engine answers."""
    answers = shutil.which("docker") and subprocess.run(
        ["docker", "version"], capture_output=True, check=False
    )
    if not answers or answers.returncode != 0:
        missing("no container engine answers")


@pytest.fixture
def job(tmp_path: Path, embedded_backend: EmbeddedBackend) -> Job:
    """A job that runs for a pull request, where there is an embedded server."""
    assert embedded_backend.problem() is None
    return Job(tmp_path / "job")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with an assignment of its own, and one submission."""
    title = 'title = "The course\'s own"'
    text = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    return Course(
        tmp_path / "course",
        {
            "grading/assignment.toml": text.replace(
                'title = "Exercise 4: database migrations with Alembic"', title
            ),
            "grading/reference_schema.sql": (REFERENCE / "reference_schema.sql").read_text(encoding="utf-8"),
            "submissions/grace": REFERENCE,
        },
    )


def hostile_change(tmp_path: Path) -> dict[str, str | Path | None]:
    """A pull request with a right and a wrong answer, that tries to have a say in how it is graded."""
    wrong = reference(
        tmp_path / "wrong",
        ("alembic/versions/9e42*.py", "sa.Text()", "sa.String(100)"),
        (
            "alembic/versions/672b*.py",
            "def downgrade() -> None:\n",
            f"def downgrade() -> None:\n    print({OUTPUT!r})\n    raise RuntimeError({OUTPUT!r})\n",
        ),
    )
    assignment = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    modules = ("venv", "pip", "grader", "sitecustomize", "usercustomize", "zipfile", "docker", "conftest")
    return {
        "submissions/ada": REFERENCE,
        f"submissions/{NAME}": wrong,
        "grading/assignment.toml": assignment.replace("max_score = 100", "max_score = 1"),
        "pyproject.toml": "[tool.alembic]\n",
        ".github/workflows/grade.yml": "on: push\n",
        **{f"{name}.py": TRICK for name in modules},
        **{f"{name}/__init__.py": TRICK for name in modules},
    }
