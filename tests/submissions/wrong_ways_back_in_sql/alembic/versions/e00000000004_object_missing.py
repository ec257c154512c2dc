"""object missing

Revision ID: e00000000004
Revises: e00000000003
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000004"
down_revision = "e00000000003"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("DROP TYPE mood")
