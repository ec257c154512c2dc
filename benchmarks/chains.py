"""Makes the submissions to measure with: right answers with chains of any length, and classes of them.

Every submission gets all points, so that the reports show whether a run did its work. Must not know which
tool grades them.
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
"""How many columns each added table gets, each in a separate revision."""


def chain_files(revisions: int) -> Files:
    """The files of a right answer with a given number of revisions, by path.

    After the three revisions of the exercise, every third revision creates a table, and each of the next two
    adds a column to it. All have real downgrades, and the models match.

    Args:
        revisions: how many, at least 3.

    Raises:
        ValueError: there are fewer than 3 revisions.
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
    """Write the files of a submission into a folder, and return the folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def write_class(folder: Path, count: int) -> Path:
    """Write a class of `count` right answers with three revisions. No two of them are equal."""
    files = chain_files(SHORT_LENGTH)
    for number in range(1, count + 1):
        name = f"student_{number:03}"
        write_files(folder / name, {**files, "NOTES.md": f"The work of {name}.\n".encode()})
    return folder


def _change(number: int) -> tuple[str, str]:
    """The bodies of `upgrade()` and `downgrade()` of an added revision."""
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
    """The model of an added table, for app.py."""
    notes = "".join(f'    db.Column("note_{number}", db.Text),\n' for number in columns)
    return (
        f'\n\ndb.Table(\n    "shelf_{table}",\n    db.Column("id", db.Integer, primary_key=True),\n'
        f'    db.Column("label", db.String(40), nullable=False),\n{notes})\n'
    )
