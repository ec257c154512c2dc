"""annotation not mapped

Revision ID: e00000000003
Revises: e00000000002
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000003"
down_revision = "e00000000002"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    from sqlalchemy import orm
    Base = orm.declarative_base()
    class Note(Base):
        __tablename__ = "notes"
        id: int = orm.mapped_column(primary_key=True)
