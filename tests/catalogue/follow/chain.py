"""How hints about revisions and their order are followed."""

from __future__ import annotations

from tests.catalogue.case import (
    CATEGORIES,
    INITIAL,
    PROFILE,
    USERNAME,
    Edit,
    Files,
    append,
    delete,
    move,
    replace,
    revision,
    write,
)
from tests.catalogue.follow.way import Ways, like, way

RIGHT = "right_reference"
MERGE = "alembic/versions/5c90a7be1d32_merge.py"
COPY = "alembic/versions/copy_of_profile.py"
HELPERS = "alembic/versions/helpers.py"
PARENT = "down_revision: str | None = "

LOSE = (
    "python -c \"import os, psycopg2; connection = psycopg2.connect(os.environ['DIRECT_URL']); "
    "connection.cursor().execute('UPDATE alembic_version SET version_num = %s', ['feedbead0000']); "
    'connection.commit()"'
)
"""What is left of a revision whose file was deleted after it had run."""
AGAIN = "alembic/versions/5e5e5e5e5e5e_again.py"


def _chained(parent: str, old: str) -> Edit:
    """Take the repeated work out of a copied revision, and let it follow the head."""

    def apply(files: Files) -> None:
        text = files[AGAIN].decode().replace(old, f'{PARENT}"{parent}"')
        head, _, _ = text.partition("def upgrade()")
        files[AGAIN] = f"{head}def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n".encode()

    return apply


WAYS: Ways = {
    "branches_repeat": (
        way("wrong_first_revision_twice", delete(AGAIN), says=(AGAIN, "delete it")),
        way(
            "wrong_first_revision_twice",
            _chained("672b0dfe84a9", f"{PARENT}None"),
            says=("take the table out of it", 'write `down_revision = "672b0dfe84a9"` there'),
        ),
        way("wrong_column_twice", delete(AGAIN), says=(AGAIN, "delete it")),
    ),
    "duplicate_revision": (
        way("wrong_duplicate_id", delete(COPY), says=("copy_of_profile.py", "Delete the copy")),
        way(
            "wrong_duplicate_id",
            replace(
                COPY,
                ('revision = "9e42d70b51fc"', 'revision = "9e42d70b51fd"'),
                ('down_revision = "3b8f1c6a27d4"', 'down_revision = "672b0dfe84a9"'),
            ),
            says="give it an id and a parent of its own",
        ),
    ),
    "several_heads": (
        way(
            "wrong_several_heads",
            replace(USERNAME, (f'{PARENT}"9e42d70b51fc"', f'{PARENT}"c15a8e3f9b60"')),
            says=("Set the `down_revision` of one to the id of the other", "c15a8e3f9b60"),
        ),
        way("wrong_several_heads", 'alembic merge heads -m "merge"', says='`alembic merge heads -m "merge"`'),
    ),
    "missing_parent": (
        way(
            "wrong_missing_parent",
            like(PROFILE, RIGHT),
            says=("9e42d70b51fc", "Commit the missing file"),
            elsewhere=(PROFILE,),
        ),
        way(
            "wrong_missing_parent",
            replace(CATEGORIES, (f'{PARENT}"9e42d70b51fc"', f'{PARENT}"3b8f1c6a27d4"')),
            says="name the revision that really comes before",
        ),
    ),
    "revision_not_found": (
        way(
            "wrong_unknown_version",
            write(
                "alembic/versions/feedbead0000_lost.py",
                revision("feedbead0000", "672b0dfe84a9", "what was lost", "pass", "pass"),
            ),
            says='Commit the file that says `revision = "feedbead0000"`',
            elsewhere=("alembic/versions/feedbead0000_lost.py",),
        ),
        way(
            RIGHT,
            "alembic stamp --purge 672b0dfe84a9",
            before=("alembic upgrade head", LOSE),
            fails="alembic upgrade head",
            says="`alembic stamp --purge 672b0dfe84a9`",
        ),
    ),
    "revision_cycle": (
        way(
            "wrong_cycle",
            replace(INITIAL, (f"{PARENT}'672b0dfe84a9'", f"{PARENT}None")),
            says=(INITIAL, "None in the first revision"),
        ),
        way(
            "wrong_own_parent",
            replace(PROFILE, (f'{PARENT}"9e42d70b51fc"', f'{PARENT}"3b8f1c6a27d4"')),
            says="Write the id of the revision before it into its `down_revision`",
        ),
    ),
    "revision_id_missing": (
        way(
            "wrong_file_among_revisions",
            move(HELPERS, "alembic/helpers.py"),
            says="If it is no migration, move it out of the versions folder",
        ),
        way(
            "wrong_file_among_revisions",
            append(HELPERS, '\nrevision = "4d7e91c03ab2"\ndown_revision = "672b0dfe84a9"\n'),
            says="if it is one, give it an id",
            then="revision_part_missing",
        ),
    ),
    "revision_part_missing": (
        way(
            "wrong_no_upgrade",
            replace(USERNAME, ("def upgrade_it()", "def upgrade()")),
            says="Write `def upgrade() -> None:`",
        ),
        way(
            "wrong_no_downgrade",
            like(USERNAME, RIGHT),
            says="Write `def downgrade() -> None:`",
        ),
    ),
    "long_revision_id": (
        way(
            "wrong_long_id",
            replace(USERNAME, ("shorten_usernames_to_fifty_characters", "shorten_usernames")),
            says="Give it a shorter id",
        ),
    ),
    "not_up_to_date": (
        way(
            RIGHT,
            "alembic upgrade head",
            fails='alembic revision --autogenerate -m "more"',
            says=("Run `alembic upgrade head` first, then repeat the command",),
        ),
    ),
    "relative_step_impossible": (
        way(
            RIGHT,
            "alembic upgrade head",
            fails="alembic downgrade -1",
            says="Run `alembic upgrade head` first",
        ),
        way(
            RIGHT,
            "alembic history",
            "alembic current",
            "alembic upgrade head",
            before=("alembic upgrade c15a8e3f9b60",),
            fails="alembic upgrade +2",
            works="alembic downgrade -1",
            says="to go to the end, run `alembic upgrade head`",
        ),
    ),
    "downgrade_ambiguous": (
        way(
            "wrong_merge_at_head",
            replace(USERNAME, (f'{PARENT}"9e42d70b51fc"', f'{PARENT}"c15a8e3f9b60"')),
            replace(CATEGORIES, (f'{PARENT}"3b8f1c6a27d4"', f'{PARENT}"9e42d70b51fc"')),
            delete(MERGE),
            says="Put the branches in a row (give each revision one down_revision, delete the merge)",
            elsewhere=(USERNAME, CATEGORIES, MERGE),
        ),
        way(
            "wrong_merge_at_head",
            "alembic downgrade 9e42d70b51fc",
            before=("alembic upgrade head",),
            fails="alembic downgrade -1",
            works="alembic current",
            says="`alembic downgrade <revision>` names the revision to go back to",
        ),
    ),
    "not_an_ancestor": (
        way(
            RIGHT,
            "alembic current",
            "alembic history",
            "alembic downgrade 3b8f1c6a27d4",
            before=("alembic upgrade 9e42d70b51fc",),
            fails="alembic downgrade c15a8e3f9b60",
            works="alembic upgrade c15a8e3f9b60",
            says="Look at `alembic current` and `alembic history`, and choose a revision on that line",
        ),
    ),
    "version_table_wrong": (
        way(
            "wrong_extra_version_row",
            replace(
                USERNAME, ("    op.execute(\"INSERT INTO alembic_version VALUES ('9e42d70b51fc')\")\n", "")
            ),
            says="Take out whatever writes to alembic_version",
            elsewhere=(USERNAME,),
        ),
    ),
    "models_differ": (
        way(
            "wrong_model_not_migrated",
            'alembic revision --autogenerate -m "add phone"',
            "alembic upgrade head",
            before=("alembic upgrade head",),
            fails="alembic check",
            says=('Run `alembic revision --autogenerate -m "…"` on a database at head', "upgrade"),
        ),
    ),
}
