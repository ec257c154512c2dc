"""a copy

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
    pass


def downgrade():
    pass
