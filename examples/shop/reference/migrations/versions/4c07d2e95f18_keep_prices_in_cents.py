"""keep prices in cents

The new column is filled from the old one before that one is dropped, in both directions.

Revision ID: 4c07d2e95f18
Revises: 3d8f14e07ab6
Create Date: 2026-03-09 11:40:19.305577

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '4c07d2e95f18'
down_revision = '3d8f14e07ab6'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('products', sa.Column('price_cents', sa.Integer(), nullable=True))
    op.execute('UPDATE products SET price_cents = price * 100')
    op.alter_column('products', 'price_cents', nullable=False)
    op.create_check_constraint(op.f('ck_products_price_cents'), 'products', 'price_cents >= 0')
    op.drop_column('products', 'price')


def downgrade():
    op.add_column('products', sa.Column('price', sa.Numeric(precision=8, scale=2), nullable=True))
    op.execute('UPDATE products SET price = price_cents / 100.0')
    op.alter_column('products', 'price', nullable=False)
    op.drop_constraint(op.f('ck_products_price_cents'), 'products', type_='check')
    op.drop_column('products', 'price_cents')
