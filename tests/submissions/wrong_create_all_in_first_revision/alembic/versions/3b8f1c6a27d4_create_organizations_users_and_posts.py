"""initial

Revision ID: 3b8f1c6a27d4
Revises: 
"""

import sqlalchemy as sa
from alembic import op

revision = "3b8f1c6a27d4"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    from app import db
    db.metadata.create_all(op.get_bind())


def downgrade():
    from app import db
    db.metadata.drop_all(op.get_bind())
