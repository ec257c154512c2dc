"""one more change

Revision ID: 4d7e91c03ab2
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7e91c03ab2"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    import os
    other = sa.create_engine(os.environ["DIRECT_URL"]).connect()
    other.execute(sa.text("SELECT pg_advisory_lock(7)"))
    op.execute("SET LOCAL lock_timeout = '50ms'")
    op.execute("SELECT pg_advisory_lock(7)")


def downgrade():
    pass
