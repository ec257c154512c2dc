"""Errors while connecting to a database: the source of the URL, its form, the server that it names.

Knows nothing of what runs over the connection.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family

_READS_VARIABLE = re.compile(r"(?:environ(?:\.get)?|getenv) ?[\[(] ?[\"']([A-Za-z_][A-Za-z0-9_]{0,80})[\"']")
_GIVEN = ("DIRECT_URL", "DATABASE_URL")
"""The variables that are set while a submission is graded."""
_USE_DIRECT_URL = 'take the URL from os.environ["DIRECT_URL"] in env.py, offline and online'


def _variable_missing(clue: Clue, match: re.Match[str]) -> Advice | None:
    """An environment variable that is not set, and errors from the None in its place."""
    caught = match.groupdict().get("name")
    source = clue.own_frame.source if clue.own_frame else ""
    read = _READS_VARIABLE.search(source)
    name = caught or (read[1] if read else None)
    if "NoneType" in match[0] and read is None and "url" not in source.lower():
        return None
    if caught is not None and "environ" not in source and not _raised_by_os(clue):
        return None
    if name in _GIVEN:
        return Advice(
            f"The environment variable {name} is not set where it is read{clue.here}.",
            f"Put {name}=postgresql://… into .env and call load_dotenv() before the variable is read; "
            "nothing in your code may remove or overwrite it.",
        )
    if name is not None:
        return Advice(
            f"Your code reads the environment variable {name}, which is not set{clue.here}.",
            f"For a database, {_USE_DIRECT_URL}. For anything else, commit a .env.example with a line such "
            f"as `{name}=change-me`, never with the real value of a secret: while grading, DIRECT_URL, "
            "DATABASE_URL and what that file names are set, and your own .env is not there.",
        )
    return Advice(
        f"The database URL is None: the environment variable that it is taken from is not set{clue.here}.",
        f"Call load_dotenv() before the variable is read and mind its spelling: {_USE_DIRECT_URL}; only "
        "DIRECT_URL, DATABASE_URL and what a committed .env.example names are set while grading.",
    )


def _raised_by_os(clue: Clue) -> bool:
    """True for a KeyError of `os.environ` itself, and not of some other dictionary."""
    return bool(clue.found.frames) and clue.found.frames[-1].path.endswith(("<frozen os>", "/os.py"))


def _host(clue: Clue, match: re.Match[str]) -> Advice:
    """A host of the student's own database. There is no network while grading."""
    host = next((group for group in match.groups() if group), "")
    name = f" at {shortened(host, 100)}" if host else ""
    return Advice(
        f"The migrations try to reach a database server{name}, and nothing answers there: while grading "
        f"there is no network, only the database that DIRECT_URL names{clue.here}.",
        f"Do not write an address or URL of your own into code or alembic.ini: {_USE_DIRECT_URL}.",
    )


KINDS = {
    "environment_variable_missing": DiagnosisKind(
        "The environment variable with the database URL is not set, or has another name than DIRECT_URL",
        (
            r"TypeError: option values must be strings",
            r"Expected string or URL object, got None",
            r"^KeyError: '(?P<name>[A-Z][A-Z0-9_]{2,60})'",
            r"'NoneType' object has no attribute '(?:replace|startswith|split|strip|format|encode)'",
            r"unsupported operand type\(s\) for \+: 'NoneType' and 'str'",
        ),
        explain=_variable_missing,
    ),
    "url_option_missing": DiagnosisKind(
        "sqlalchemy.url is commented out and env.py sets no other URL",
        (r"^KeyError: 'url'",),
        "sqlalchemy.url is not set: it is commented out in alembic.ini (rightly), but {env_py} does not put "
        "another URL in its place.",
        'Add `config.set_main_option("sqlalchemy.url", os.environ["DIRECT_URL"])` to {env_py}, below '
        "`config = context.config`.",
    ),
    "template_url": DiagnosisKind(
        "sqlalchemy.url is still the template's driver://user:pass@localhost/dbname",
        (r"Can't load plugin: sqlalchemy\.dialects:driver\b",),
        "sqlalchemy.url in alembic.ini is still the template's driver://user:pass@localhost/dbname.",
        'Comment that line out and set the URL in env.py: `config.set_main_option("sqlalchemy.url", '
        'os.environ["DIRECT_URL"])`.',
    ),
    "postgres_scheme": DiagnosisKind(
        "The URL begins with postgres://, which SQLAlchemy does not know",
        (r"Can't load plugin: sqlalchemy\.dialects:postgres\b",),
        "The database URL begins with postgres://; SQLAlchemy knows the database as postgresql:// only.",
        'Write postgresql:// in the URL, or in env.py: `url.replace("postgres://", "postgresql://", 1)`.',
    ),
    "unknown_dialect": DiagnosisKind(
        "The URL names a kind of database that SQLAlchemy does not know",
        (r"Can't load plugin: sqlalchemy\.dialects:([^\s]{1,60})",),
        "The database URL begins with {0}://, and SQLAlchemy knows no such database.",
        f"The URL has to begin with postgresql://: {_USE_DIRECT_URL}.",
    ),
    "url_not_parsed": DiagnosisKind(
        "The URL is empty, in quotes, or still has a placeholder in it",
        (r"Could not parse SQLAlchemy URL", r"invalid literal for int\(\) with base 10: '(?:port|\[?YOUR)"),
        "The database URL cannot be read{here}: it is empty, is in quotes, or still has a placeholder such "
        "as [YOUR-PASSWORD] in it.",
        'Use os.environ["DIRECT_URL"] as it is. It has the form postgresql://user:password@host:5432/name, '
        "without quotes or spaces.",
    ),
    "percent_in_url": DiagnosisKind(
        "A % in the URL is taken for an interpolation by configparser",
        (r"invalid interpolation syntax in ", r"'%' must be followed by '%' or '\('"),
        "The database URL has a % in it (an encoded character of the password), and alembic.ini's format "
        "gives % a meaning of its own{here}.",
        'Double it where the URL is set: `config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))`.',
    ),
    "connection_option_unknown": DiagnosisKind(
        "The URL's query has an option that PostgreSQL's client does not know",
        (r'invalid connection option "([^"\n]{1,60})"', r'invalid URI query parameter: "([^"\n]{1,60})"'),
        "The database URL ends in an option that PostgreSQL's client library does not know: {0}.",
        "Take ?{0}=… out of the URL; such options (pgbouncer, schema) belong to other tools such as Prisma.",
    ),
    "ssl_setting": DiagnosisKind(
        "The connection's SSL settings do not work",
        (
            r"invalid sslmode value: ",
            r"server does not support SSL",
            r"root certificate file [^\n]{0,200}does not exist",
            r"SSL (?:error|SYSCALL error)[: ]",
            r"sslmode value \"[^\"\n]{1,40}\" invalid",
        ),
        "The connection's SSL settings do not work{here}: the sslmode or a certificate file is not right.",
        "Leave SSL to the URL: take sslmode and sslrootcert out of your code, or use "
        '`connect_args={{"sslmode": "require"}}` for Supabase.',
    ),
    "password_refused": DiagnosisKind(
        "The database refuses the password, or none was given",
        (
            r"(?:password|SASL|SCRAM) authentication failed(?: for user \"([^\"\n]{1,100})\")?",
            r"fe_sendauth: no password supplied",
            r"no pg_hba\.conf entry for ",
        ),
        "The database does not accept the user name or the password of the URL{here}.",
        'Use os.environ["DIRECT_URL"] unchanged: a URL with your own password, in code, in alembic.ini or '
        "loaded from another file, opens only your own database.",
    ),
    "other_database": DiagnosisKind(
        "The URL names a database or a user that does not exist",
        (r"FATAL: {1,2}(database|role) \"([^\"\n]{1,100})\" does not exist",),
        'The migrations ask for the {0} "{1}", which does not exist on the server that DIRECT_URL '
        "names{here}.",
        f"Do not build a URL yourself: {_USE_DIRECT_URL}.",
    ),
    "too_many_connections": DiagnosisKind(
        "More connections are open than allowed",
        (
            r"too many connections for (?:role|database)",
            r"too many clients already",
            r"remaining connection slots are reserved",
        ),
        "Your code keeps more connections to the database open than it may{here}.",
        "Make one engine, use `poolclass=pool.NullPool` in env.py, and close connections with a `with` "
        "block.",
    ),
    "database_unreachable": DiagnosisKind(
        "The migrations try to reach a database of the student's own, and there is no network",
        (
            r"could not translate host name \"([^\"\n]{1,200})\"",
            r"failed to resolve host '([^'\n]{1,200})'",
            r"connection to server at \"([^\"\n]{1,200})\"[^\n]{0,200} failed: (?!FATAL)",
            r'connection to server on socket "([^"\n]{1,300})" failed: (?:No such file|Connection refused)',
            (
                r"(?:Connection refused|Network is unreachable|No route to host|Temporary failure in name "
                r"resolution)"
            ),
            r"connection timeout expired",
            r"Name or service not known",
        ),
        explain=_host,
    ),
    "connection_lost": DiagnosisKind(
        "The connection to the database ended in the middle of a command",
        (
            r"terminating connection due to ",
            r"server closed the connection unexpectedly",
            r"consuming input failed: ",
            r"the connection is (?:lost|closed)",
        ),
        "The connection to the database ended while the command was running{here}.",
        "Migrations may not end sessions (pg_terminate_backend) or close the connection that Alembic runs "
        "over: take that out and use op.execute() or op.get_bind().",
    ),
}
FAMILY = Family("The way to the database", "connection", __doc__, KINDS)
