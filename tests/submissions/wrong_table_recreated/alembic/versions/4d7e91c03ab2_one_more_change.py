"""one more change

Revision ID: 4d7e91c03ab2
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7e91c03ab2"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    # Everything anew, to be sure.
    op.drop_table("posts")
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_posts_user_id_users"), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("content", sa.Text()),
        sa.Column("status", sa.String(20)),
        sa.Column("view_count", sa.Integer()),
        sa.Column("created_at", sa.DateTime()),
        sa.Column("updated_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
    )
    op.create_foreign_key("fk_posts_category_id_categories", "posts", "categories", ["category_id"], ["id"])
    op.create_foreign_key("fk_posts_organization_id_organizations", "posts", "organizations", ["organization_id"], ["id"])


def downgrade():
    pass
