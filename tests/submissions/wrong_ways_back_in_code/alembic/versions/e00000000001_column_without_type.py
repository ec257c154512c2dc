"""column without type

Revision ID: e00000000001
Revises: e00000000000
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000001"
down_revision = "e00000000000"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.add_column("posts", sa.Column("mood"))
