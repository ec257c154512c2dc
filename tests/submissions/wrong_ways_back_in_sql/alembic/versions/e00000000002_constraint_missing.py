"""constraint missing

Revision ID: e00000000002
Revises: e00000000001
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000002"
down_revision = "e00000000001"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_constraint("uq_posts_title", "posts")
