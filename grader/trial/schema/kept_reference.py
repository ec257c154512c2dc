"""Keeps what is known of the reference schema from one run to the next: it takes a database of its own."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

import msgspec

from grader import __version__
from grader.files.cache import FileCache
from grader.observations.reference import ReferenceFacts
from grader.trial.schema.reference import Questions

# Created while only one thread runs: msgspec crashes if two threads are the first to decode a type.
_FACTS = msgspec.json.Decoder(ReferenceFacts)
_KIND = "references"


def kept_reference(backend: str, version: str, asked: Questions) -> ReferenceFacts | None:
    """What an earlier run found out on such a server; None if there is nothing."""
    data = FileCache(_KIND).read(_name(backend, version, asked))
    try:
        return None if data is None else _FACTS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def keep_reference(backend: str, version: str, asked: Questions, facts: ReferenceFacts) -> None:
    """Keep what was found out for later runs."""
    FileCache(_KIND).write(_name(backend, version, asked), msgspec.json.encode(facts))


def _name(backend: str, version: str, asked: Questions) -> str:
    """A file name that is different for other questions, another server, or another version of the code."""
    question = msgspec.json.encode(asked)
    digest = hashlib.sha256(repr((__version__, backend, version, question, _readers())).encode())
    return f"{digest.hexdigest()[:32]}.json"


@cache
def _readers() -> str:
    """A hash of the code that takes snapshots and tries rows."""
    folders = [resources.files(__package__), resources.files("grader.trial.rows")]
    files = sorted(
        (item for folder in folders for item in folder.iterdir() if item.is_file()),
        key=lambda item: item.name,
    )
    return hashlib.sha256(b"".join(item.read_bytes() for item in files)).hexdigest()
