"""call the name of a customer full_name

Autogenerate drops the old column and adds a new one, which would lose every name.
This renames the column instead.

Revision ID: 3d8f14e07ab6
Revises: 2a6e9b41c8d3
Create Date: 2026-03-09 11:02:55.640218

"""
from alembic import op


# revision identifiers, used by Alembic.
revision = '3d8f14e07ab6'
down_revision = '2a6e9b41c8d3'
branch_labels = None
depends_on = None


def upgrade():
    op.alter_column('customers', 'name', new_column_name='full_name')


def downgrade():
    op.alter_column('customers', 'full_name', new_column_name='name')
