"""Mistakes in the history of commits."""

from __future__ import annotations

import zlib

from grader.proof.operators import Project, project_of
from tests.unit.proof.operators.changes import made


def test_a_repository_holds_the_revision_as_it_was_first(reference: Project) -> None:
    (found,) = made(reference, "revision_edited")
    assert all(path.startswith(".git/") for path in found.files)
    objects = [
        zlib.decompress(data or b"").partition(b"\0")
        for path, data in found.files.items()
        if path.startswith(".git/objects/")
    ]
    head = reference.head
    assert head is not None
    texts = [data for kind, _, data in objects if kind.startswith(b"blob") and head.id.encode() in data[:200]]
    assert head.source.data in texts
    (first,) = [data for data in texts if data != head.source.data and b"def downgrade" in data]
    assert first.rstrip().endswith(b"pass")
    assert sum(kind.startswith(b"commit") for kind, _, _ in objects) == 2


def test_an_empty_downgrade_was_not_written_later(reference: Project) -> None:
    head = reference.head
    assert head is not None
    empty = head.source.edited(head.source.rewrite_body(head.functions["downgrade"], "pass"))
    assert made(project_of({**reference.files, head.path: empty}), "revision_edited") == ()
