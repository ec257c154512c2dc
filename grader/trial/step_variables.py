"""The variables of a step: the two URLs, and what a submission's example file names besides.

A variable that stands for a database gets the step's own: a URL, or the parts of one. Every other variable
gets the value of the example. Must not know how a step is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

OWN_NAMES = frozenset(
    {
        *("DIRECT_URL", "DATABASE_URL"),
        "FLASK_APP",  # the layout says which app `flask` finds
        *(
            "PATH",
            "HOME",
            "TMPDIR",
            "TMP",
            "TEMP",
            "LANG",
            "LANGUAGE",
            "TZ",
            "COLUMNS",
            "SHELL",
            "IFS",
            "PWD",
        ),
    }
)
"""Variables of the harness's own, which no example decides."""
_OWN_PREFIXES = ("PYTHON", "LD_", "DYLD_", "LC_", "PG", "MALLOC_", "GLIBC_", "GCONV_", "OPENSSL_", "SSL_")
"""Beginnings of names that interpreters, loaders and libraries look for. `PGHOST` and the other four parts of
an address are parts of a URL, and given."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

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


def step_variables(urls: Mapping[str, str], example: Mapping[str, str]) -> dict[str, str]:
    """The variables that a submission reads in a step, from its environment or from its `.env`.

    Args:
        urls: the values of `DIRECT_URL` and `DATABASE_URL`.
        example: the variables that the submission's example files name, with the values from there.
    """
    direct, pooled = (_Address.of(urls[name]) for name in ("DIRECT_URL", "DATABASE_URL"))
    groups = _groups(example)
    found: dict[str, str] = {}
    for name, value in example.items():
        match = _PART.fullmatch(name)
        if match is not None and match["database"].upper() in groups:
            address = pooled if groups[match["database"].upper()] else direct
            found[name] = address.parts[_kind(match)]
        elif name in OWN_NAMES or not _allowed(name, value):
            continue
        elif _is_url(name, value):
            address = pooled if _is_pooled(name, value, example) else direct
            found[name] = _as_in(value, address.url)
        else:
            found[name] = value or ("example" if _SECRET.search(name) else "")
    return {**{name: urls[name] for name in ("DATABASE_URL", "DIRECT_URL")}, **found}


def env_file_text(variables: Mapping[str, str]) -> str:
    """The text of a `.env`. Values are quoted where they have to be: some code splits the lines by itself."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _allowed(name: str, value: str) -> bool:
    return (
        _NAME.fullmatch(name) is not None
        and not name.upper().startswith(_OWN_PREFIXES)
        and value.isprintable()
    )


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


def _is_pooled(name: str, value: str, example: Mapping[str, str]) -> bool:
    """Which connection a URL of the example stands for.

    What the example writes like one of the two URLs is that one. Else the name decides, then the port.
    """
    same = [own for own in ("DIRECT_URL", "DATABASE_URL") if value and example.get(own) == value]
    if len(same) == 1:
        return same == ["DATABASE_URL"]
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
