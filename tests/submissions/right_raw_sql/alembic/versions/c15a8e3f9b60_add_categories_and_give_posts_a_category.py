"""categories

Revision ID: c15a8e3f9b60
Revises: 9e42d70b51fc
"""

import sqlalchemy as sa
from alembic import op

revision = "c15a8e3f9b60"
down_revision = "9e42d70b51fc"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("""
        CREATE TABLE categories (
            id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, slug VARCHAR(50) NOT NULL UNIQUE,
            description TEXT, created_at TIMESTAMP)
    """)
    op.execute("ALTER TABLE posts ADD COLUMN category_id INTEGER REFERENCES categories (id)")


def downgrade():
    op.execute("ALTER TABLE posts DROP COLUMN category_id")
    op.execute("DROP TABLE categories")
