"""default does not fit

Revision ID: e00000000013
Revises: e00000000012
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000013"
down_revision = "e00000000012"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.alter_column("posts", "status", server_default="draft")
    op.alter_column("posts", "status", type_=sa.Integer(), postgresql_using="length(status)")
