"""profiles are complete

Revision ID: 1b62e8d03f55
Revises: 0a51d7c92e44
"""

import sqlalchemy as sa
from alembic import op

revision = "1b62e8d03f55"
down_revision = "0a51d7c92e44"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
