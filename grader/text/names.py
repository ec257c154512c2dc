"""Names and texts of a submission, made fit for one line of a message and for any file system.

Built on `untrusted_text`; must not know what a name is the name of.
"""

from __future__ import annotations

import codecs
import unicodedata

from grader.text.untrusted import redact, single_line

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move a cursor, turn the direction of writing or cannot be encoded at all."""


def printable(text: str, *, limit: int = 200) -> str:
    """One line of a message: cleaned, without passwords, cut.

    Args:
        text: any text.
        limit: the most characters to keep; a cut is marked by an ellipsis.
    """
    # Cut roughly first: cleaning a megabyte for the sake of its first line would be a waste.
    line = redact(single_line(text[: limit * 8]), ())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def decode_text(data: bytes) -> str:
    """The text of a file that should be UTF-8 and may be UTF-16 (as PowerShell writes) or something else."""
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf_16 else "utf-8-sig", "replace")


def safe_component(name: str) -> str:
    """The name that a file or folder is staged under: the same one, unless no report could show it.

    A name that is not UTF-8 (it reaches us with surrogates for the bytes) is read as Latin-1, as any bytes
    can be; a control character or a direction mark becomes `_`.
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = name.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join("_" if unicodedata.category(letter) in _UNSAFE_CATEGORIES else letter for letter in name)
