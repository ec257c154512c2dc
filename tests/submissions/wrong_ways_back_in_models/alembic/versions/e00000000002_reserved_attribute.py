"""reserved attribute

Revision ID: e00000000002
Revises: e00000000001
"""

import sqlalchemy as sa
from alembic import op

revision = "e00000000002"
down_revision = "e00000000001"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    from sqlalchemy import orm
    Base = orm.declarative_base()
    from flask_sqlalchemy import SQLAlchemy
    db = SQLAlchemy()
    class Note(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        metadata = db.Column(db.Text)
