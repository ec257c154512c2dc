"""How hints about what the files show are followed."""

from __future__ import annotations

from tests.catalogue.case import (
    ENV,
    EXTRA,
    INI,
    INITIAL,
    PROFILE,
    USERNAME,
    delete,
    replace,
    write,
)
from tests.catalogue.follow.way import Ways, like, way
from tests.catalogue.texts import COURSE_ENV

RIGHT = "right_reference"
AUTOGENERATE = 'alembic revision --autogenerate -m "initial schema"'
UNDO = "Write the opposite of every operation in upgrade()"

WAYS: Ways = {
    "no_alembic": (
        way(
            "wrong_untouched_template",
            "alembic init alembic",
            write(ENV, COURSE_ENV),
            AUTOGENERATE,
            says=("run `alembic init alembic`", "set up alembic/env.py", "make the first revision"),
        ),
    ),
    "version_folder_missing": (
        way(
            "wrong_version_locations",
            replace(INI, ("/home/ada/exercise/versions", "%(here)s/alembic/versions")),
            says="Write it as `%(here)s/...` and commit the folder",
        ),
    ),
    "revision_unreadable": (
        way(
            "wrong_no_down_revision",
            replace(PROFILE, ("branch_labels:", 'down_revision = "3b8f1c6a27d4"\nbranch_labels:')),
            says="Write the parent's id",
        ),
    ),
    "no_revisions": (way("wrong_no_revisions", AUTOGENERATE, says=f"`{AUTOGENERATE}`"),),
    "several_bases": (
        way(
            "wrong_several_bases",
            replace(EXTRA, ("down_revision = None", 'down_revision = "3b8f1c6a27d4"')),
            says="Only one can be the first; let the others follow it",
        ),
    ),
    "no_message": (
        way(
            "wrong_no_message",
            replace(PROFILE, ('"""Revision ID', '"""add bio and avatar_url to users\n\nRevision ID')),
            says="Write what it does into the first line of its docstring",
        ),
        way(
            "wrong_empty_message",
            replace(PROFILE, ("empty message", "add bio and avatar_url to users")),
            says="Write what it does into the first line of its docstring",
        ),
    ),
    "hard_coded_url": (
        way(
            "wrong_url_in_ini",
            like(INI, RIGHT),
            says="Take it out",
        ),
        way("wrong_url_as_fallback", like(ENV, RIGHT), says="read the URL from the environment (DIRECT_URL)"),
    ),
    "committed_env": (
        way(
            "wrong_env_file_committed",
            "git rm --cached .env",
            write(".gitignore", ".env\n"),
            "git add .gitignore",
            says=("`git rm --cached .env`", "list it in .gitignore"),
        ),
    ),
    "several_configurations": (
        way(
            "wrong_second_set_up",
            delete("old/alembic.ini", "old/alembic/env.py"),
            says=("old/alembic.ini is not", "Keep one and delete the rest"),
            elsewhere=("old/alembic/env.py",),
        ),
    ),
    "suspicious_file": (way("wrong_start_up_file", delete("sitecustomize.py"), says="delete it"),),
    "empty_downgrade": (
        way(
            "wrong_empty_downgrade",
            replace(
                USERNAME,
                (
                    "def downgrade() -> None:\n    pass",
                    'def downgrade() -> None:\n    op.alter_column("users", "username", type_=sa.String(80))',
                ),
            ),
            says=UNDO,
        ),
        way(
            "wrong_hidden_downgrade",
            replace(
                PROFILE,
                (
                    "def downgrade():\n    pass",
                    (
                        'def downgrade():\n    op.drop_column("users", "avatar_url")\n'
                        '    op.drop_column("users", "bio")'
                    ),
                ),
            ),
            says=(UNDO, "drop_column for add_column"),
        ),
    ),
    "empty_revision": (
        way(
            "wrong_empty_revisions",
            "alembic downgrade base",
            delete(INITIAL),
            replace(PROFILE, ('down_revision = "3b8f1c6a27d4"', "down_revision = None")),
            "alembic upgrade head",
            'alembic revision --autogenerate -m "what was left out"',
            before=("alembic upgrade head",),
            says=(
                "Run `alembic downgrade base` on your own database as long as the file is there",
                f"then delete it, write `down_revision = None` into {PROFILE}",
                "run `alembic upgrade head` and `alembic revision --autogenerate -m",
            ),
        ),
    ),
    "create_all_in_revision": (
        way(
            "wrong_create_all_in_revision",
            like(INITIAL, RIGHT),
            says="in place of that call an `op.create_table(…)` for each table",
        ),
    ),
}
