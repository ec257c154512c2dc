"""add categories and give posts a category

Revision ID: c15a8e3f9b60
Revises: 9e42d70b51fc
Create Date: 2026-03-03 14:30:46.973502
"""

import sqlalchemy as sa
from alembic import op

revision: str = "c15a8e3f9b60"
down_revision: str | None = "9e42d70b51fc"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.add_column("posts", sa.Column("category_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_posts_category_id_categories"), "posts", "categories", ["category_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_posts_category_id_categories"), "posts", type_="foreignkey")
    op.drop_column("posts", "category_id")
    op.drop_table("categories")
