"""Which changes of a revision file change what it runs."""

from __future__ import annotations

import pytest

from grader.submission.executed_code import read_version

PLAIN = '''"""Add a nickname

Revision ID: b2
Revises: a1
"""
from typing import Sequence, Union

import sqlalchemy as sa
from alembic import op

revision: str = "b2"
down_revision: Union[str, None] = "a1"


def upgrade() -> None:
    """Upgrade schema."""
    op.add_column("users", sa.Column("nick", sa.Text()))


def downgrade() -> None:
    op.drop_column("users", "nick")
'''


def differing(old: str, new: str) -> tuple[str, ...]:
    assert old in PLAIN
    first = read_version("b2.py", PLAIN.encode())
    second = read_version("b2.py", PLAIN.replace(old, new).encode())
    assert first is not None
    assert second is not None
    return second.differing(first)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Add a nickname", "Add a nickname, as asked"),
        ('    """Upgrade schema."""\n', ""),
        ("    op.add_column", "    # People have nicknames.\n    op.add_column"),
        ("\n", "\r\n"),
        ('"users", sa.Column', "'users',\n        sa.Column"),
        ("Union[str, None]", "str | None"),
        (" -> None", ""),
        (
            "import sqlalchemy as sa\nfrom alembic import op\n",
            "from alembic import op\nimport sqlalchemy as sa\n",
        ),
        ("from typing import Sequence, Union\n", "import os\n"),
    ],
)
def test_what_makes_no_difference(old: str, new: str) -> None:
    assert differing(old, new) == ()


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("sa.Text()", "sa.String(40)", "upgrade()"),
        ('op.drop_column("users", "nick")', "pass", "downgrade()"),
        ("from alembic import op\n", "from alembic import op\nTABLE = 'users'\n", "other code"),
        ("from alembic import op", "from mine import op", "other code"),
        ("def upgrade() -> None:", "@twice\ndef upgrade() -> None:", "upgrade()"),
    ],
)
def test_what_makes_a_difference(old: str, new: str, part: str) -> None:
    assert differing(old, new) == (part,)


def test_the_parents_are_told_apart_from_the_code() -> None:
    version = read_version("b2.py", PLAIN.encode())
    moved = read_version("b2.py", PLAIN.replace('= "a1"', '= ("a1", "c3")').encode())
    assert version is not None
    assert moved is not None
    assert moved.differing(version) == ()
    assert version.parents == frozenset({"a1"})
    assert moved.parents == frozenset({"a1", "c3"})


@pytest.mark.parametrize("data", [b"", b"import os\n", b"down_revision = (", b"down_revision = None\n"])
def test_a_file_that_is_no_revision_has_no_version(data: bytes) -> None:
    assert read_version("notes.py", data) is None
