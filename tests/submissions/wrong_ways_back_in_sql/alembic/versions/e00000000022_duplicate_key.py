"""duplicate key

Revision ID: e00000000022
Revises: e00000000021
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000022"
down_revision = "e00000000021"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("INSERT INTO organizations (name, slug) VALUES ('a', 'a'), ('a', 'b')")
