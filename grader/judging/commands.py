"""Puts the commands of a hint into the form that the student types.

Hints are written for the command `alembic`. With Flask-Migrate the same commands are `flask db ...`, and some
have another name there. Must not know why a hint names a command.
"""

from __future__ import annotations

import re
import shlex

from grader.observations.files import Layout

_NAMES = "branches|check|current|downgrade|edit|heads|history|init|merge|migrate|revision|show|stamp|upgrade"
_COMMANDS = {
    "alembic": re.compile(rf"(?<=`)alembic(?= (?P<name>{_NAMES})\b)"),
    "flask": re.compile(rf"(?<=`)(?:alembic|flask db)(?= (?P<name>{_NAMES})\b)"),
}
"""What a text may hold, for each flavour of project."""
_FLASK_NAMES = tuple(
    (re.compile(rf"(?<=`)(?:alembic|flask db) {name}"), f"flask db {other}")
    for name, other in (
        ("init alembic", "init"),
        ("init -t async", "init -t aioflask"),
        ("revision --autogenerate", "migrate"),
        # Without a target it undoes one revision; it would take `-1` for an option.
        ("downgrade -1", "downgrade"),
    )
)
"""Commands that have another form in Flask-Migrate."""


def as_typed(text: str, layout: Layout | None) -> str:
    """A text in which each command is the one that works in the student's project.

    Args:
        text: a hint or a part of one, its commands in backquotes.
        layout: where the migrations are; None if there are none, and nothing is changed.
    """
    if layout is None:
        return text
    if layout.flavour == "flask":
        for pattern, name in _FLASK_NAMES:
            text = pattern.sub(name, text)
    tool, with_options = shlex.join(layout.tool), shlex.join((*layout.tool, *layout.options))
    return _COMMANDS[layout.flavour].sub(
        lambda match: tool if match["name"] == "init" else with_options, text
    )
