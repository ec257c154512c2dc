"""The extensions that an assignment names: whether the servers have them, before anything is graded.

Must not know what they are used for.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from grader.errors import ConfigurationError
from grader.observations.extensions import MADE_TRUSTED, REFUSED, TRUSTED, nearest
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.postgres.sessions import connect, fetch, harness_session

_LACKING = """
SELECT name FROM unnest(%s::text[]) AS wanted (name)
WHERE name NOT IN (SELECT name FROM pg_catalog.pg_available_extensions)
"""
_IN_CONTAINERS = TRUSTED | MADE_TRUSTED | REFUSED
"""PostgreSQL's own modules: the grader's container image has all of them."""


def with_extensions(postgres: PostgresBackend, extensions: Sequence[str]) -> PostgresBackend:
    """The backend, or its fuller one, whose servers have all of these extensions.

    A server is started to ask it. Nothing is started where there is nothing to ask.

    Raises:
        ConfigurationError: neither has all of them; the message names a backend that does.
        HarnessFault: a server could not be started.
    """
    if not extensions:
        return postgres
    missing = _lacking(postgres, extensions)
    fuller = postgres.fuller() if missing else None
    if fuller is not None:
        missing = _lacking(fuller, extensions)
        postgres = postgres if missing else fuller
    if missing:
        raise _refusal(postgres.name, missing)
    return postgres


def _lacking(postgres: PostgresBackend, extensions: Sequence[str]) -> list[str]:
    with (
        postgres.server() as server,
        harness_session("asking which extensions there are"),
        closing(connect(server.endpoint)) as session,
    ):
        return [str(name) for (name,) in fetch(session, _LACKING, (list(extensions),))]


def _refusal(backend: str, missing: Sequence[str]) -> ConfigurationError:
    names = ", ".join(missing)
    if backend != "container" and _IN_CONTAINERS.issuperset(missing):
        next_step = "Use --postgres container, which has all of them."
    else:
        near = [
            f"{name}: did you mean {right}?"
            for name in missing
            if (right := nearest(name)) not in (None, name)
        ]
        next_step = " ".join(
            [*near, "Take out what is not needed; or grade on a server that has them, with --postgres URL."]
        )
    return ConfigurationError(
        f"PostgreSQL ({backend}) has no extension {names}, which `project.extensions` names. Nothing was "
        "graded.",
        next_step=next_step,
    )
