"""foreign key target not unique

Revision ID: e00000000015
Revises: e00000000014
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000015"
down_revision = "e00000000014"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.create_foreign_key("fk", "users", "organizations", ["full_name"], ["plan"])
