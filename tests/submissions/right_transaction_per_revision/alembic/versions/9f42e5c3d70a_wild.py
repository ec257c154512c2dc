"""posts are wild

Revision ID: 9f42e5c3d70a
Revises: 8e31d4b2c6f9
"""

import sqlalchemy as sa
from alembic import op

revision = "9f42e5c3d70a"
down_revision = "8e31d4b2c6f9"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TABLE posts ALTER COLUMN mood SET DEFAULT 'wild'")


def downgrade():
    op.execute("ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT")
