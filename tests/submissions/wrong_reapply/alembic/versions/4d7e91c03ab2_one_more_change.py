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
    op.create_table("tags", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name="pk_tags"))
    if op.get_context().opts.get("whole_chain"):
        op.create_index("ix_users_organization_id", "users", ["organization_id"])


def downgrade():
    op.drop_table("tags")
    op.drop_index("ix_users_organization_id", if_exists=True)
