"""categories

Revision ID: c15a8e3f9b60
Revises: 9e42d70b51fc
"""

import sqlalchemy as sa
from alembic import op

revision = "c15a8e3f9b60"
down_revision = "9e42d70b51fc"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
