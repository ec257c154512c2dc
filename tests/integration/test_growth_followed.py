"""What criteria say about a schema that was made in one go is followed to the letter, and graded again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from grader.report.model import Status
from grader.runs.assignments import load
from tests.catalogue.case import CATEGORIES, INITIAL, PROFILE, Edit, Files, replace
from tests.catalogue.follow.way import way
from tests.catalogue.wrong_growth import BIO, CATEGORY, CATEGORY_ID, DROP_CATEGORY
from tests.integration.following import Grader, follow
from tests.integration.shared_trials import shared_trials

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runs.graded import Graded
    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import PostgresServer
    from grader.runtime.sandbox.interface import SandboxBackend

KNOWN = (PROFILE, CATEGORIES)
FIRST = "3b8f1c6a27d4"
AFTER = f'write `down_revision = "{FIRST}"` into it, and its own id as down_revision into {PROFILE}'
NAMES = {
    "user_columns": "users.bio and users.avatar_url",
    "category_table": "categories and posts.category_id",
}
ADD_PROFILE = """def upgrade() -> None:
    op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("avatar_url", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "avatar_url")
    op.drop_column("users", "bio")
"""
ADD_CATEGORIES = (
    "def upgrade() -> None:\n"
    + CATEGORY[1].partition('    op.create_table(\n        "posts"')[0]
    + """    op.add_column("posts", sa.Column("category_id", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_posts_category", "posts", "categories", ["category_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint("fk_posts_category", "posts", type_="foreignkey")
    op.drop_column("posts", "category_id")
    op.drop_table("categories")
"""
)


def back(change: tuple[str, str]) -> tuple[str, str]:
    """A change that takes another one back."""
    return change[1], change[0]


def moved_into_the_new_file(functions: str, *changes: tuple[str, str]) -> Edit:
    """Move something out of the first revision into the one that `alembic revision` has just made."""

    def apply(files: Files) -> None:
        replace(INITIAL, *map(back, changes))(files)
        (new,) = [path for path in files if "_add_" in path and path not in KNOWN]
        head = files[new].decode().partition("def upgrade()")[0]
        lines = [
            f'down_revision = "{FIRST}"' if line.startswith("down_revision") else line
            for line in head.splitlines()
        ]
        files[new] = "\n".join([*lines, functions]).encode()
        number = re.findall(r"^revision.*= ['\"](\w+)['\"]$", head, re.MULTILINE)[0]
        replace(PROFILE, (f'down_revision = "{FIRST}"', f'down_revision = "{number}"'))(files)

    return apply


@pytest.fixture(scope="module")
def grader(
    embedded_backend: EmbeddedBackend, warm_sandbox: SandboxBackend, tmp_path_factory: pytest.TempPathFactory
) -> Grader:
    assignment = load()
    folder = tmp_path_factory.mktemp("followed")
    return Grader(assignment, embedded_backend, warm_sandbox, folder, shared_trials(tmp_path_factory))


def hint(graded: Graded, criterion: str) -> str:
    return next(item.hint or "" for item in graded.report.criteria if item.id == criterion)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("criterion", "edit"),
    [
        ("user_columns", moved_into_the_new_file(ADD_PROFILE, BIO)),
        ("category_table", moved_into_the_new_file(ADD_CATEGORIES, CATEGORY, DROP_CATEGORY, CATEGORY_ID)),
    ],
)
def test_a_revision_is_split(
    criterion: str, edit: Edit, grader: Grader, embedded_server: PostgresServer, tmp_path: Path
) -> None:
    case, name = "wrong_all_in_one_and_comments", NAMES[criterion]
    commands = ("alembic downgrade base", f'alembic revision -m "add {name}"', "alembic upgrade head")
    said = hint(grader.case(case), criterion)
    assert all(words in said for words in (*(f"`{item}`" for item in commands), INITIAL, AFTER)), said
    split = way(
        case,
        *(commands[0], commands[1], edit, commands[2]),
        says="Move",
        before=("alembic upgrade head",),
    )
    after = grader.files(case, follow((split,), embedded_server, tmp_path / "student"))
    now = {item.id: item for item in after.report.criteria}
    assert now[criterion].status is Status.PASSED, now[criterion].hint
    other = {"user_columns", "category_table"} - {criterion}
    assert [item for item in other if now[item].status is not Status.PASSED] == [*other]
