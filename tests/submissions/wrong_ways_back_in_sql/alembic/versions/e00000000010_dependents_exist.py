"""dependents exist

Revision ID: e00000000010
Revises: e00000000009
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000010"
down_revision = "e00000000009"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_table("organizations")
