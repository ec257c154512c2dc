"""Names for the folders of submissions: all differ on any file system, and none is that of a class file.

The name of a submission's folder is its id. A file system may ignore upper and lower case (macOS, Windows) or
the way in which Unicode writes an accent (macOS), drop dots and spaces at the end and reserve names
(Windows). Must not know what is in the folders.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator

from grader.text.names import safe_component

CLASS_FILES = frozenset(
    {
        *("index.html", "grades.csv", "junit.xml", "summary.json", "job_summary.md"),
        *("canvas.csv", "moodle.csv", "moodle_worksheet.csv", "roster.csv", "overrides.toml"),
    }
)
"""The files beside the submissions' folders. A test holds formats and gradebooks to this list."""
LONGEST = 160
"""The most bytes of a name in UTF-8. File systems allow 255, and some programs add to a name."""
_DEVICES = frozenset(
    {
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789"),
    }
)
"""Names that Windows reserves, with any ending."""
_DROPPED = ". "
"""What Windows drops at the end of a name."""
_SHORTEST_MARK = 4
_WHOLE_HASH = 64


def folder_name(name: str) -> str:
    """The folder's name for a submission's name: the same, with characters that cannot be shown replaced.

    Where that cannot be the name of a submission's folder everywhere, it gets a mark, `~` and four
    characters, which depend on the name alone: `index.html` becomes `index.html~` with those at the end.
    """
    plain = _plain(name)
    return plain if _is_free(plain) else marked_name(name)


def marked_name(name: str, digits: int = _SHORTEST_MARK) -> str:
    """A submission's name, made fit, with a mark that depends on the name."""
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    fit = _plain(name).rstrip(_DROPPED)
    fit = f"_{fit.lstrip('.')}" if fit.startswith(".") else fit or "submission"
    if _is_device(fit):
        fit = f"_{fit}"
    return f"{_shortened(fit, LONGEST - len(mark) - 1)}~{mark}"


def distinct_folder_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with its folder's. Of names that a file system may take for one, one keeps its name.

    The result depends on the names alone, not on their order.
    """
    given = sorted(set(names), key=lambda name: (folder_name(name) != name, name))
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in given:
        for candidate in _candidates(name):
            if _key(candidate) not in taken:
                taken.add(_key(candidate))
                found[name] = candidate
                break
    return found


def find_folder(name: str, folders: Iterable[str]) -> str | None:
    """The folder of a submission, by the name under which it was handed in; None if it is not there."""
    known = frozenset(folders)
    return next((item for item in (name, marked_name(name), folder_name(name)) if item in known), None)


def _candidates(name: str) -> Iterator[str]:
    yield folder_name(name)
    for digits in range(_SHORTEST_MARK, _WHOLE_HASH + 1):
        yield marked_name(name, digits)


def _plain(name: str) -> str:
    """A name in the form in which it is compared with others and shown."""
    return unicodedata.normalize("NFC", safe_component(name))


def _is_free(name: str) -> bool:
    return (
        bool(name)
        and not name.startswith(".")
        and len(name.encode()) <= LONGEST
        and name == name.rstrip(_DROPPED)
        and _key(name) not in CLASS_FILES
        and not _is_device(name)
    )


def _is_device(name: str) -> bool:
    return _key(name).partition(".")[0].rstrip() in _DEVICES


def _key(name: str) -> str:
    """The same for all names that some file system takes for one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).rstrip(_DROPPED)


def _shortened(name: str, most: int) -> str:
    return name.encode()[:most].decode("utf-8", "ignore")
