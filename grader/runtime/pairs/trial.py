"""Tries a pair of PostgreSQL backend and isolation: a tiny submission of our own goes through a slot.

Its one revision makes a table. The pair works if the table is in the database afterwards. Must not know what
follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from grader.errors import HarnessFault
from grader.observations.model import Layout
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.postgres.sessions import Unseen, fetch, harness_session
from grader.runtime.sandbox.interface import Outcome, SandboxBackend, Step, StepLimits
from grader.runtime.slots import Slot, Slots

_STEP_SECONDS = 30.0
_OUTPUT_BYTES = 4096
_SHOWN_CHARACTERS = 300
_ERROR = re.compile(r"[\w.]+(Error|Exception)\b")
"""The line of a traceback that names the error."""
_LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
_FILES = {
    "alembic.ini": "[alembic]\nscript_location = alembic\n",
    "alembic/env.py": """\
import os

from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["DIRECT_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
""",
    "alembic/versions/0001_probe.py": """\
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE probe (id integer)")


def downgrade():
    op.execute("DROP TABLE probe")
""",
}
"""The submission. It asks only for what every submission needs."""


def try_pair(postgres: PostgresBackend, sandbox: SandboxBackend, workspace: Path) -> None:
    """Start a slot and try it; nothing is left of it afterwards.

    Args:
        postgres: starts the server.
        sandbox: starts the sandbox.
        workspace: a private folder.

    Raises:
        HarnessFault: the pair does not work; the message says what was seen.
    """
    try_slot(Slots(postgres, sandbox, workspace).take)


def try_slot(take: Callable[[], AbstractContextManager[Slot]]) -> None:
    """Take a slot and run the tiny submission in it.

    Raises:
        HarnessFault: it could not be had, or the submission did not get to its database.
    """
    try:
        with take() as slot:
            _run_in(slot)
    except OSError as error:
        raise HarnessFault(f"it could not be started: {error}") from error


def _run_in(slot: Slot) -> None:
    # Not before the first slot of a run is started: most runs need none of it.
    from grader.runtime.postgres.databases import StudentDatabase  # noqa: PLC0415

    for name, text in _FILES.items():
        path = slot.submission / name
        for folder in reversed(path.relative_to(slot.submission).parents[:-1]):
            (slot.submission / folder).mkdir(mode=0o755, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)  # the sandbox's user is not ours, and has to read it
    limits = StepLimits(output_bytes=_OUTPUT_BYTES)
    slot.sandbox.set_up(_LAYOUT, limits, socket=slot.server.endpoint.socket)
    with StudentDatabase.create(slot.server) as database:
        environment = database.environment(slot.sandbox.port)
        try:
            database.before_step()
            outcome = slot.sandbox.run(
                Step(
                    "alembic",
                    ("upgrade", "head"),
                    environment,
                    _STEP_SECONDS,
                    urls=database.urls(slot.sandbox.port),
                )
            )
            database.after_step()
        except Unseen as error:
            raise HarnessFault(f"PostgreSQL does not answer: {error}") from error
        with harness_session("looking for the table of the trial"):
            ((made,),) = fetch(database.inspector, "SELECT to_regclass('public.probe') IS NOT NULL")
    if not made:
        raise HarnessFault(f"a step in the sandbox did not get to its database: {_last_words(outcome)}")


def _last_words(outcome: Outcome) -> str:
    """The end of what a step printed, or what ended it."""
    if outcome.limit is not None:
        return f"it ran into the limit `{outcome.limit.value}`"
    lines = [line.strip() for line in outcome.stderr.splitlines() if line.strip()]
    begins = [number for number, line in enumerate(lines) if _ERROR.match(line)]
    said = " ".join(lines[begins[-1] if begins else -1 :])
    return said[:_SHOWN_CHARACTERS] or f"it ended with {outcome.exit_code} and printed no error"
