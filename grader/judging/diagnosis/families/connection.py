"""Errors while connecting to a database: the source of the URL, its form, the server that it names.

Knows nothing of what runs over the connection.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis import url_source
from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family
from grader.observations.files import LandmarkKind

_READS_VARIABLE = re.compile(r"(?:environ(?:\.get)?|getenv) ?[\[(] ?[\"']([A-Za-z_][A-Za-z0-9_]{0,80})[\"']")


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
    if name in clue.given_urls:
        return Advice(
            f"The environment variable {name} is not set where it is read{clue.here}.",
            f"Put {name}=postgresql://… into .env and call load_dotenv() before the variable is read; "
            "nothing in your code may remove or overwrite it.",
        )
    if name is not None:
        return Advice(
            f"Your code reads the environment variable {name}, which is not set{clue.here}.",
            _read_given(clue, clue.place, name),
        )
    found = url_source.missing_variable(clue)
    if found is not None:
        place = url_source.at(found)
        return Advice(
            f"The database URL is None{clue.here}: {described(place)} reads it from the environment variable "
            f"{found.name}, which is not set.",
            _read_given(clue, place, found.name),
            place,
        )
    return Advice(
        f"The database URL is None: the environment variable that it is taken from is not set{clue.here}.",
        f"Mind its spelling, and call load_dotenv() before it is read. {url_source.set_while_grading(clue)}. "
        f"{url_source.mend_url(clue)}",
    )


def _read_given(clue: Clue, place: Location, name: str) -> str:
    """What to read instead of a variable that is not set, or how to have it set."""
    example = (
        f"commit a .env.example with a line such as `{shortened(name, 80)}=change-me`, never with the real "
        f"value of a secret: while grading, {', '.join(clue.given_urls)} and what that file names are set, "
        "and your own .env is not there."
    )
    if not url_source.is_url_variable(name):
        return f"For a value that is no database URL, {example}"
    if place.path is None:
        return f"{url_source.mend_url(clue)} For anything but a database, {example}"
    variable = url_source.variable_at(clue, place)
    return (
        f'In {described(place)} read os.environ["{variable}"] instead. For anything but a database, {example}'
    )


def _raised_by_os(clue: Clue) -> bool:
    """True for a KeyError of `os.environ` itself, and not of some other dictionary."""
    return bool(clue.found.frames) and clue.found.frames[-1].path.endswith(("<frozen os>", "/os.py"))


def _missing_parts(clue: Clue, match: re.Match[str]) -> Advice | None:
    """A URL made from parts of which some are None."""
    source = clue.own_frame.source if clue.own_frame else ""
    none = any(word in match[0] for word in ("NoneType", "password", "socket"))
    parts = [item for item in clue.landmarks(LandmarkKind.VARIABLE) if item.name not in clue.given_urls]
    read = _READS_VARIABLE.search(source)
    if none and read is None and not parts:
        return None
    names = ", ".join(dict.fromkeys([read[1]] if read else [item.name for item in parts]))
    named = f": {shortened(names, 160)}" if names else ""
    place = clue.place if read else url_source.built_at(clue) or clue.place
    return Advice(
        "The database URL is put together from parts of which some are None, because the environment "
        f"variables that they are read from are not set ({described(place)}){named}.",
        f'In {described(place)} use the whole URL, os.environ["{url_source.variable_at(clue, place)}"], in '
        f"place of the parts. {url_source.set_while_grading(clue)}.",
        place,
    )


def _setting_missing(clue: Clue, match: re.Match[str]) -> Advice:
    """What environs, pydantic and decouple say. pydantic names all that is missing, as the class calls it."""
    is_pydantic = "Field required" in match[0]
    fields = re.findall(r"^([^\s]{1,100})\n {1,4}Field required", clue.error, re.MULTILINE)[:10]
    names = [name.upper() for name in fields] if is_pydantic else [match["name"]]
    urls = [name for name in names if url_source.is_url_variable(name)]
    listed = ", ".join(shortened(name, 80) for name in names)
    cause = f"Your settings ask for {listed}, not set where they are loaded{clue.here}."
    if not urls:
        return Advice(cause, _read_given(clue, clue.place, names[0]))
    variable = url_source.variable_at(clue, clue.place)
    field = f" (`{variable.lower()}: str` in the class)" if is_pydantic else ""
    others = [name for name in names if name not in urls]
    return Advice(
        cause,
        f"Let them ask for {variable} instead of {urls[0]}{field}. {url_source.set_while_grading(clue)}"
        + (f": write {', '.join(f'`{name}=change-me`' for name in others[:3])} into one." if others else "."),
    )


def _host(clue: Clue, match: re.Match[str]) -> Advice:
    """A host of the student's own database. There is no network while grading."""
    host = next((group for group in match.groups() if group), "")
    name = f" at {shortened(host, 100)}" if host else ""
    place = url_source.written_with(clue, host=host) or url_source.built_at(clue)
    written = f"; the URL stands in {described(place)}" if place else clue.here
    return Advice(
        f"The migrations try to reach a database server{name}, and nothing answers there: while grading "
        f"there is no network, only the database that {clue.direct_url} names{written}.",
        f"{url_source.mend_url(clue, place)} No address of your own belongs in code or in {clue.config}.",
        place,
    )


def _not_parsed(clue: Clue, _: re.Match[str]) -> Advice:
    urls = clue.landmarks(LandmarkKind.DATABASE_URL)
    place = url_source.at(urls[0]) if len(urls) == 1 else None
    return Advice(
        f"The database URL cannot be read{f' ({described(place)})' if place else clue.here}: it is empty, is "
        "in quotes, or still has a placeholder such as [YOUR-PASSWORD] in it.",
        f"{url_source.mend_url(clue, place)} It has the form postgresql://user:password@host:5432/name, "
        "without quotes or spaces.",
        place,
    )


def _template_url(clue: Clue, _: re.Match[str]) -> Advice:
    place = url_source.written_with(clue, scheme="driver")
    known = place or Location(clue.config)
    return Advice(
        f"The database URL is still the template's driver://user:pass@localhost/dbname ({described(known)}).",
        url_source.mend_url(clue, known),
        place,
    )


def _postgres_scheme(clue: Clue, _: re.Match[str]) -> Advice:
    place = url_source.written_with(clue, scheme="postgres")
    where = f"in {described(place)}" if place else "in the URL"
    return Advice(
        f"The database URL begins with postgres://{f' ({described(place)})' if place else clue.here}; "
        "SQLAlchemy knows the database as postgresql:// only.",
        f"Write postgresql:// {where}, or in {clue.env_py}: "
        '`url.replace("postgres://", "postgresql://", 1)`.',
        place,
    )


def _dialect(clue: Clue, match: re.Match[str]) -> Advice:
    scheme = match[1].partition(".")[0].strip()
    place = url_source.written_with(clue, scheme=scheme)
    return Advice(
        f"The database URL begins with {shortened(scheme, 60)}://, and SQLAlchemy knows no such "
        f"database{f' ({described(place)})' if place else clue.here}.",
        f"The URL has to begin with postgresql://. {url_source.mend_url(clue, place)}",
        place,
    )


def _refused(clue: Clue, _: re.Match[str]) -> Advice:
    place = url_source.written_with(clue, host="localhost")
    return Advice(
        "The database does not accept the user name or the password of the URL"
        f"{f' ({described(place)})' if place else clue.here}.",
        f"{url_source.mend_url(clue, place)} Leave it unchanged: a URL with your own password opens only "
        "your own database.",
        place,
    )


def _other_database(clue: Clue, match: re.Match[str]) -> Advice:
    place = url_source.written_with(clue, host="localhost")
    return Advice(
        f'The migrations ask for the {match[1]} "{shortened(match[2])}", which does not exist on the server '
        f"that {clue.direct_url} names{f' ({described(place)})' if place else clue.here}.",
        f"Do not build a URL yourself. {url_source.mend_url(clue, place)}",
        place,
    )


KINDS = {
    "url_of_missing_parts": DiagnosisKind(
        "The URL is put together from variables that are not set",
        (
            r"invalid literal for int\(\) with base 10: '(?:None)?'",
            r"int\(\) argument must be a string, [^\n]{1,80}not 'NoneType'",
            r"failed to resolve host 'None'",
            r"could not translate host name \"None\"",
            r"fe_sendauth: no password supplied",
            r"connection to server on socket \"[^\"\n]{1,300}\" failed",
        ),
        explain=_missing_parts,
    ),
    "setting_missing": DiagnosisKind(
        "A library of settings (environs, pydantic, decouple) misses a value",
        (
            r"EnvNotSetError: Environment variable \"(?P<name>[^\"\n]{1,100})\" not set",
            r"EnvError: Environment variable \"(?P<name>[^\"\n]{1,100})\" not set",
            r"UndefinedValueError: (?P<name>[^\s]{1,100}) not found\.",
            r"ImproperlyConfigured: Set the (?P<name>[^\s]{1,100}) environment variable",
            r"validation errors? for [^\n]{1,100}\n(?P<name>[^\s]{1,100})\n {1,4}Field required",
        ),
        explain=_setting_missing,
    ),
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
        'Add `config.set_main_option("sqlalchemy.url", os.environ["{direct_url}"])` to {env_py}, below '
        "`config = context.config`.",
    ),
    "template_url": DiagnosisKind(
        "The database URL is still the template's driver://user:pass@localhost/dbname",
        (r"Can't load plugin: sqlalchemy\.dialects:driver\b",),
        explain=_template_url,
    ),
    "postgres_scheme": DiagnosisKind(
        "The URL begins with postgres://, which SQLAlchemy does not know",
        (r"Can't load plugin: sqlalchemy\.dialects:postgres\b",),
        explain=_postgres_scheme,
    ),
    "unknown_dialect": DiagnosisKind(
        "The URL names a kind of database that SQLAlchemy does not know",
        (r"Can't load plugin: sqlalchemy\.dialects:([^\s]{1,60})",),
        explain=_dialect,
    ),
    "url_not_parsed": DiagnosisKind(
        "The URL is empty, in quotes, or still has a placeholder in it",
        (r"Could not parse SQLAlchemy URL", r"invalid literal for int\(\) with base 10: '(?:port|\[?YOUR)"),
        explain=_not_parsed,
    ),
    "percent_in_url": DiagnosisKind(
        "A % in the URL is taken for an interpolation by configparser",
        (r"invalid interpolation syntax in ", r"'%' must be followed by '%' or '\('"),
        "The database URL has a % in it (an encoded character of the password), and alembic.ini's format "
        "gives % a meaning of its own{here}.",
        'Double it where the URL is set: `config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))`.',
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
        explain=_refused,
    ),
    "other_database": DiagnosisKind(
        "The URL names a database or a user that does not exist",
        (r"FATAL: {1,2}(database|role) \"([^\"\n]{1,100})\" does not exist",),
        explain=_other_database,
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
