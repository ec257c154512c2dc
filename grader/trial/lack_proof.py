"""Proves that something was lacking: what an error says, a submission can print by itself.

The server is asked whether it really lacks the thing, and the files have to ask for it. Must not know how an
error is read, or what follows from a lack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.observations.lacks import Lack, LackKind
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import connect, fetch, harness_session
from grader.submission.python_source import read_beginning

_OFFER = """
SELECT
    current_setting('server_version_num')::int / 10000,
    array(SELECT name FROM pg_catalog.pg_available_extension_versions WHERE trusted OR NOT superuser),
    array(SELECT collname::text FROM pg_catalog.pg_collation WHERE collencoding IN (-1, 6)),
    EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collname LIKE '%-x-icu')
"""
"""Encoding 6 is UTF8, -1 any: the collations that a database of a submission has. A server without ICU has a
collation of it too, `unicode`, but none that `initdb` has found in it."""
_SUFFIXES = frozenset({".py", ".sql", ".mako", ".ini", ".toml", ".cfg", ".txt"})
_MOST_FILES = 2000
_ASKED = {
    LackKind.EXTENSION: r"create\s+extension|pgextension",
    LackKind.COLLATION: r"\bcollate\b|\bcollation\s*=|create\s+collation",
    LackKind.ICU: r"\bcollate\b|\bcollation\s*=|create\s+collation",
}
"""How files ask for a thing of PostgreSQL, besides naming it. No error says it like this."""


@dataclass(frozen=True)
class Offer:
    """What a server has for a submission."""

    major: int
    extensions: frozenset[str]
    """Those that it may create."""
    collations: frozenset[str]
    icu: bool


def offer_of(server: PostgresServer) -> Offer:
    """Ask a server what it has.

    Raises:
        HarnessFault: the server does not answer.
    """
    with harness_session("asking what the server has"), closing(connect(server.endpoint)) as session:
        ((major, extensions, collations, icu),) = fetch(session, _OFFER)
    return Offer(major, frozenset(extensions), frozenset(collations), icu)


def proven(lacks: Sequence[Lack], submission: Path, offer: Callable[[], Offer]) -> tuple[Lack, ...]:
    """Those that are real: the server lacks the thing, and a file of the submission asks for it.

    Args:
        lacks: what errors say was lacking.
        submission: the folder of its files.
        offer: asks the server. Only called if there is something to ask.
    """
    if not lacks:
        return ()
    has, texts = offer(), list(_texts(submission))
    return tuple(
        lack for lack in lacks if not _is_there(lack, has) and any(_asks(lack, text) for text in texts)
    )


def _is_there(lack: Lack, has: Offer) -> bool:
    if lack.kind is LackKind.EXTENSION:
        return lack.name in has.extensions
    if lack.kind is LackKind.COLLATION:
        return lack.name in has.collations
    if lack.kind is LackKind.ICU:
        return has.icu
    return lack.kind is LackKind.POSTGRES and has.major >= int(lack.version)


def _asks(lack: Lack, text: str) -> bool:
    """Whether a file uses what was lacking, and does not only say so."""
    if lack.kind in _ASKED:
        named = lack.name == "ICU" or lack.name in text
        return named and re.search(_ASKED[lack.kind], text, re.IGNORECASE) is not None
    if lack.kind is LackKind.POSTGRES and lack.name.endswith("()"):
        return re.search(rf"(?<!function ){re.escape(lack.name[:-1])}", text) is not None
    if lack.kind is LackKind.POSTGRES:
        return True
    module, _, name = lack.name.rpartition(".")
    if name == "py":  # the file itself is for a newer Python; it was read to find that out
        return True
    imported = re.search(
        rf"^\s*(?:import|from)\s[^\n]*\b{re.escape((module or name).split('.')[0])}\b", text, re.MULTILINE
    )
    used = re.search(rf"(?:\.|import\s[^\n]*\b|\bimport\s*\([^)]*\b){re.escape(name)}\b", text)
    return (imported is not None or module == "PosixPath") and (not module or used is not None)


def _texts(submission: Path) -> Iterator[str]:
    """The submission's own files that may hold code or SQL."""
    files = (path for path in sorted(submission.rglob("*")) if path.suffix in _SUFFIXES)
    for path in islice(files, _MOST_FILES):
        if path.is_file() and not path.is_symlink():
            yield read_beginning(path).decode(errors="replace")
