"""The variables of a step: the two URLs, and what the assignment and an example file name besides.

A variable that stands for a database gets the step's own: a URL, or the parts of one. Every other variable
gets the value of the assignment, or else that of the example. Must not know how a step is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from grader.assignment.model import Project
from grader.assignment.variables import is_reserved

_URL = re.compile(r"(?P<scheme>postgres(?:ql)?(?P<driver>\+\w+)?)://", re.IGNORECASE)
_URL_NAME = re.compile(
    r"(?:^|_)(?:DB|DATABASE|POSTGRES(?:QL)?|PG|SQLALCHEMY|SUPABASE_DB)\w*_?(?:URL|URI|DSN)$", re.IGNORECASE
)
_PART = re.compile(
    r"(?P<database>(?:\w*_)?(?:DB|DATABASE|POSTGRES(?:QL)?|PSQL|PG|SQL|SUPABASE|RDS)_?|)"
    r"(?:(?P<host>HOST|HOSTNAME|SERVER|ADDRESS)|(?P<port>PORT)|(?P<user>USER|USERNAME|LOGIN)"
    r"|(?P<password>PASSWORD|PASSWD|PASS|PWD|PW)|(?P<name>NAME|DBNAME|DB_NAME|DATABASE|DATABASE_NAME|DB))",
    re.IGNORECASE,
)
_DIRECT = re.compile(r"DIRECT|MIGRAT|SESSION|NON_?POOL|UNPOOL", re.IGNORECASE)
_POOLED = re.compile(r"POOL", re.IGNORECASE)
_POOLER_PORT = 6543
"""The port of Supabase's transaction pooler; a direct connection and its session pooler have 5432."""
_SECRET = re.compile(r"SECRET|TOKEN|KEY|SALT|PASSWORD", re.IGNORECASE)
_PLAIN = re.compile(r"[\w@%+=:,./?&~^!*()\[\]{}<>|;-]*")
"""A value that every reader of such a file takes as it stands."""


@dataclass(frozen=True)
class _Address:
    """One of the two URLs, taken apart."""

    url: str
    parts: Mapping[str, str]

    @classmethod
    def of(cls, url: str) -> _Address:
        taken = urlsplit(url)
        parts = {
            "host": taken.hostname or "",
            "port": str(taken.port or ""),
            "user": taken.username or "",
            "password": taken.password or "",
            "name": taken.path.lstrip("/"),
        }
        return cls(url, parts)


def step_variables(
    project: Project, direct_url: str, pooled_url: str, example: Mapping[str, str]
) -> dict[str, str]:
    """The variables that a submission reads in a step, from its environment or from its `.env`.

    Args:
        project: names the variables that hold the two URLs, and further ones. A further one may name the form
            of a URL (`postgresql+asyncpg://`).
        direct_url: the URL of the direct connection.
        pooled_url: the URL of the pooled connection. A project with one connection does not get it.
        example: the variables that the submission's example files name, with the values from there.
    """
    direct = _Address.of(direct_url)
    pooled = direct if project.one_connection else _Address.of(pooled_url)
    own = dict.fromkeys(project.pooled_url, pooled) | dict.fromkeys(project.direct_url, direct)
    groups = _groups({**example, **project.variables})
    found = {name: _as_in(project.variables.get(name, ""), address.url) for name, address in own.items()}
    for name, value in {**example, **project.variables}.items():
        if name in own:
            continue
        match = _PART.fullmatch(name)
        if match is not None and match["database"].upper() in groups:
            address = pooled if groups[match["database"].upper()] else direct
            found[name] = address.parts[_kind(match)]
        elif is_reserved(name) or not value.isprintable():
            continue
        elif _is_url(name, value):
            found[name] = _as_in(
                value, (pooled if _is_pooled(name, value, example, own, pooled) else direct).url
            )
        elif name in project.variables:
            found[name] = value
        else:
            found[name] = value or ("example" if _SECRET.search(name) else "")
    return found


def env_file_text(variables: Mapping[str, str]) -> str:
    """The text of a `.env`. Values are quoted where they have to be: some code splits the lines by itself."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in ("host", "port", "user", "password", "name") if match[kind])


def _groups(example: Mapping[str, str]) -> dict[str, bool]:
    """The prefixes under which the parts of a database's address are named; True for the pooled connection.

    Without a prefix, `HOST` and `PORT` are those of the app, unless a user and a password stand beside them.
    """
    kinds: dict[str, dict[str, str]] = {}
    for name, value in example.items():
        if match := _PART.fullmatch(name):
            kinds.setdefault(match["database"].upper(), {})[_kind(match)] = value
    return {
        prefix: not _DIRECT.search(prefix)
        and (bool(_POOLED.search(prefix)) or parts.get("port") == str(_POOLER_PORT))
        for prefix, parts in kinds.items()
        if prefix or {"host", "user", "password"} <= parts.keys()
    }


def _is_url(name: str, value: str) -> bool:
    """Whether a variable holds a PostgreSQL URL; it may be empty or a placeholder, then the name says so."""
    return _URL.match(value) is not None or ("://" not in value and _URL_NAME.search(name) is not None)


def _is_pooled(
    name: str, value: str, example: Mapping[str, str], own: Mapping[str, _Address], pooled: _Address
) -> bool:
    """Which connection a URL of the example stands for.

    What the example writes like one of the two URLs is that one. Else the name decides, then the port.
    """
    same = [address for other, address in own.items() if value and example.get(other) == value]
    if len(same) == 1:
        return same == [pooled]
    if _DIRECT.search(name):
        return False
    return bool(_POOLED.search(name)) or f":{_POOLER_PORT}" in value


def _as_in(value: str, url: str) -> str:
    """A URL with the driver and the `sslmode` that the example has."""
    match = _URL.match(value)
    if match is None:
        return url
    options = [(key, text) for key, text in parse_qsl(value.partition("?")[2]) if key in ("ssl", "sslmode")]
    scheme = f"postgresql{match['driver'] or ''}://"
    return scheme + url.partition("://")[2] + (f"?{urlencode(options)}" if options else "")
