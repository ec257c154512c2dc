"""Names of environment variables that belong to the harness: no assignment and no example file sets them.

Must not know what a step runs.
"""

from __future__ import annotations

import re

OWN_NAMES = frozenset(
    {
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
_OWN_PREFIXES = ("PYTHON", "LD_", "DYLD_", "LC_", "PG", "MALLOC_", "GLIBC_", "GCONV_", "OPENSSL_", "SSL_")
"""Beginnings of names that interpreters, loaders and libraries look for. `PGHOST` and the other four parts of
an address are parts of a URL, and given."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def is_reserved(name: str) -> bool:
    """Whether a name is the harness's own, or no name of a variable at all."""
    return name in OWN_NAMES or _NAME.fullmatch(name) is None or name.upper().startswith(_OWN_PREFIXES)
