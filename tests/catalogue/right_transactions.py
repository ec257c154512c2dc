"""Right answers that use transactions, or the database, in another way than the reference."""

from __future__ import annotations

from tests.catalogue.case import APP, EXTRA, Case, Edit, by_operator, extra, replace

IN_BLOCK = "with op.get_context().autocommit_block():\n    "
CONCURRENTLY = (
    f'{IN_BLOCK}op.create_index("ix_posts_title", "posts", ["title"], postgresql_concurrently=True)'
)
CONCURRENTLY_BACK = f'{IN_BLOCK}op.execute("DROP INDEX CONCURRENTLY ix_posts_title")'
TITLE_INDEX: Edit = replace(
    APP,
    (
        "title = db.Column(db.String(200), nullable=False)",
        "title = db.Column(db.String(200), nullable=False, index=True)",
    ),
)
KEEP = 'KEEP = sa.text("UPDATE organizations SET plan = plan WHERE slug = :slug")'
SLUGS = 'slugs = op.get_bind().execute(sa.text("SELECT slug FROM organizations")).scalars().all()'

RIGHT_TRANSACTIONS: tuple[Case, ...] = (
    Case(
        "right_concurrent_index",
        "An index that PostgreSQL makes in no transaction, in an autocommit_block() of its own.",
        (TITLE_INDEX, extra(CONCURRENTLY, CONCURRENTLY_BACK)),
    ),
    Case(
        "right_transaction_per_migration",
        "Every revision in a transaction of its own.",
        (by_operator("transaction_per_revision"),),
    ),
    Case(
        "right_revision_reads_rows",
        "A revision goes by the rows that are there: it cannot be written as SQL, and that is no mistake.",
        (
            extra(f"{SLUGS}\nfor slug in slugs:\n    op.execute(KEEP.bindparams(slug=slug))"),
            replace(EXTRA, ("import op\n", f"import op\n\n{KEEP}\n")),
        ),
    ),
)
