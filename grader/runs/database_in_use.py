"""Refuses the database of a `--postgres` URL if it may be in use, so that a mistyped URL does no harm.

Grading makes its own databases and roles on that server and drops them again; it changes nothing in the
database of the URL. Still, a server for tests has nothing in that database, or a name that says so.
"""

from __future__ import annotations

import re
from contextlib import closing

from grader.errors import UsageError
from grader.runtime.postgres.external import parse_url
from grader.runtime.postgres.sessions import connect, fetch, harness_session
from grader.text.untrusted import single_line

DISPOSABLE = ("test", "tests", "testing", "tmp", "temp", "scratch", "disposable")
"""A database with one of these words in its name is for tests."""
_DISPOSABLE = re.compile(rf"(?<![a-z])(?:db)?(?:{'|'.join(DISPOSABLE)})(?:db)?(?![a-z])")
_NAMED_AT_MOST = 5

# Tables, views and sequences that somebody has made, without those of extensions.
_IN_USE = """
SELECT n.nspname || '.' || c.relname
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relkind = 'S', 1
"""


def is_disposable(name: str) -> bool:
    """Whether a database's name says that it is for tests: `exercise_4_test`, `tmp`, `scratch-2`."""
    return _DISPOSABLE.search(name.lower()) is not None


def refuse_if_in_use(url: str) -> None:
    """Refuse a database that holds something, unless its name says that it is for tests.

    Raises:
        UsageError: the database is in use, or the URL is wrong; the message never holds the password.
        HarnessFault: the server does not answer.
    """
    endpoint = parse_url(url)
    if is_disposable(endpoint.database):
        return
    with harness_session("looking into the database"), closing(connect(endpoint)) as connection:
        found = [single_line(str(name)) for (name,) in fetch(connection, _IN_USE)]
    if not found:
        return
    named = ", ".join(found[:_NAMED_AT_MOST])
    more = f" and {len(found) - _NAMED_AT_MOST} more" if len(found) > _NAMED_AT_MOST else ""
    raise UsageError(
        f"The database {single_line(endpoint.database)!r} of --postgres is in use: it holds {named}{more}",
        next_step="Leave --postgres out: a server is started for the grading then, and thrown away. Or make "
        f"a database that nobody needs on that server (`CREATE DATABASE {DISPOSABLE[0]}`) and name it in the "
        f"URL. One whose name has the word {', '.join(DISPOSABLE[:-1])} or {DISPOSABLE[-1]} in it is taken, "
        "whatever it holds.",
    )
