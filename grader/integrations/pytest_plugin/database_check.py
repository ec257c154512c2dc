"""Whether the database of a `--postgres` URL may be used: a slip of the hand must not meet somebody's data.

Grading makes databases and roles of its own beside it, drops them again and changes nothing in it. It is
refused all the same where it might be in use: a server for tests has nothing in that database, or a name that
says what it is for.
"""

from __future__ import annotations

import re
from contextlib import closing

from grader.errors import UsageError
from grader.runtime.postgres.external import parse_url
from grader.runtime.postgres.sessions import connect, fetch, harness_session
from grader.text.untrusted import single_line

DISPOSABLE = ("test", "tests", "testing", "tmp", "temp", "scratch", "disposable")
"""A database whose name has one of these words in it, as a word, is there to be thrown away."""
_DISPOSABLE = re.compile(rf"(?<![a-z])(?:db)?(?:{'|'.join(DISPOSABLE)})(?:db)?(?![a-z])")
_NAMED_AT_MOST = 5

# What somebody may have put there: anything with rows or a definition, but not what an extension brings.
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
    """Whether a database's name says that nobody needs it: `exercise_4_test`, `tmp`, `scratch-2`."""
    return _DISPOSABLE.search(name.lower()) is not None


def refuse_if_in_use(url: str) -> None:
    """Refuse a database that holds something, unless its name says that it is there to be thrown away.

    Raises:
        UsageError: it is refused, or the URL cannot be read; the message never holds the password.
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
        next_step="Leave --postgres out: the rubric makes a server of its own then. Or make a database that "
        f"nobody needs on that server (`CREATE DATABASE {DISPOSABLE[0]}`) and name it in the URL. One whose "
        f"name has the word {', '.join(DISPOSABLE[:-1])} or {DISPOSABLE[-1]} in it is taken, whatever it "
        "holds.",
    )
