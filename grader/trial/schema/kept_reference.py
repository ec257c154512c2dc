"""Keeps the snapshot of the reference schema from one run to the next: it takes a database of its own."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

import msgspec

from grader import __version__
from grader.files.cache import FileCache
from grader.observations.schema import SchemaSnapshot

# Created while only one thread runs: msgspec crashes if two threads are the first to decode a type.
_SNAPSHOT = msgspec.json.Decoder(SchemaSnapshot)
_KIND = "references"


def kept_reference(backend: str, version: str, reference_sql: str) -> SchemaSnapshot | None:
    """The snapshot that an earlier run took of this reference on such a server; None if there is none."""
    data = FileCache(_KIND).read(_name(backend, version, reference_sql))
    try:
        return None if data is None else _SNAPSHOT.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def keep_reference(backend: str, version: str, reference_sql: str, snapshot: SchemaSnapshot) -> None:
    """Keep a snapshot for later runs."""
    FileCache(_KIND).write(_name(backend, version, reference_sql), msgspec.json.encode(snapshot))


def _name(backend: str, version: str, reference_sql: str) -> str:
    """A file name that is different for another reference, server, or version of the code."""
    digest = hashlib.sha256(repr((__version__, backend, version, reference_sql, _readers())).encode())
    return f"{digest.hexdigest()[:32]}.json"


@cache
def _readers() -> str:
    """A hash of the code that takes snapshots."""
    folder = resources.files(__package__)
    files = sorted((item for item in folder.iterdir() if item.is_file()), key=lambda item: item.name)
    return hashlib.sha256(b"".join(item.read_bytes() for item in files)).hexdigest()
