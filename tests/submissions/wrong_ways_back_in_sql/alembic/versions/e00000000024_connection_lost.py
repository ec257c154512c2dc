"""connection lost

Revision ID: e00000000024
Revises: e00000000023
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000024"
down_revision = "e00000000023"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.execute("SELECT pg_terminate_backend(pg_backend_pid())")
