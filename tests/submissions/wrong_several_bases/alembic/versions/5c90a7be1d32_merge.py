"""bring both together

Revision ID: 5c90a7be1d32
Revises: ?
"""

import sqlalchemy as sa
from alembic import op

revision = "5c90a7be1d32"
down_revision = ("c15a8e3f9b60", "4d7e91c03ab2")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
