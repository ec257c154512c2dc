"""mapping error

Revision ID: e00000000006
Revises: e00000000005
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000006"
down_revision = "e00000000005"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    from sqlalchemy import orm
    Base = orm.declarative_base()
    class Note(Base):
        id = sa.Column(sa.Integer, primary_key=True)
