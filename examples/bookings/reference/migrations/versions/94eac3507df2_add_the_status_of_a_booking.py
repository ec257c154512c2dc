"""add the status of a booking

The type is made and dropped by hand: autogenerate writes the column alone.

Revision ID: 94eac3507df2
Revises: 83d9b24f6ce1
Create Date: 2026-03-16 10:59:45.241806

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision: str = '94eac3507df2'
down_revision: Union[str, Sequence[str], None] = '83d9b24f6ce1'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

booking_status = postgresql.ENUM('requested', 'confirmed', 'cancelled', name='booking_status', create_type=False)


def upgrade() -> None:
    """Upgrade schema."""
    op.execute("CREATE TYPE booking_status AS ENUM ('requested', 'confirmed', 'cancelled')")
    op.add_column('bookings', sa.Column('status', booking_status, server_default='requested', nullable=False))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('bookings', 'status')
    op.execute('DROP TYPE booking_status')
