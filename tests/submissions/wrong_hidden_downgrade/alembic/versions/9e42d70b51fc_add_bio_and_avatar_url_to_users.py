"""profile

Revision ID: 9e42d70b51fc
Revises: 3b8f1c6a27d4
"""

import sqlalchemy as sa
from alembic import op

revision = "9e42d70b51fc"
down_revision = "3b8f1c6a27d4"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("users", sa.Column("bio", sa.Text()))
    op.add_column("users", sa.Column("avatar_url", sa.String(255)))


def downgrade():
    pass
