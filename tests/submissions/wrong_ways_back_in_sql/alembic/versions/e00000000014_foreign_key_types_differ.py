"""foreign key types differ

Revision ID: e00000000014
Revises: e00000000013
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000014"
down_revision = "e00000000013"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.create_foreign_key("fk", "users", "organizations", ["email"], ["id"])
