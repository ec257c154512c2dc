"""extension unavailable

Revision ID: e00000000018
Revises: e00000000017
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000018"
down_revision = "e00000000017"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("CREATE EXTENSION no_such_extension")
