"""username

Revision ID: 672b0dfe84a9
Revises: c15a8e3f9b60
"""

import sqlalchemy as sa
from alembic import op

revision = "672b0dfe84a9"
down_revision = "c15a8e3f9b60"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
