"""Parses a Python file of a submission, or says why it cannot be parsed. Runs nothing.

Decodes the file as Python does (byte order mark, coding line, UTF-8). A file for a newer Python than the one
that runs the grader is parsed too. Must not know of revisions or settings.
"""

from __future__ import annotations

import ast
import codecs
import re
import sys
import threading
import tokenize
import warnings
from io import BytesIO
from itertools import islice
from pathlib import Path

from grader.submission.newer_python import Version, older_spelling
from grader.text import merge_conflicts
from grader.text.names import printable

MAX_SOURCE_BYTES = 1024 * 1024
MAX_TOKENS = 210_000
"""Larger files are not parsed: a syntax tree takes up to 0.5 kB for each word or sign."""
_CERTAINLY_FEW = 64 * 1024
"""Bytes of a file whose words and signs need not be counted."""
_TOKEN = re.compile(rb"\w+|[^\w\s]")

_WARNING_FILTERS = threading.Lock()
"""The filters of `warnings` belong to the whole process, so one thread at a time may replace them."""


class SourceError(Exception):
    """A file that Python cannot parse. `line` is the place, if it is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class MergeConflictError(SourceError):
    """A file with the conflict markers of a merge."""


def read_beginning(path: Path) -> bytes:
    """The first `MAX_SOURCE_BYTES` of a file."""
    with path.open("rb") as file:
        return file.read(MAX_SOURCE_BYTES)


def parse(data: bytes) -> ast.Module:
    """Parse a file's bytes.

    Raises:
        SourceError: the file is too large, has a syntax error, is nested too deeply or cannot be decoded.
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise SourceError(f"the file is larger than {MAX_SOURCE_BYTES // 1024} KiB")
    if _has_many_tokens(data):
        raise SourceError(
            f"the file is too long or nested too deeply: it has more than {MAX_TOKENS:,} words and signs"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("the file is saved as UTF-16, which Python cannot read. Save it as UTF-8", 1)
    try:
        # A warning about an invalid escape in a student's file must not appear in the grader's output.
        with _WARNING_FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except SyntaxError as error:
        if (line := merge_conflicts.marked_line(data.decode(errors="replace"))) is not None:
            raise MergeConflictError(f"{merge_conflicts.CAUSE}. {merge_conflicts.FIX}", line) from None
        if (read := _read_as_newer(data)) is not None and read[1] > sys.version_info[:2]:
            return read[0]
        raise SourceError(_reason(error), error.lineno or None) from None
    except (RecursionError, MemoryError):
        raise SourceError("its expressions are nested too deeply") from None
    except (ValueError, LookupError, OverflowError, SystemError) as error:
        raise SourceError(printable(str(error)) or "it is not Python source") from None


def needed_python(data: bytes) -> Version | None:
    """The Python that a file's syntax needs; None if it needs no newer one, or no Python can read it."""
    small = len(data) <= MAX_SOURCE_BYTES and not _has_many_tokens(data)
    read = _read_as_newer(data) if small else None
    return None if read is None else read[1]


def _has_many_tokens(data: bytes) -> bool:
    if len(data) <= _CERTAINLY_FEW:
        return False
    return next(islice(_TOKEN.finditer(data), MAX_TOKENS, None), None) is not None


def _read_as_newer(data: bytes) -> tuple[ast.Module, Version] | None:
    """The syntax tree of a file for a newer Python, and which one that is."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        source = data.decode(encoding).replace("\r\n", "\n")
        with _WARNING_FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spelling = older_spelling(source)
            return None if spelling is None else (ast.parse(spelling.source), spelling.needs)
    except (SyntaxError, RecursionError, MemoryError, ValueError, LookupError, OverflowError, SystemError):
        return None


def _reason(error: SyntaxError) -> str:
    if "codec can't decode" in error.msg or "Non-UTF-8" in error.msg:
        return "the file is not UTF-8 and has no coding line that says what it is. Save it as UTF-8"
    return printable(error.msg)
