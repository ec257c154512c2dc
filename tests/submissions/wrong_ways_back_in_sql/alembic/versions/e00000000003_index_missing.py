"""index missing

Revision ID: e00000000003
Revises: e00000000002
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000003"
down_revision = "e00000000002"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_index("ix_posts_title", table_name="posts")
