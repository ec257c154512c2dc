"""The naive script: Alembic commands one by one, `pg_dump`, and a comparison of texts.

    python -m benchmarks.naive SUBMISSION IMAGE [DUMP...]

grades one submission on a new server and prints its complaints. The exit code is 1 if there are any. Each
DUMP is a file with a right dump. Imports very little, so that it starts as fast as a script.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import BenchmarkError, Finished, run_limited
from benchmarks.projects import Project, environment, find_project
from benchmarks.servers import DATABASE, docker, fresh_server

STEP_SECONDS = 30.0
"""The time limit of one command, the same as in the grader."""
_LEAST_REVISIONS = 3


class Script:
    """The commands for one submission, on an empty database."""

    def __init__(
        self,
        project: Project,
        variables: Mapping[str, str],
        dumped: Callable[[], str],
        right: Sequence[str],
    ) -> None:
        """Run nothing yet.

        Args:
            project: the project of the submission.
            variables: environment variables with the URL of the database.
            dumped: returns a dump of the schema of that database.
            right: the right dumps; without any, every dump is right.
        """
        self._project = project
        self._environment = environment(variables)
        self._dumped = dumped
        self._right = right
        self._back = () if project.flask else ("-1",)  # `flask db downgrade` would take it for an option

    def complaints(self) -> Iterator[str]:
        """Run the commands one after the other, and yield the complaints."""
        if self._alembic("upgrade", "head").code != 0:
            yield "`upgrade head` fails"
            return
        current = self._alembic("current")
        if current.code != 0 or "(head)" not in current.output:
            yield "`current` does not name the head"
        history = self._alembic("history")
        revisions = history.output.count(" -> ")
        if history.code != 0 or revisions < _LEAST_REVISIONS:
            yield "`history` does not list three revisions"
        yield from self._try("downgrade", *self._back)
        yield from self._try("upgrade", "head")
        schema = self._dumped()
        if self._right and schema not in self._right:
            yield "the schema differs from the reference's"
        yield from self._try("check")
        for _ in range(revisions):
            yield from self._try("downgrade", *self._back)
        for _ in range(revisions):
            yield from self._try("upgrade", "+1")
        if self._dumped() != schema:
            yield "the schema differs after all the way down and up"
        # The exercise asks for migrations that work offline, too.
        yield from self._try("upgrade", "head", "--sql")
        yield from self._try("downgrade", "head:base", "--sql")

    def _try(self, *arguments: str) -> Iterator[str]:
        if self._alembic(*arguments).code != 0:
            yield f"`{' '.join(arguments)}` fails"

    def _alembic(self, *arguments: str) -> Finished:
        return run_limited(
            self._project.command(*arguments),
            seconds=STEP_SECONDS,
            cwd=self._project.folder,
            environment=self._environment,
        )


def dump(container: str, database: str = DATABASE) -> str:
    """The schema of a database as `pg_dump` writes it, without lines that differ in every run."""
    who = ("--username=postgres", "--host=/tmp")
    lines = docker("exec", container, "pg_dump", "--schema-only", *who, database).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def make_reference(submission: Path, image: str, scratch: Path) -> str:
    """The dump of a right answer, made on a new server.

    Raises:
        BenchmarkError: its upgrade fails.
    """
    with fresh_server(image) as server, TemporaryDirectory(dir=scratch) as folder:
        copy = shutil.copytree(submission, Path(folder) / "submission")
        project = find_project(copy)
        done = run_limited(
            project.command("upgrade", "head"),
            seconds=STEP_SECONDS,
            cwd=project.folder,
            environment=environment(server.variables),
        )
        if done.code != 0:
            raise BenchmarkError(f"{submission} is not a right answer: {done.output[-500:]}")
        return dump(server.container)


def main() -> None:
    """Grade one submission."""
    submission, image, *dumps = sys.argv[1:]
    right = [Path(path).read_text(encoding="utf-8") for path in dumps]
    with fresh_server(image) as server:
        project = find_project(Path(submission))
        complaints = list(
            Script(project, server.variables, lambda: dump(server.container), right).complaints()
        )
    sys.exit("\n".join(complaints) or 0)


if __name__ == "__main__":
    main()
