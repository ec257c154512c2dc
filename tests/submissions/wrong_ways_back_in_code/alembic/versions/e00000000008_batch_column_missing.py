"""batch column missing

Revision ID: e00000000008
Revises: e00000000007
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000008"
down_revision = "e00000000007"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    with op.batch_alter_table("posts", recreate="always") as batch_op:
        batch_op.alter_column("headline", nullable=True)
