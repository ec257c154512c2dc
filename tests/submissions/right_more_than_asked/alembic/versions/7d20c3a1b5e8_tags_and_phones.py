"""tags and phones

Revision ID: 7d20c3a1b5e8
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "7d20c3a1b5e8"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("label", sa.String(20), nullable=False),
    )
    op.add_column("users", sa.Column("phone", sa.String(30)))


def downgrade():
    op.drop_column("users", "phone")
    op.drop_table("tags")
