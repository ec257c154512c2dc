"""posts are wild

Revision ID: 3f9c7a1e0d28
Revises: 2e8b6f0d9c17
"""

import sqlalchemy as sa
from alembic import op

revision = "3f9c7a1e0d28"
down_revision = "2e8b6f0d9c17"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("ALTER TYPE mood ADD VALUE 'wild'")
    op.execute("ALTER TABLE posts ALTER COLUMN mood SET DEFAULT 'wild'")


def downgrade():
    op.execute('ALTER TABLE posts ALTER COLUMN mood DROP DEFAULT')
    op.execute('ALTER TYPE mood RENAME TO old_mood')
    op.execute("CREATE TYPE mood AS ENUM ('calm')")
    op.execute('ALTER TABLE posts ALTER COLUMN mood TYPE mood USING mood::text::mood')
    op.execute('DROP TYPE old_mood')
