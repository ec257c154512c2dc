"""Revisions that were edited after they were committed, and code of one's own without a word on it."""

from __future__ import annotations

from tests.catalogue.case import CATEGORIES, PROFILE, USERNAME, Case, delete, extra, replace

_SLUGS = """op.execute("UPDATE categories SET slug = lower(name) WHERE slug = ''")"""

WRONG_PRACTICE: tuple[Case, ...] = (
    Case(
        "wrong_edited_revision",
        "A revision was corrected after it had been committed, instead of a new one on top.",
        (
            replace(
                PROFILE,
                (
                    '    op.drop_column("users", "avatar_url")\n    op.drop_column("users", "bio")\n',
                    '    op.drop_column("users", "bio")\n    op.drop_column("users", "avatar_url")\n',
                ),
            ),
        ),
        earlier=((delete(CATEGORIES, USERNAME),),),
        failed={"unedited": ("revision_9e42d70b51fc",)},
        hints={"unedited": ("git checkout", PROFILE, "2026-03-03", "new revision")},
    ),
    Case(
        "wrong_deleted_revision",
        "A committed revision was deleted, and its work put into another one.",
        (),
        earlier=(
            (
                extra(
                    'op.add_column("users", sa.Column("nick", sa.Text()))', 'op.drop_column("users", "nick")'
                ),
            ),
        ),
        failed={"unedited": ("revision_4d7e91c03ab2",)},
        hints={"unedited": ("no longer finds it", "git checkout")},
    ),
    Case(
        "wrong_unexplained_sql",
        "SQL changes rows, and nothing says why.",
        (extra(_SLUGS),),
        bonus=5.0,
        failed={"explained": ("revision_4d7e91c03ab2",)},
        hints={"explained": ("op.execute in line 17", "comment")},
    ),
)
