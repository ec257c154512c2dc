"""let the database say that an order is new

Autogenerate does not compare defaults, so this is written by hand.

Revision ID: 5b93a6f2d071
Revises: 4c07d2e95f18
Create Date: 2026-03-09 12:05:31.771902

"""
from alembic import op


# revision identifiers, used by Alembic.
revision = '5b93a6f2d071'
down_revision = '4c07d2e95f18'
branch_labels = None
depends_on = None


def upgrade():
    op.alter_column('orders', 'status', server_default='new')


def downgrade():
    op.alter_column('orders', 'status', server_default=None)
