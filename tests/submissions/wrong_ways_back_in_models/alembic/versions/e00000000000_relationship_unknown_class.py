"""relationship unknown class

Revision ID: e00000000000
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000000"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    from sqlalchemy import orm
    Base = orm.declarative_base()
    class Note(Base):
        __tablename__ = "notes"
        id = sa.Column(sa.Integer, primary_key=True)
        author = orm.relationship("Author")
    Note()
