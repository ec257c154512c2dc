"""One revision file: its id, parents, message and remarks, whatever way they are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.observations.revisions import Revision
from grader.submission.revision_files import RevisionFile, read_revision

FUNCTIONS = "\ndef upgrade():\n    op.f()\n\ndef downgrade():\n    op.f()\n"


def read(source: str, path: str = "alembic/versions/one.py") -> RevisionFile:
    return read_revision(path, source.encode())


def sound(source: str) -> Revision:
    file = read(f'"""a message"""\n{source}{FUNCTIONS}')
    assert file.problems == ()
    assert file.revision is not None
    return file.revision


def problem(source: str, path: str = "alembic/versions/one.py") -> tuple[str, int | None]:
    file = read(source, path)
    (only,) = file.problems
    assert only.path == path
    return only.kind, only.line


@pytest.mark.parametrize(
    ("line", "parents"),
    [
        ("down_revision = None", ()),
        ("down_revision = 'a'", ("a",)),
        ("down_revision = ('a', 'b')", ("a", "b")),
        ("down_revision = ['a', 'b', 'a']", ("a", "b")),
        ("down_revision = ()", ()),
        ("down_revision: Union[str, None] = None", ()),
        ("down_revision: Union[str, Sequence[str], None] = 'a'", ("a",)),
        ("down_revision: str | None = ('a',)", ("a",)),
        ("PARENT = 'a'\ndown_revision = PARENT", ("a",)),
        ("down_revision = 'x'\ndown_revision = 'a'", ("a",)),
        ("down_revision = ('a'\n'b')", ("ab",)),
    ],
)
def test_parents(line: str, parents: tuple[str, ...]) -> None:
    assert sound(f"revision = 'r'\n{line}").parents == parents


def test_a_revision_file_as_alembic_writes_it() -> None:
    source = (
        '"""add bio\n\nRevision ID: 1a2b\nRevises: 0a0b\nCreate Date: 2025-01-01 10:00:00\n\n"""\n'
        "from typing import Sequence, Union\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n"
        "revision: str = '1a2b'\n"
        "down_revision: Union[str, Sequence[str], None] = '0a0b'\n"
        "branch_labels: Union[str, Sequence[str], None] = ('bios',)\n"
        "depends_on: Union[str, Sequence[str], None] = 'other'\n\n\n"
        'def upgrade() -> None:\n    """Upgrade schema."""\n'
        "    op.add_column('users', sa.Column('bio', sa.Text()))\n\n\n"
        'def downgrade() -> None:\n    """Downgrade schema."""\n    pass\n'
    )
    file = read(source)
    revision = file.revision
    assert revision is not None
    assert (revision.id, revision.parents, revision.message, revision.line) == (
        "1a2b",
        ("0a0b",),
        "add bio",
        13,
    )
    assert (revision.depends_on, revision.branch_labels) == (("other",), ("bios",))
    assert (file.lines["down_revision"], file.lines["depends_on"]) == (14, 16)
    assert revision.upgrade is not None
    assert revision.upgrade.operations == ("op.add_column",)
    assert revision.downgrade is not None
    assert revision.downgrade.empty


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def upgrade(:\n", ("syntax_error", 1)),
        ("x = 1\nrevision = make_id()\ndown_revision = None\n", ("unreadable_revision", 2)),
        ("revision = 1\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("revision = ''\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("revision = None\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("revision = f'{1}'\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("from ids import revision\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("from ids import *\n", ("unreadable_revision", 1)),
        ("if True:\n    revision = 'a'\ndown_revision = None\n", ("unreadable_revision", 2)),
        ("revision = 'add-bio'\ndown_revision = None\n", ("unreadable_revision", 1)),
        ("revision = 'a'\n", ("unreadable_revision", 1)),
        ("revision = 'a'\ndown_revision = 5\n", ("unreadable_revision", 2)),
        ("revision = 'a'\ndown_revision = parent()\n", ("unreadable_revision", 2)),
        ("revision = 'a'\ndown_revision = ('b', None)\n", ("unreadable_revision", 2)),
        ("revision = 'a'\ndown_revision = None\ndepends_on = x\n", ("unreadable_revision", 3)),
        ("import os\n", ("no_revision_id", None)),
        ("", ("no_revision_id", None)),
    ],
)
def test_a_file_without_a_valid_id_is_a_problem_with_its_line(
    source: str, expected: tuple[str, int | None]
) -> None:
    assert problem(source) == expected
    assert read(source).revision is None


def test_an_old_file_has_its_id_in_its_name() -> None:
    file = read_revision("versions/3a4b5c.py", f'"""old"""\ndown_revision = None{FUNCTIONS}'.encode())
    assert file.revision is not None
    assert (file.revision.id, file.revision.line) == ("3a4b5c", 1)


def test_an_id_that_the_version_table_cannot_hold() -> None:
    source = f'"""m"""\nrevision = "{"a" * 33}"\ndown_revision = None{FUNCTIONS}'
    assert problem(source) == ("long_id", 2)
    assert read(source).revision is not None
    assert sound(f"revision = '{'a' * 32}'\ndown_revision = None")


@pytest.mark.parametrize(
    ("docstring", "message"),
    [
        ('"""add bio"""', "add bio"),
        ('"""\n  add bio\n\nRevision ID: x\n"""', "add bio"),
        ("'add bio'", "add bio"),
        ('"""add bio\nand avatar\n\nmore"""', "add bio"),
    ],
)
def test_message(docstring: str, message: str) -> None:
    file = read(f"{docstring}\nrevision = 'a'\ndown_revision = None{FUNCTIONS}")
    assert file.revision is not None
    assert file.revision.message == message
    assert file.problems == ()


@pytest.mark.parametrize(
    ("docstring", "message"),
    [
        ("", ""),
        ('""""""', ""),
        ('"""\n\nRevision ID: a\nRevises: \n"""', ""),
        ('"""empty message\n\nRevision ID: a\n"""', "empty message"),
    ],
)
def test_no_message(docstring: str, message: str) -> None:
    file = read(f"{docstring}\nrevision = 'a'\ndown_revision = None{FUNCTIONS}")
    assert [item.kind for item in file.problems] == ["no_message"]
    assert file.revision is not None
    assert file.revision.message == message


def test_missing_functions() -> None:
    file = read('"""m"""\nrevision = "a"\ndown_revision = None\n')
    assert [item.kind for item in file.problems] == ["no_upgrade", "no_downgrade"]
    assert all(item.revision == "a" for item in file.problems)


def test_texts_are_printable() -> None:
    file = read(
        '"""evil \\x1b[31m \\u202e postgresql://ada:hunter2@db/app"""\n'
        f"revision = 'a\\ud800b'\ndown_revision = 'c\\ud800'{FUNCTIONS}"
    )
    assert file.revision is not None
    everything = repr((file.revision.id, file.revision.parents, file.revision.message))
    everything.encode("utf-8")
    assert "hunter2" not in everything
    assert "\x1b" not in file.revision.message


def test_nothing_of_the_file_is_run(tmp_path: object) -> None:
    marker = f"{tmp_path}/ran"
    sound(f"open({marker!r}, 'w')\nrevision = 'a'\ndown_revision = None")
    with pytest.raises(FileNotFoundError), open(marker, encoding="utf-8"):  # noqa: PTH123 - a plain open suffices
        pass


PIECES = st.sampled_from(
    [
        '"""message"""',
        "revision = 'a'",
        "revision: str = 'b'",
        "revision, down_revision = 'c', None",
        "down_revision = None",
        "down_revision = ('x', 'y')",
        "down_revision = {'x': 1}",
        "depends_on = [['z']]",
        "from x import *",
        "import y as revision",
        "def upgrade():\n    def inner():\n        upgrade()\n    inner()",
        "async def downgrade(): ...",
        "upgrade = downgrade",
        "for revision in (): pass",
        "with a as (revision, b): pass",
        "class downgrade: pass",
        "if 1:\n    def upgrade(): raise",
        "revision += 'x'",
        "del revision",
        "upgrade = lambda: None",
        "(revision) = (down_revision) = 'q'",
        "revision.x = 'a'",
        "*revision, down_revision = 'ab'",
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=8))
def test_any_statements_are_read_or_reported(pieces: list[str]) -> None:
    file = read("\n".join(pieces))
    assert file.revision is not None or file.problems


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_garbage_is_reported(data: bytes) -> None:
    file = read_revision("versions/x.py", data)
    assert file.revision is not None or file.problems
