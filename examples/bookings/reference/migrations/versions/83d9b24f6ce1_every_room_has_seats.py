"""every room has seats

A room without a number of seats gets one seat, so that the column can be required. The default of the
database is written by hand: autogenerate does not compare defaults.

Revision ID: 83d9b24f6ce1
Revises: 72c8a13e5bd0
Create Date: 2026-03-16 10:15:02.903347

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '83d9b24f6ce1'
down_revision: Union[str, Sequence[str], None] = '72c8a13e5bd0'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.execute('UPDATE rooms SET seats = 1 WHERE seats IS NULL')
    op.alter_column('rooms', 'seats',
               existing_type=sa.INTEGER(),
               nullable=False,
               server_default='1')


def downgrade() -> None:
    """Downgrade schema."""
    op.alter_column('rooms', 'seats',
               existing_type=sa.INTEGER(),
               nullable=True,
               server_default=None)
