"""value out of range

Revision ID: e00000000023
Revises: e00000000022
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000023"
down_revision = "e00000000022"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("UPDATE posts SET view_count = 99999999999")
