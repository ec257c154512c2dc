"""Makes names and texts of a submission safe for one line of a message, and for any file system.

Built on `grader.text.untrusted`. Must not know what a name stands for.
"""

from __future__ import annotations

import codecs
import unicodedata

from grader.text.untrusted import redact, shorten, single_line

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of characters that move a cursor, change the writing direction, or cannot be encoded."""


def printable(text: str, *, limit: int = 200) -> str:
    """A text as one line of a message: cleaned, without passwords, shortened.

    Args:
        text: any text.
        limit: the most characters to keep. An ellipsis marks a shortened text.
    """
    # Shorten the text roughly first, so that a megabyte is not cleaned for one line.
    return shorten(redact(single_line(text[: limit * 8]), ()), limit)


def decode_text(data: bytes) -> str:
    """Decode a file that should be UTF-8 but may be UTF-16 (PowerShell writes it) or something else."""
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf_16 else "utf-8-sig", "replace")


def safe_component(name: str) -> str:
    """The name for a staged file or folder: the same name, changed only where no report could show it.

    A name that is not UTF-8 (Python gives it with surrogates) is read as Latin-1, which any bytes allow. A
    control character or a direction mark becomes `_`.
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = name.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join("_" if unicodedata.category(letter) in _UNSAFE_CATEGORIES else letter for letter in name)
