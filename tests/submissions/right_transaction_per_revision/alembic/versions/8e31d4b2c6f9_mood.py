"""mood of a post

Revision ID: 8e31d4b2c6f9
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "8e31d4b2c6f9"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE TYPE mood AS ENUM ('calm', 'wild')")
    op.execute("ALTER TABLE posts ADD COLUMN mood mood")


def downgrade():
    op.execute("ALTER TABLE posts DROP COLUMN mood")
    op.execute("DROP TYPE mood")
