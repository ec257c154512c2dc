"""say since when somebody is a reader

Revision ID: 2c73f9e5d0b4
Revises: 1b62e8d4cfa3
Create Date: 2026-03-23 14:52:47.230548

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '2c73f9e5d0b4'
down_revision: Union[str, Sequence[str], None] = '1b62e8d4cfa3'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.add_column('readers', sa.Column('joined_on', sa.Date(), server_default=sa.text('CURRENT_DATE'), nullable=False))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('readers', 'joined_on')
