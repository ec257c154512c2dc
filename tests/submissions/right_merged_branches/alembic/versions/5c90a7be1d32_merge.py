"""merge both branches

Revision ID: 5c90a7be1d32
Revises: c15a8e3f9b60
"""

import sqlalchemy as sa
from alembic import op

revision = "5c90a7be1d32"
down_revision = ("9e42d70b51fc", "c15a8e3f9b60")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
