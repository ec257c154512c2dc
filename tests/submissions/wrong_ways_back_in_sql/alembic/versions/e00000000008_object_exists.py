"""object exists

Revision ID: e00000000008
Revises: e00000000007
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000008"
down_revision = "e00000000007"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.create_unique_constraint("uq_users_email", "users", ["email"])
