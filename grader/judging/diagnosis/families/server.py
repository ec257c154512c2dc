"""What the server refuses or stops: rights, timeouts, locks, space, and SQL that it cannot read.

Knows nothing of single schema changes.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis import create_all
from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family
from grader.observations.extensions import KNOWN, REFUSED, nearest
from grader.observations.steps import Limit

_ALLOWED = (
    "Migrations may create and change tables, types, sequences, functions and views, schemas of their own "
    "and the extensions that PostgreSQL calls trusted"
)


def _permission(clue: Clue, match: re.Match[str]) -> Advice:
    what = shortened(match[0], 160)
    if "for schema public" in what:
        return Advice(
            f"The migration has no right to the schema public (any more){clue.here}: {what}.",
            f'Connect as os.environ["{clue.direct_url}"] says, and take GRANT, REVOKE and ALTER SCHEMA '
            "out of the migrations.",
        )
    if "schema" in what:
        return Advice(
            f"The migration works in a schema that it has no right to{clue.here}: {what}.",
            "Keep to the schema public and to schemas that your own migrations create.",
        )
    if "database" in what:
        return Advice(
            f"The migration changes the database itself, which it has no right to{clue.here}: {what}.",
            f"{_ALLOWED}, but no database and no setting of one. Take that statement out.",
        )
    if (found := _of_extension(clue, match, what)) is not None:
        return found
    if re.search(
        r"owner of (?:table|index|sequence|relation|type|view)|for (?:table|sequence|view) (?!pg_)", what
    ):
        return _other_user(clue, what)
    return Advice(
        f"The migration does something that it has no right to{clue.here}: {what}.",
        f"{_ALLOWED}; roles, databases, event triggers and files of the server are not part of the exercise. "
        "Take that statement out.",
    )


def _other_user(clue: Clue, what: str) -> Advice:
    """A table that was not made over the migrations' connection."""
    calls = create_all.calls(clue)
    if calls:
        return Advice(
            f"The migration changes a table that it may not change{clue.here}, {what}: "
            f"{create_all.listed(calls)} makes the tables before the revisions run, over {clue.pooled_url}, "
            "and only the user that makes a table may change it.",
            f"{create_all.take_out(calls)}; {create_all.first_revision(clue)}",
            calls[0],
        )
    return Advice(
        f"The migration uses a table that another user of the database made{clue.here}: {what}. "
        f"{clue.direct_url} and {clue.pooled_url} are two users, and only the maker of a table may "
        "change it.",
        f'Run everything over one connection, os.environ["{clue.direct_url}"] in env.py, and make no tables '
        "through the app.",
    )


def _of_extension(clue: Clue, match: re.Match[str], what: str) -> Advice | None:
    """A right about an extension, if it is about one."""
    given = re.search(r"owner of extension (\S{1,80})", what)
    if given is not None and given[1].strip('".') in clue.extensions:
        return Advice(
            f"The migration changes or drops the extension {given[1]}{clue.here}, which is there from the "
            "beginning in this exercise and stays.",
            "Take that statement out.",
        )
    refused = re.search(r'extension "([^"\n]{1,80})"', match.string)
    if refused is None:
        return None
    return Advice(
        f'The migration creates the extension "{refused[1]}"{clue.here}, which only a superuser of the '
        "server may.",
        f"Do without it: {_needed(clue)}. Take that statement out.",
    )


def _needed(clue: Clue) -> str:
    """Which extensions the exercise needs, as the end of a sentence."""
    if not clue.extensions:
        return "the exercise needs no extension"
    return f"the exercise needs only {', '.join(clue.extensions)}, there from the beginning"


def _unknown_extension(clue: Clue, match: re.Match[str]) -> Advice:
    name = match[1].rpartition("/")[2].removesuffix(".control")
    without = f"Do without: gen_random_uuid() is built in, and {_needed(clue)}."
    if name in KNOWN:
        cause = f'The server that the migrations are tried on has no extension "{name}"{clue.here}.'
        return Advice(cause, without)
    cause = f'PostgreSQL has no extension called "{name}"{clue.here}.'
    if (meant := nearest(name)) is None:
        return Advice(cause, without)
    return Advice(cause, f'Write "{meant}" in op.execute(), if that is meant.')


KINDS = {
    "permission_denied": DiagnosisKind(
        "A migration does something that its database user may not do",
        (
            r"permission denied (?:for|to) [^\n]{1,200}",
            r"must be (?:owner of|superuser)[^\n]{0,200}",
            rf"extension \"(?:{'|'.join(sorted(REFUSED))})\" is not available",
        ),
        explain=_permission,
    ),
    "extension_unavailable": DiagnosisKind(
        "An extension of PostgreSQL is asked for that is not there",
        (
            r"extension \"([^\"\n]{1,80})\" is not available",
            r"could not open extension control file \"([^\"\n]{1,200})\"",
        ),
        explain=_unknown_extension,
    ),
    "lock_timeout": DiagnosisKind(
        "A statement waits for a lock that another connection of the student's holds",
        (r"canceling statement due to lock timeout", r"deadlock detected", r"could not obtain lock on "),
        "A statement waited too long for a lock{here}: a second connection of your own (db.session, "
        "db.engine, another engine) has the table open in a transaction.",
        "Use only op.execute() and op.get_bind() inside migrations, and close other connections in env.py "
        "before the migrations run.",
    ),
    "statement_timeout": DiagnosisKind(
        "A single statement takes too long",
        (r"canceling statement due to (?:statement timeout|user request)", r"QueryCanceled"),
        "A statement took longer than it may and was cancelled{here}.",
        "Take waits (pg_sleep) out; work on large tables in smaller steps.",
    ),
    "space_exhausted": DiagnosisKind(
        "The migration fills the disk or the memory of the server",
        (
            # Of the server alone: Python puts its number before it, for a disk that is not the server's.
            r"(?<!\[Errno 28\] )No space left on device",
            r'temporary file size exceeds "?temp_file_limit',
            r"out of (?:shared )?memory",
            r"exceeds the maximum",
            r": File too large",
        ),
        "The migration needs more space on the database server than it may use{here}.",
        "Do not write very many rows in a migration, and avoid queries with huge results.",
        limit=Limit.SERVER,
    ),
    "transaction_aborted": DiagnosisKind(
        "Statements go on after one has failed",
        (r"current transaction is aborted, commands ignored",),
        "A statement before this one failed, its error was caught, and PostgreSQL refuses all that follows "
        "in the same transaction{here}.",
        "Do not catch database errors in a migration: check first whether a thing exists "
        "(sa.inspect(op.get_bind())), or use IF EXISTS.",
    ),
    "sql_syntax": DiagnosisKind(
        "PostgreSQL cannot read an SQL statement",
        (r"syntax error at (?:or near \"([^\"\n]{1,80})\"|end of input)",),
        explain=lambda clue, match: Advice(
            "PostgreSQL cannot read the SQL"
            + (f' near "{shortened(match[1], 60)}"' if match[1] else ", which ends too early")
            + f"{clue.here}.",
            "Correct the statement in op.execute(). A name that is a word of SQL (user, order) needs double "
            "quotes; commands of SQLite or MySQL (PRAGMA, AUTO_INCREMENT, backticks) do not exist in "
            "PostgreSQL.",
        ),
    ),
    "sql_not_text": DiagnosisKind(
        "A plain string is executed on a connection",
        (r"Not an executable object: ",),
        "A plain string is given to execute() of a connection{here}.",
        'Write `op.execute("…")`, or wrap it: `op.get_bind().execute(sa.text("…"))`.',
    ),
    "sql_parameter_missing": DiagnosisKind(
        "A :name in SQL text is taken for a parameter",
        (r"A value is required for bind parameter '([^'\n]{1,80})'",),
        "The SQL has :{0} in it, which is a parameter that gets no value{here}.",
        'Give it one (`sa.text("…").bindparams({0}=…)`), or write a colon that is meant as such as \\\\:.',
    ),
}
FAMILY = Family("What the server refuses", "server", __doc__, KINDS)
