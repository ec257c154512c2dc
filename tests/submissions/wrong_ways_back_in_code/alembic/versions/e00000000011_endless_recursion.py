"""endless recursion

Revision ID: e00000000011
Revises: e00000000010
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000011"
down_revision = "e00000000010"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    downgrade()
