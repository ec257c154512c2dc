"""not in transaction

Revision ID: e00000000016
Revises: e00000000015
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000016"
down_revision = "e00000000015"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("CREATE INDEX CONCURRENTLY ix ON users (full_name)")
