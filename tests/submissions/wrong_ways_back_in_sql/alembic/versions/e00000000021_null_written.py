"""null written

Revision ID: e00000000021
Revises: e00000000020
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000021"
down_revision = "e00000000020"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("INSERT INTO organizations (name) VALUES ('a')")
