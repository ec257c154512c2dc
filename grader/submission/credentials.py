"""Tells a credential from a placeholder in a text. Must not know where the text stands; never shows one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

URL_WITH_PASSWORD = re.compile(
    r"""(?P<scheme>[a-z][a-z0-9+.-]{0,30})://[^\s:/@'"]{0,200}:(?P<password>[^\s'"]{1,300})@""",
    re.IGNORECASE,
)
"""A URL that carries a password. The parts are bounded so that no text makes the search slow; the password
reaches to the last `@`, because passwords hold unescaped ones more often than what follows does."""

_DATABASES = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mssql|oracle|cockroachdb)(?:\+\w+)?", re.IGNORECASE
)

_STAND_IN_WORDS = re.compile(
    r"your|change[-_ ]?(?:me|this|it)|replace|placeholder|example|dummy|goes[-_ ]?here|redacted"
    r"|insert[-_ ]|\*\*\*|xxx|\.\.\.|…|\$\{|\$\(|%\(|%s|\{\w*\}"
)
"""In these texts somebody says that the value is not a real one, or it is only put in later."""

_STAND_IN_VALUE = re.compile(
    r"(?:(?:my|the|a|some|db|database|user|postgres|dev|test|super)[-_ ]?)*"
    r"(?:password|passwd|pass|pwd|pw|secret|key|token|value|none|null|todo|dev|development|test|testing)"
    r"(?:[-_ ]?(?:key|here|value))?"
)


def is_placeholder(value: str) -> bool:
    """True for what stands where a secret will be: nothing, `password`, `[YOUR-PASSWORD]`, `${NAME}`."""
    text = unquote(value).strip().strip("'\"").strip().lower()
    bracketed = (text[:1], text[-1:]) in (("<", ">"), ("[", "]"), ("{", "}"), ("(", ")"))
    return (
        len(set(text)) <= 1
        or bracketed
        or text.startswith("$")
        or _STAND_IN_WORDS.search(text) is not None
        or _STAND_IN_VALUE.fullmatch(text) is not None
    )


def holds_url_password(text: str, *, databases_only: bool = False) -> bool:
    """True when a text holds a URL with a password that is no placeholder.

    Args:
        text: any text.
        databases_only: leave out URLs of anything but a database server.
    """
    return any(True for _ in _real_passwords(text, databases_only=databases_only))


def _real_passwords(text: str, *, databases_only: bool) -> Iterator[str]:
    for match in URL_WITH_PASSWORD.finditer(text):
        known = not databases_only or _DATABASES.fullmatch(match["scheme"])
        if known and not is_placeholder(match["password"]):
            yield match["password"]
