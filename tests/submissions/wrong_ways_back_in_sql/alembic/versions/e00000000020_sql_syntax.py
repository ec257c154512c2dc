"""sql syntax

Revision ID: e00000000020
Revises: e00000000019
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000020"
down_revision = "e00000000019"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("ALTER TABLE users MODIFY username VARCHAR(80)")
