"""space exhausted

Revision ID: e00000000019
Revises: e00000000018
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000019"
down_revision = "e00000000018"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("SELECT array_fill(0, ARRAY[200000000])")
