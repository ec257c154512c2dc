"""too many connections

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
    import os
    engines = [sa.create_engine(os.environ["DIRECT_URL"]) for _ in range(40)]
    connections = [engine.connect() for engine in engines]
