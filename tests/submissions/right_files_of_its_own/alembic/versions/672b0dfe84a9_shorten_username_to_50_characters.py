"""shorten username to 50 characters

Revision ID: 672b0dfe84a9
Revises: c15a8e3f9b60
Create Date: 2026-03-03 15:11:33.250867
"""

import sqlalchemy as sa
from alembic import op

revision: str = "672b0dfe84a9"
down_revision: str | None = "c15a8e3f9b60"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # A longer username makes PostgreSQL refuse this, and nothing is changed. That is meant: cutting names off
    # unasked could make two users the same.
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "username",
            existing_type=sa.String(length=80),
            type_=sa.String(length=50),
            existing_nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "username",
            existing_type=sa.String(length=50),
            type_=sa.String(length=80),
            existing_nullable=False,
        )
