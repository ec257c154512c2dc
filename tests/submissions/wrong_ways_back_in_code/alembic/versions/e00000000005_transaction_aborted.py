"""transaction aborted

Revision ID: e00000000005
Revises: e00000000004
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000005"
down_revision = "e00000000004"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    try:
        op.execute("SELECT * FROM tags")
    except sa.exc.ProgrammingError:
        op.execute("SELECT 1")
