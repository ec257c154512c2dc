"""A git repository as plain files, made without git: one commit for each state of some files.

Times and names are fixed, so that the same states always give the same commits.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping

_WHO = "Ada <ada@example.org>"
_FIRST_DAY = 1772442000
"""2026-03-02, 9:00 UTC, in seconds."""
_DAY = 24 * 60 * 60


def repository(states: Iterable[Mapping[str, bytes]]) -> dict[str, bytes]:
    """The files of a `.git` folder whose branch `main` has these states, a day apart."""
    objects: dict[str, bytes] = {}

    def kept(kind: str, data: bytes) -> str:
        whole = f"{kind} {len(data)}\0".encode() + data
        name = hashlib.sha1(whole).hexdigest()  # noqa: S324 - how git names its objects
        objects[f"objects/{name[:2]}/{name[2:]}"] = zlib.compress(whole)
        return name

    def tree(files: Mapping[str, bytes]) -> str:
        folders: dict[str, dict[str, bytes]] = {}
        entries: dict[str, bytes] = {}
        for path, data in files.items():
            top, inside, rest = path.partition("/")
            if inside:
                folders.setdefault(top, {})[rest] = data
            else:
                entries[top] = b"100644 %b\0" % top.encode() + bytes.fromhex(kept("blob", data))
        for name, below in folders.items():
            # git sorts a folder as if its name ended with a slash.
            entries[f"{name}/"] = b"40000 %b\0" % name.encode() + bytes.fromhex(tree(below))
        return kept("tree", b"".join(entries[name] for name in sorted(entries)))

    commit = ""
    for number, files in enumerate(states):
        parent = f"parent {commit}\n" if commit else ""
        time = f"{_FIRST_DAY + number * _DAY} +0000"
        about = f"tree {tree(files)}\n{parent}author {_WHO} {time}\ncommitter {_WHO} {time}\n\nwork\n"
        commit = kept("commit", about.encode())
    settings = b"[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
    return {
        "HEAD": b"ref: refs/heads/main\n",
        "config": settings,
        "refs/heads/main": f"{commit}\n".encode(),
    } | objects
