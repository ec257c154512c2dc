"""`grader changed DIR --since REV`: which submissions a pull request or a push changes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from grader.integrations.github.actions import annotate_errors, on_github
from grader.submission.changes import find_changes
from grader.text.console import plain_console, terminal_safe
from grader.text.names import printable

_MOST_NAMED = 20


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument("folder", type=Path, metavar="DIR", help="what holds the submissions, in a clone")
    command.add_argument("--since", required=True, metavar="REV", help="the commit or branch to compare with")
    command.add_argument("--head", default="HEAD", metavar="REV", help="the commit to look at; default: HEAD")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--count", action="store_true", help="print only how many there are")
    form.add_argument("-z", action="store_true", dest="raw", help="names as they are, each ended by a NUL")


def run(arguments: argparse.Namespace) -> int:
    """List the changed submissions; say which other changes are not graded."""
    with annotate_errors(enabled=on_github()):
        changes = find_changes(arguments.folder, arguments.since, arguments.head)
    out, notes = plain_console(), plain_console(stderr=True)
    if arguments.raw:
        sys.stdout.buffer.write(b"".join(os.fsencode(path) + b"\0" for path in changes.submissions))
        sys.stdout.buffer.flush()
    elif arguments.count:
        out.print(len(changes.submissions))
    else:
        for path in changes.submissions:
            out.print(terminal_safe(printable(str(path))))
    for name in changes.deleted[:_MOST_NAMED]:
        notes.print(terminal_safe(f"{printable(name)} was deleted: it is not graded."))
    if len(changes.deleted) > _MOST_NAMED:
        notes.print(f"So were {len(changes.deleted) - _MOST_NAMED} more.")
    if changes.elsewhere:
        files = "file is" if changes.elsewhere == 1 else "files are"
        notes.print(f"{changes.elsewhere} changed {files} in no submission and not graded.")
    return 0
