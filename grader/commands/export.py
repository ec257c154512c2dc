"""`grader export DIR --to TARGET`: saved reports into the files that other systems take."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.batch import remove
from grader.console import fit, plain_console
from grader.exporting import TARGETS, Options, export
from grader.render.files import write_atomically
from grader.roster import read_roster
from grader.saved_reports import read_reports


def add_to(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument("folder", type=Path, metavar="DIR", help="the reports that `grader grade` wrote")
    command.add_argument("--to", required=True, choices=TARGETS, help="the system that is to take the file")
    command.add_argument("--roster", type=Path, metavar="CSV", help="whose submission is whose")
    command.add_argument(
        "--worksheet", type=Path, metavar="FILE", help="Moodle's offline grading worksheet, to be filled in"
    )
    command.add_argument(
        "--column", metavar="NAME", help='Canvas: the assignment\'s column, "Title (id)"; default: its title'
    )
    command.add_argument("--output", type=Path, metavar="FILE", help="default: a file in DIR")


def run(arguments: argparse.Namespace) -> int:
    """Read and check all, write, and name whoever is not in the file."""
    options = Options(
        roster=read_roster(arguments.roster) if arguments.roster else None,
        worksheet=arguments.worksheet,
        column=arguments.column,
        output=arguments.output,
    )
    result = export(arguments.folder, read_reports(arguments.folder), arguments.to, options)
    console = plain_console()
    for path, data in result.files.items():
        if data is None:
            remove(path)
        else:
            write_atomically(path, data)
    written = [path for path, data in result.files.items() if data is not None]
    shown = str(written[0]) if len(written) == 1 else f"{len(written)} files in {arguments.folder}"
    console.print(fit(f"Written: {shown}"))
    if result.notes:
        console.print(f"To look at ({len(result.notes)}):")
    for note in result.notes:
        console.print(fit(f"    {note}"))
    return 0
