"""add lendings

Revision ID: 1b62e8d4cfa3
Revises: 0a51d7c3be92
Create Date: 2026-03-23 14:30:18.996021

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '1b62e8d4cfa3'
down_revision: Union[str, Sequence[str], None] = '0a51d7c3be92'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('lendings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=False),
    sa.Column('lent_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.CheckConstraint('returned_on >= lent_on', name=op.f('ck_lendings_returned_after_lent')),
    sa.ForeignKeyConstraint(['book_id'], ['books.id'], name=op.f('fk_lendings_book_id_books')),
    sa.ForeignKeyConstraint(['reader_id'], ['readers.id'], name=op.f('fk_lendings_reader_id_readers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lendings'))
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('lendings')
