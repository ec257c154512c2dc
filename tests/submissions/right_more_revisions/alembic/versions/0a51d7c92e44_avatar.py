"""avatar

Revision ID: 0a51d7c92e44
Revises: 9e42d70b51fc
"""

import sqlalchemy as sa
from alembic import op

revision = "0a51d7c92e44"
down_revision = "9e42d70b51fc"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("users", sa.Column("avatar_url", sa.String(length=255), nullable=True))


def downgrade():
    op.drop_column("users", "avatar_url")
