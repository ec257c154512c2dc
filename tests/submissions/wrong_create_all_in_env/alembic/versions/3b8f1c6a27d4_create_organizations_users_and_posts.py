"""initial

Revision ID: 3b8f1c6a27d4
Revises: 
"""

import sqlalchemy as sa
from alembic import op

revision = "3b8f1c6a27d4"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
