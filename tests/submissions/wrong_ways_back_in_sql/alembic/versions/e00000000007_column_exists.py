"""column exists

Revision ID: e00000000007
Revises: e00000000006
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000007"
down_revision = "e00000000006"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.add_column("users", sa.Column("email", sa.Text()))
