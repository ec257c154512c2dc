"""Wrong answers in the revision files: the graph, ids, messages, syntax, what was never committed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.catalogue.case import (
    APP,
    BLOCKED_BY_UPGRADE,
    CATEGORIES,
    ENV,
    EXTRA,
    EXTRA_ID,
    INI,
    INITIAL,
    NO_REVISION_FILES,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    breaks_at,
    by_operator,
    delete,
    nothing_ran,
    reencode,
    replace,
    revision,
    write,
)

UNSOUND = ("graph", "command", "version", "schema")
"""What fails of `upgrade_head` where the files already show that there is no way to a head."""


def _parent(path: str, old: str | None, new: str | None) -> Edit:
    def written(parent: str | None) -> str:
        return "down_revision: str | None = " + (f'"{parent}"' if parent else "None")

    return replace(path, (written(old), written(new)))


def _unsound(name: str, why: str, edits: tuple[Edit, ...], *hint: str, diagnosis: str) -> Case:
    return nothing_ran(name, why, edits, *hint, checks=UNSOUND, diagnoses=(diagnosis,))


def _history(
    name: str,
    why: str,
    check: str,
    score: float,
    *hint: str,
    edits: tuple[Edit, ...],
    diagnosis: str | None = None,
    also: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Case:
    """Only `history` fails, with one check, and what is in `also`."""
    return Case(
        name,
        why,
        edits,
        score=score,
        failed={**also, "history": (check,)},
        hints={"history": hint},
        diagnoses=(diagnosis,) if diagnosis else (),
    )


MERGED_WORK: tuple[Edit, ...] = (
    # What the profile's revision does goes into the first one, so that categories is the second.
    delete(PROFILE),
    _parent(CATEGORIES, "9e42d70b51fc", "3b8f1c6a27d4"),
    replace(
        INITIAL,
        (
            (
                '        sa.Column("is_active", sa.Boolean(), nullable=True),\n'
                '        sa.Column("organization_id", sa.Integer(), nullable=False),\n'
                '        sa.Column("created_at"'
            ),
            (
                '        sa.Column("bio", sa.Text(), nullable=True),\n'
                '        sa.Column("avatar_url", sa.String(length=255), nullable=True),\n'
                '        sa.Column("is_active", sa.Boolean(), nullable=True),\n'
                '        sa.Column("organization_id", sa.Integer(), nullable=False),\n'
                '        sa.Column("created_at"'
            ),
        ),
    ),
)

GRAPH: tuple[Case, ...] = (
    Case(
        "wrong_several_heads",
        "Two revisions on top of the same one.",
        (_parent(USERNAME, "c15a8e3f9b60", "9e42d70b51fc"),),
        score=8.0,
        bonus=0.0,
        failed={"upgrade_head": UNSOUND, "history": ("line",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("2 heads", "alembic merge heads"), "history": ("2 heads",)},
        diagnoses=("several_heads",),
    ),
    _history(
        "wrong_several_bases",
        "Two first revisions, merged later.",
        "line",
        98.0,
        "2 bases",
        edits=(
            write(
                EXTRA,
                revision(
                    EXTRA_ID,
                    "",
                    "tags",
                    'op.create_table(\n    "tags",\n    sa.Column("id", sa.Integer(), nullable=False),\n'
                    '    sa.PrimaryKeyConstraint("id", name="pk_tags"),\n)',
                    'op.drop_table("tags")',
                ).replace('down_revision = ""', "down_revision = None"),
            ),
            write(
                "alembic/versions/5c90a7be1d32_merge.py",
                revision("5c90a7be1d32", "?", "bring both together", "pass", "pass").replace(
                    'down_revision = "?"', f'down_revision = ("c15a8e3f9b60", "{EXTRA_ID}")'
                ),
            ),
            _parent(USERNAME, "c15a8e3f9b60", "5c90a7be1d32"),
            replace(
                APP,
                (
                    '@app.get("/users")',
                    (
                        'class Tag(db.Model):\n    __tablename__ = "tags"\n'
                        "    id = db.Column(db.Integer, primary_key=True)\n"
                        '\n\n@app.get("/users")'
                    ),
                ),
            ),
        ),
        diagnosis="several_bases",
    ),
    Case(
        "wrong_merge_at_head",
        "The head merges two branches, so that -1 can mean either of them.",
        (
            _parent(CATEGORIES, "9e42d70b51fc", "3b8f1c6a27d4"),
            _parent(USERNAME, "c15a8e3f9b60", "9e42d70b51fc"),
            write(
                "alembic/versions/5c90a7be1d32_merge.py",
                revision("5c90a7be1d32", "?", "bring both together", "pass", "pass").replace(
                    'down_revision = "?"', 'down_revision = ("c15a8e3f9b60", "672b0dfe84a9")'
                ),
            ),
        ),
        score=85.0,
        failed={"downgrade": ("undone", "schema")},
        skipped={"reapply": "downgrade"},
        hints={"downgrade": ("merge",)},
        diagnoses=("downgrade_ambiguous",),
    ),
    _unsound(
        "wrong_missing_parent",
        "A revision in the middle was never committed.",
        (delete(PROFILE),),
        "9e42d70b51fc",
        diagnosis="missing_parent",
    ),
    _unsound(
        "wrong_cycle",
        "The first revision follows the last one.",
        (by_operator("circle"),),
        "circle",
        diagnosis="revision_cycle",
    ),
    _unsound(
        "wrong_own_parent",
        "A revision names itself as its parent.",
        (_parent(PROFILE, "3b8f1c6a27d4", "9e42d70b51fc"),),
        "itself",
        diagnosis="revision_cycle",
    ),
    Case(
        "wrong_duplicate_id",
        "A copy of a revision file lies beside it.",
        (
            write(
                "alembic/versions/copy_of_profile.py",
                revision("9e42d70b51fc", "3b8f1c6a27d4", "a copy", "pass", "pass"),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": UNSOUND, "history": ("listed", "line")},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("9e42d70b51fc", "copy_of_profile.py"), "history": ("more than once",)},
        diagnoses=("duplicate_revision",),
    ),
    breaks_at(
        4,
        "wrong_long_id",
        "A revision id of more than 32 characters.",
        (
            replace(
                USERNAME,
                ('revision: str = "672b0dfe84a9"', 'revision: str = "shorten_usernames_to_fifty_characters"'),
            ),
        ),
        "37 characters",
        "672b0dfe84a9_shorten_username_to_50_characters.py",
        diagnoses=("long_revision_id",),
    ),
    nothing_ran(
        "wrong_no_revisions",
        "Alembic is set up, and no revision was made.",
        (NO_REVISION_FILES,),
        "alembic revision --autogenerate",
        checks=("graph", "version", "schema"),
        diagnoses=("no_revisions",),
    ),
    nothing_ran(
        "wrong_tables_taken_for_granted",
        "The chain begins with ALTER TABLE: the tables were only ever made by create_all().",
        (delete(INITIAL), _parent(PROFILE, "3b8f1c6a27d4", None)),
        "users",
        "empty database",
        diagnoses=("table_missing",),
    ),
)

SOURCES: tuple[Case, ...] = (
    _unsound(
        "wrong_syntax",
        "A bracket is missing in a revision.",
        (replace(PROFILE, ("nullable=True))\n    op.add_column", "nullable=True)\n    op.add_column")),),
        "9e42d70b51fc",
        diagnosis="syntax_error",
    ),
    _unsound(
        "wrong_merge_conflict",
        "A revision was committed in the middle of a merge.",
        (
            replace(
                PROFILE,
                (
                    "def downgrade() -> None:\n",
                    "<<<<<<< HEAD\ndef downgrade() -> None:\n=======\ndef downgrade():\n>>>>>>> main\n",
                ),
            ),
        ),
        "9e42d70b51fc",
        "conflict markers",
        diagnosis="merge_conflict",
    ),
    _unsound(
        "wrong_revision_in_utf_16",
        "A revision that was saved as UTF-16.",
        (reencode(PROFILE, "utf-16"),),
        "9e42d70b51fc_add_bio_and_avatar_url_to_users.py",
        diagnosis="syntax_error",
    ),
    _unsound(
        "wrong_file_among_revisions",
        "A Python file that is no revision lies in the versions folder.",
        (write("alembic/versions/helpers.py", "LENGTH = 50\n"),),
        "helpers.py",
        diagnosis="revision_id_missing",
    ),
    _unsound(
        "wrong_no_down_revision",
        "A revision without down_revision.",
        (replace(PROFILE, ('down_revision: str | None = "3b8f1c6a27d4"\n', "")),),
        "down_revision",
        diagnosis="revision_unreadable",
    ),
    breaks_at(
        4,
        "wrong_no_upgrade",
        "A revision without upgrade().",
        (replace(USERNAME, ("def upgrade()", "def upgrade_it()")),),
        "upgrade()",
        diagnoses=("revision_part_missing",),
    ),
    breaks_at(
        2,
        "wrong_name_in_revision",
        "A revision uses sa without importing it.",
        (replace(PROFILE, ("import sqlalchemy as sa\n", "")),),
        "import sqlalchemy as sa",
        diagnoses=("name_undefined",),
    ),
)

HISTORY: tuple[Case, ...] = (
    _history(
        "wrong_two_revisions",
        "The work of three revisions in one, and the optional step.",
        "changes",
        92.67,
        "at least 3 revisions",
        also={"user_columns": ("evolves",)},
        edits=(
            *MERGED_WORK,
            # The optional step goes into that of the categories.
            delete(USERNAME),
            replace(
                CATEGORIES,
                (
                    "    op.create_foreign_key(",
                    (
                        '    op.alter_column("users", "username", type_=sa.String(50))\n'
                        "    op.create_foreign_key("
                    ),
                ),
                (
                    "def downgrade() -> None:\n",
                    (
                        'def downgrade() -> None:\n    op.alter_column("users", "username", '
                        "type_=sa.String(80))\n"
                    ),
                ),
            ),
        ),
    ),
    _history(
        "wrong_no_message",
        "A revision without a message.",
        "messages",
        98.0,
        "9e42d70b51fc",
        edits=(replace(PROFILE, ("add bio and avatar_url to users\n\nRevision", "Revision")),),
        diagnosis="no_message",
    ),
    _history(
        "wrong_empty_message",
        "A revision that was made without -m.",
        "messages",
        98.0,
        "9e42d70b51fc",
        edits=(replace(PROFILE, ("add bio and avatar_url to users\n", "empty message\n")),),
        diagnosis="no_message",
    ),
    _history(
        "wrong_history_silent",
        "`alembic history` runs env.py, which leaves before anything is listed.",
        "listed",
        98.0,
        edits=(
            replace(INI, ("prepend_sys_path = .", "prepend_sys_path = .\nrevision_environment = true")),
            replace(
                ENV, ("target_metadata =", 'if "history" in sys.argv:\n    os._exit(0)\ntarget_metadata =')
            ),
        ),
    ),
)

WRONG_FILES: tuple[Case, ...] = (*GRAPH, *SOURCES, *HISTORY)
