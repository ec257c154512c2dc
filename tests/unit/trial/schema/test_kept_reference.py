"""The reference's snapshot is the same when it comes from an earlier run, and comes for nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.files.cache import VARIABLE
from grader.observations.reference import ReferenceFacts
from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot
from grader.trial.schema.kept_reference import keep_reference, kept_reference
from grader.trial.schema.reference import Questions

SNAPSHOT = SchemaSnapshot(
    (
        SchemaObject(SchemaKind.COLUMN, "users.bio", {"type": "text", "not_null": False, "default": None}),
        SchemaObject(SchemaKind.TABLE, "users", {"columns": ("id", "bio"), "relation": "table", "rows": 3}),
    )
)
ASKED = Questions("CREATE TABLE users (id integer PRIMARY KEY, bio text)", types=("int",))
FACTS = ReferenceFacts(SNAPSHOT, types={"int": "integer"}, unknown_types={"tex": "no such type"})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "references"


def test_it_comes_back_as_it_was() -> None:
    assert kept_reference("container", "17.5", ASKED) is None
    keep_reference("container", "17.5", ASKED, FACTS)

    assert kept_reference("container", "17.5", ASKED) == FACTS


@pytest.mark.parametrize(
    "other",
    [
        ("embedded", "17.5", ASKED),
        ("container", "17.6", ASKED),
        ("container", "17.5", replace(ASKED, types=())),
    ],
)
def test_another_server_or_reference_has_another(other: tuple[str, str, Questions]) -> None:
    keep_reference("container", "17.5", ASKED, FACTS)

    assert kept_reference(*other) is None


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"objects": [3]}', b"\xff", b'{"objects": "' + b"[" * 10_000]
)
def test_what_makes_no_sense_is_not_there(place: Path, text: bytes) -> None:
    keep_reference("container", "17.5", ASKED, FACTS)
    (file,) = place.iterdir()
    file.write_bytes(text)

    assert kept_reference("container", "17.5", ASKED) is None
