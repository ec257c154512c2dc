"""Makes the submissions that are measured: right answers with chains of any length, and classes of them.

Every submission made here is worth all points, so that a run can be checked for having done its work. Knows
nothing of who grades them.
"""

from __future__ import annotations

from pathlib import Path

from tests.catalogue import case_named
from tests.catalogue.case import Files, append, revision, write

CHECKOUT = Path(__file__).parents[1]
SHORT_LENGTH = 3
"""The reference solution without its optional step has three revisions."""
_SHORT_HEAD = "c15a8e3f9b60"
_COLUMNS = 2
"""Columns that each of the added tables gets, by revisions of their own."""


def chain_files(revisions: int) -> Files:
    """The files of a right answer with so many revisions, by path.

    Behind the exercise's three revisions every third one makes a table, and the two after it give that table
    a column each. All have true downgrades, and the models hold what the revisions make.

    Args:
        revisions: how many, at least 3.

    Raises:
        ValueError: a right answer cannot be that short.
    """
    if revisions < SHORT_LENGTH:
        raise ValueError(f"a right answer has at least {SHORT_LENGTH} revisions, not {revisions}")
    files = case_named("right_without_optional_step").files()
    parent = _SHORT_HEAD
    extra = range(revisions - SHORT_LENGTH)
    for number in extra:
        identifier = f"{number:012x}"
        path = f"alembic/versions/{identifier}_change_{number}.py"
        write(path, revision(identifier, parent, f"change {number}", *_change(number)))(files)
        parent = identifier
    for table in extra[:: _COLUMNS + 1]:
        append("app.py", _model(table, [number for number in extra if table < number <= table + _COLUMNS]))(
            files
        )
    return files


def write_files(folder: Path, files: Files) -> Path:
    """Write a submission's files into a folder; give that folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def write_class(folder: Path, count: int) -> Path:
    """Write a class of so many right answers of three revisions, no two of them the same to the byte."""
    files = chain_files(SHORT_LENGTH)
    for number in range(1, count + 1):
        name = f"student_{number:03}"
        write_files(folder / name, {**files, "NOTES.md": f"The work of {name}.\n".encode()})
    return folder


def _change(number: int) -> tuple[str, str]:
    """The bodies of an added revision's upgrade and downgrade."""
    position = number % (_COLUMNS + 1)
    table = f"shelf_{number - position}"
    if position == 0:
        upgrade = (
            f'op.create_table(\n    "{table}",\n    sa.Column("id", sa.Integer(), nullable=False),\n'
            '    sa.Column("label", sa.String(length=40), nullable=False),\n'
            f'    sa.PrimaryKeyConstraint("id", name=op.f("pk_{table}")),\n)'
        )
        return upgrade, f'op.drop_table("{table}")'
    column = f"note_{number}"
    return (
        f'op.add_column("{table}", sa.Column("{column}", sa.Text(), nullable=True))',
        f'op.drop_column("{table}", "{column}")',
    )


def _model(table: int, columns: list[int]) -> str:
    """What app.py says of an added table."""
    notes = "".join(f'    db.Column("note_{number}", db.Text),\n' for number in columns)
    return (
        f'\n\ndb.Table(\n    "shelf_{table}",\n    db.Column("id", db.Integer, primary_key=True),\n'
        f'    db.Column("label", db.String(40), nullable=False),\n{notes})\n'
    )
