"""Tables of the options of all commands, of the exit codes, and of the flags in reports."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docs.generate.catalogue import linked
from docs.generate.markdown import code, table, text
from grader.cli.main import parser
from grader.errors import EXIT_CODES
from grader.judging.flags import FLAGS
from grader.report.formats import FORMATS, load
from grader.report.formats.interface import Format
from tests.catalogue import CASES

_NAMED_AT_MOST = 3
# `--help` prints some defaults for the current machine, which do not hold for the reader's.
_OF_THIS_MACHINE = re.compile(r",? \d+ here and now\b")


@dataclass(frozen=True)
class Command:
    """A command without sub-commands."""

    name: str
    """Its words, such as `grade` or `image build`."""
    about: str
    parser: argparse.ArgumentParser

    @property
    def heading(self) -> str:
        """Its heading on the page of commands."""
        return f"## {code(f'grader {self.name}')}"


def commands() -> dict[str, Command]:
    """All commands by name, in the order of `--help`."""
    return {command.name: command for command in _leaves(Command("", "", parser()))}


def _leaves(command: Command) -> Iterator[Command]:
    below = [item for item in command.parser._actions if isinstance(item, argparse._SubParsersAction)]  # noqa: SLF001 - argparse has no public way to ask
    if not below:
        yield command
        return
    abouts = {item.dest: item.help or "" for item in below[0]._choices_actions}  # noqa: SLF001 - as above
    for name, child in below[0].choices.items():
        yield from _leaves(Command(f"{command.name} {name}".strip(), abouts.get(name, ""), child))


def sections_missing_in(markdown: str) -> str:
    """A section for each command that has none on a page."""
    return "\n\n".join(
        f"{command.heading}\n\n{_sentence(command.about)}\n\n{options(command.name)}"
        for command in commands().values()
        if command.heading not in markdown
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def actions(command: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments and options of a command, except `--help`."""
    return [item for item in command._actions if item.dest != "help"]  # noqa: SLF001 - as above


def options(words: str) -> str:
    """The arguments and options of a command as a table.

    Raises:
        KeyError: there is no such command.
    """
    command = commands()[words].parser
    rows = [(_spelled(item), _meaning(command, item)) for item in actions(command)]
    return table(("option", "meaning"), rows) if rows else "It takes no options."


def _spelled(action: argparse.Action) -> str:
    value = action.metavar or (
        "" if action.nargs == 0 else "WHICH" if action.choices else action.dest.upper()
    )
    if not action.option_strings:
        return code(f"{value}..." if action.nargs == "+" else str(value))
    return ", ".join(code(f"{name} {value}".strip()) for name in action.option_strings)


def _meaning(command: argparse.ArgumentParser, action: argparse.Action) -> str:
    meaning = command._get_formatter()._expand_help(action) if action.help else ""  # noqa: SLF001 - as above
    meaning = _OF_THIS_MACHINE.sub("", meaning)
    if action.choices is not None:
        meaning = f"{meaning}; one of {', '.join(map(str, action.choices))}".removeprefix("; ")
    if action.required and action.option_strings:
        meaning += "; required"
    return text(meaning)


def exit_codes() -> str:
    """All exit codes as a table."""
    return table(
        ("code", "meaning"), ((str(number), text(meaning)) for number, meaning in EXIT_CODES.items())
    )


def formats() -> str:
    """All formats of reports as a table, with the files that each writes."""
    rows = []
    for name in FORMATS:
        declared = load(name)
        files = ", ".join(code(path) for path, _, _ in _files(declared))
        rows.append((code(name), f"{files}. {text(declared.remark)}" if declared.remark else files))
    return table(("format", "files"), rows)


def report_files() -> str:
    """The files of all formats as a table: who reads each, and what it holds."""
    rows = [(code(path), reader, holds) for name in FORMATS for path, reader, holds in _files(load(name))]
    return table(("file", "for", "holds"), rows)


def _files(declared: Format) -> Iterator[tuple[str, str, str]]:
    """Path below the folder of reports, reader, contents."""
    if (file := declared.batch) is not None:
        yield file.name, file.reader, file.holds
    if (own := declared.submission) is not None:
        for item in (own, *declared.beside):
            yield f"<id>/{item.name}", item.reader, item.holds


def flags() -> str:
    """All flags as a table, with submissions of the catalogue that have them."""
    rows = []
    for flag in FLAGS:
        examples = [case.name for case in CASES if flag.id in case.flags]
        shown = ", ".join(linked(example) for example in examples[:_NAMED_AT_MOST])
        rows.append((f'<span id="{flag.id}">{code(flag.id)}</span>', text(flag.meaning), shown))
    return table(("flag", "meaning", "submissions that have it"), rows)
