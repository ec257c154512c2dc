"""table missing

Revision ID: e00000000000
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000000"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_table("tags")
