"""Finds passwords in a text, and tells them from placeholders. Must not know where the text comes from."""

from __future__ import annotations

import re
from urllib.parse import unquote

URL_WITH_PASSWORD = re.compile(
    r"""(?P<scheme>[a-z][a-z0-9+.-]{0,30})://[^\s:/@'"]{0,200}:(?P<password>[^\s'"]{1,300})@""", re.IGNORECASE
)
"""A URL with a password. The lengths are bounded, so that no text makes the search slow. The password goes
up to the last `@`, because an unescaped `@` is more common in passwords than in host names."""

_DATABASES = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mssql|oracle|cockroachdb)(?:\+\w+)?", re.IGNORECASE
)

_PLACEHOLDER_WORDS = re.compile(
    r"your|change[-_ ]?(?:me|this|it)|replace|placeholder|example|dummy|goes[-_ ]?here|redacted"
    r"|insert[-_ ]|\*\*\*|xxx|\.\.\.|…|\$\{|\$\(|%\(|%s|\{\w*\}"
)
"""Words which say that the value is not a real one, or that it is filled in later."""

_PLACEHOLDER_VALUE = re.compile(
    r"(?:(?:my|the|a|some|db|database|user|postgres|dev|test|super)[-_ ]?)*"
    r"(?:password|passwd|pass|pwd|pw|secret|key|token|value|none|null|todo|dev|development|test|testing)"
    r"(?:[-_ ]?(?:key|here|value))?"
)


_DEFAULT_PASSWORDS = frozenset(
    {
        "admin",
        "changeit",
        "docker",
        "guest",
        "postgres",
        "root",
        "user",
        "username",
        "1234",
        "12345",
        "123456",
    }
)
"""What local servers and tutorials are set up with. In an example file they show the form of a value."""


def is_placeholder(value: str) -> bool:
    """Whether a value is not a real secret: empty, `password`, `[YOUR-PASSWORD]`, `${NAME}`."""
    text = unquote(value).strip().strip("'\"").strip().lower()
    bracketed = (text[:1], text[-1:]) in (("<", ">"), ("[", "]"), ("{", "}"), ("(", ")"))
    return (
        len(set(text)) <= 1
        or bracketed
        or text.startswith("$")
        or _PLACEHOLDER_WORDS.search(text) is not None
        or _PLACEHOLDER_VALUE.fullmatch(text) is not None
    )


def is_default_password(value: str) -> bool:
    """Whether a value is one that local servers are set up with, such as `postgres`."""
    return value.strip().strip("'\"").lower() in _DEFAULT_PASSWORDS


def holds_url_password(text: str, *, databases_only: bool = False, defaults: bool = True) -> bool:
    """Whether a text holds a URL with a password that is not a placeholder.

    Args:
        text: any text.
        databases_only: look only at the URLs of databases.
        defaults: whether a password that local servers are set up with counts.
    """
    return any(
        not is_placeholder(match["password"]) and (defaults or not is_default_password(match["password"]))
        for match in URL_WITH_PASSWORD.finditer(text)
        if not databases_only or _DATABASES.fullmatch(match["scheme"])
    )
