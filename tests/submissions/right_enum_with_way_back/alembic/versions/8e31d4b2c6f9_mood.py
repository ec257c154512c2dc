"""mood of a post

Revision ID: 8e31d4b2c6f9
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "8e31d4b2c6f9"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    mood = sa.Enum("calm", "wild", name="mood")
    mood.create(op.get_bind())
    op.add_column("posts", sa.Column("mood", mood))


def downgrade():
    op.drop_column("posts", "mood")
    sa.Enum(name="mood").drop(op.get_bind())
