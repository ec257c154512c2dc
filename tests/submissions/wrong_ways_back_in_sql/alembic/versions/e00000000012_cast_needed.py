"""cast needed

Revision ID: e00000000012
Revises: e00000000011
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000012"
down_revision = "e00000000011"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.alter_column("posts", "title", type_=sa.Integer())
