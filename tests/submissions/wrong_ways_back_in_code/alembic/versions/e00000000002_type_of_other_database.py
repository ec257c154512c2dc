"""type of other database

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
    from sqlalchemy.dialects import mysql
    op.add_column("posts", sa.Column("mood", mysql.TINYINT()))
