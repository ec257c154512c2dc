"""keep ISBNs without hyphens

With hyphens an ISBN has 17 characters, so they have to go before the column is made shorter.
The way back makes room for them again. It need not put them in: an ISBN is the same number without them.

Revision ID: 3d84a0f6e1c5
Revises: 2c73f9e5d0b4
Create Date: 2026-03-23 15:21:09.615330

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '3d84a0f6e1c5'
down_revision: Union[str, Sequence[str], None] = '2c73f9e5d0b4'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.alter_column('books', 'isbn',
               existing_type=sa.String(length=17),
               type_=sa.String(length=13),
               existing_nullable=False,
               postgresql_using="replace(isbn, '-', '')")


def downgrade() -> None:
    """Downgrade schema."""
    op.alter_column('books', 'isbn',
               existing_type=sa.String(length=13),
               type_=sa.String(length=17),
               existing_nullable=False)
