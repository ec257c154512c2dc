"""wrong kind of object

Revision ID: e00000000017
Revises: e00000000016
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000017"
down_revision = "e00000000016"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("DROP VIEW users")
