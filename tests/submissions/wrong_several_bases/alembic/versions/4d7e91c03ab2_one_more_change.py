"""tags

Revision ID: 4d7e91c03ab2
Revises: 
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7e91c03ab2"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
    )


def downgrade():
    op.drop_table("tags")
