"""Recognises files of environment variables (`.env`) and finds secrets in them.

Reads text and loads nothing. Never repeats a value. Must not know whether the file is staged.
"""

from __future__ import annotations

import re

from grader.assignment.model import Project
from grader.observations.model import Finding, FindingKind
from grader.submission.credentials import holds_url_password, is_default_password, is_placeholder
from grader.text.names import decode_text, printable

_LINE = re.compile(r"\s*(?:export\s+)?(?P<key>[A-Za-z_][A-Za-z0-9_.]{0,100})\s*=(?P<value>.*)")
_QUOTED = re.compile(r"""(?P<quote>['"])(?P<value>.*?)(?P=quote)""")
_EXAMPLE = re.compile(r"(?:^|[._-])(?:example|sample|template|dist|defaults?)(?:[._-]|$)", re.IGNORECASE)
_PASSWORD_KEY = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|(?:^|_)PASS$|(?:^|_)PWD$", re.IGNORECASE)
_SECRET_KEY = re.compile(
    r"SECRET|TOKEN|CREDENTIAL|PRIVATE|(?:^|_)(?:API_?|ACCESS_?|ANON_?|SERVICE_?)?KEY$", re.IGNORECASE
)
_DATABASE = re.compile(
    r"""\s*(?:export\s+)?PG[A-Z]+\s*="""
    r"""|[^#\n]{0,200}=\s*["']?(?:mysql|mariadb|sqlite|oracle|mssql)[\w+]{0,40}:""",
)
_POSTGRESQL_URL = re.compile(
    r"""^(?P<start>[^#=\n]{1,200}=)[ \t]*["']?postgres[\w+]{0,40}:[^\r\n]*""", re.MULTILINE
)
_USUAL = Project()
_SHORTEST_SECRET = 8
_MOST_KEYS_NAMED = 5


def is_env_file(name: str) -> bool:
    """Whether a file name is `.env`, `.env.local`, `.envrc`, `production.env` or the like."""
    lower = name.lower()
    return lower.startswith(".env") or lower.endswith(".env")


def is_example_env_file(name: str) -> bool:
    """Whether a file name is `.env.example` or the like, which belongs in the repository."""
    return _EXAMPLE.search(name) is not None


def is_flask_env_file(name: str) -> bool:
    """Whether a file name is `.flaskenv`, which names the app for `flask` and belongs in the repository."""
    return name == ".flaskenv"


def without_database(data: bytes, project: Project = _USUAL) -> bytes:
    """The lines of such a file, without those that say where a database is.

    A variable of another name that holds a PostgreSQL URL gets that of the direct connection, whatever that
    is later.

    Args:
        data: the file.
        project: names the variables of the two connections.
    """
    given = {*project.direct_url, *project.pooled_url}
    kept = "".join(
        line
        for line in decode_text(data).splitlines(keepends=True)
        if not _DATABASE.match(line) and ((found := _LINE.match(line)) is None or found["key"] not in given)
    )
    direct = f"${{{project.direct_url[0]}}}"
    return _POSTGRESQL_URL.sub(lambda found: found["start"] + direct, kept).encode()


def variables_of(data: bytes) -> dict[str, str]:
    """The variables that such a file sets, in its order. The last line of a name counts."""
    found: dict[str, str] = {}
    for line in decode_text(data).splitlines():
        match = _LINE.match(line)
        if match is not None:
            found[match["key"]] = _value(match["value"])
    return found


def env_findings(path: str, data: bytes) -> tuple[Finding, ...]:
    """Search such a file for values that look like secrets.

    In an example file, `postgres` and the like are no secrets: they show the form of a value.

    Args:
        path: its path as reports show it.
        data: its bytes, or the first part of them.

    Returns:
        One finding `committed_env` at the first such line, or none.
    """
    keys: dict[str, int] = {}
    defaults = not is_example_env_file(path.rpartition("/")[2])
    for number, line in enumerate(decode_text(data).splitlines(), start=1):
        match = _LINE.match(line)
        if match is not None and _is_secret(match["key"], _value(match["value"]), defaults=defaults):
            keys.setdefault(match["key"], number)
    if not keys:
        return ()
    names = ", ".join(printable(key, limit=60) for key in list(keys)[:_MOST_KEYS_NAMED])
    remedy = (
        f"Take it out of the repository (`git rm --cached {path}`; not needed if it was never committed), "
        "list it in .gitignore,"
    )
    if is_flask_env_file(path.rpartition("/")[2]):
        remedy = "Move it into .env, which .gitignore lists,"
    message = (
        f"{path} is part of the submission and holds what looks like a secret ({names}). {remedy} and "
        "change the password or key: the old one is still in the history."
    )
    return (Finding(FindingKind.COMMITTED_ENV, message, path, min(keys.values())),)


def _value(text: str) -> str:
    text = text.strip()
    quoted = _QUOTED.match(text)
    return quoted["value"] if quoted else re.split(r"\s#", text)[0].strip()


def _is_secret(key: str, value: str, *, defaults: bool) -> bool:
    """Whether a value is a secret. `defaults` says whether passwords such as `postgres` are."""
    if "://" in value:
        return holds_url_password(value, defaults=defaults)
    if is_placeholder(value) or (not defaults and is_default_password(value)):
        return False
    return bool(_PASSWORD_KEY.search(key)) or (
        bool(_SECRET_KEY.search(key)) and len(value) >= _SHORTEST_SECRET
    )
