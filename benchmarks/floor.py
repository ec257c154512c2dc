"""A lower limit for the time of the grader: a server, one import of the packages, the same Alembic commands.

    python -m benchmarks.floor SUBMISSION IMAGE

runs all Alembic commands of the grader's passes in this process: no new process for a step, no snapshots, no
rows, no sandbox, no verdict, and no upgrade that is broken off. Works only for right answers.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

from benchmarks.projects import environment, find_project
from benchmarks.servers import prepared_server
from grader.runtime.postgres.settings import as_arguments, server_settings

_MAJOR = 17


def main() -> None:
    """Start the server, import the packages, and run the commands."""
    submission, image = Path(sys.argv[1]), sys.argv[2]
    with prepared_server(image, as_arguments(server_settings(_MAJOR))) as server:
        variables = environment(server.variables)
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(find_project(submission).folder)
        run_passes()


def run_passes() -> None:
    """Run all commands in the project of the current folder."""
    # Imported here, so that their time counts, after the start of the server.
    import alembic.config  # noqa: PLC0415
    import psycopg2  # noqa: PLC0415
    import sqlalchemy  # noqa: PLC0415

    def run(*arguments: str) -> None:
        alembic.config.main(argv=list(arguments), prog="alembic")

    def empty() -> None:
        with psycopg2.connect(os.environ["DIRECT_URL"]) as session, session.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        session.close()

    revisions = len(list(Path("alembic", "versions").glob("*.py")))
    for command in ("upgrade head", "current", "history", "downgrade -1", "upgrade head"):
        run(*command.split())
    empty()
    for _ in range(revisions):  # the stairway
        run("upgrade", "+1")
        run("downgrade", "-1")
        run("upgrade", "+1")
    empty()
    for _ in range(revisions):  # the pass with rows
        run("upgrade", "+1")
    for _ in range(revisions):
        run("downgrade", "-1")
    empty()
    import app  # type: ignore[import-not-found]  # noqa: PLC0415 - the submission's

    engine = sqlalchemy.create_engine(os.environ["DIRECT_URL"])
    app.db.metadata.create_all(engine)
    engine.dispose()
    empty()
    run("upgrade", "head")  # the replay
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
    ):  # without a database
        run("upgrade", "head", "--sql")
        run("downgrade", "head:base", "--sql")


if __name__ == "__main__":
    main()
