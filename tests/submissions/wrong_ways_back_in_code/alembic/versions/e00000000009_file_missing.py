"""file missing

Revision ID: e00000000009
Revises: e00000000008
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000009"
down_revision = "e00000000008"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    open("categories.csv")
