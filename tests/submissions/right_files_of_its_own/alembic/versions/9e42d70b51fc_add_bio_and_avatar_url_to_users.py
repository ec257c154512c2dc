"""add bio and avatar_url to users

Revision ID: 9e42d70b51fc
Revises: 3b8f1c6a27d4
Create Date: 2026-03-02 09:52:08.118740
"""

import sqlalchemy as sa
from alembic import op

revision: str = "9e42d70b51fc"
down_revision: str | None = "3b8f1c6a27d4"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("avatar_url", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "avatar_url")
    op.drop_column("users", "bio")
