"""The `grader` command: parses the command line, runs one command, and turns errors into exit codes.

Loads only the command that is asked for: loading all of them takes longer than some of them run.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

from grader import __version__
from grader.cli.arguments import CommandParser
from grader.cli.commands import COMMANDS
from grader.cli.streams import make_lasting, use_utf_8
from grader.errors import EXIT_CODES, EXIT_FAULT, EXIT_INTERRUPTED, GraderError, Interrupted
from grader.runtime.system import refuse_unsupported
from grader.text.console import plain_console, terminal_safe

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What counts as an interrupt. Windows has no hangup."""

_INTERRUPTED = Interrupted(
    "interrupted", next_step="Files that are written are complete. Run the same command again."
)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends in `SystemExit`."""
    make_lasting()
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        if argv is None:
            use_utf_8(sys.orig_argv)
        refuse_unsupported()  # before anything is loaded that such a system lacks
        arguments = parser(words[:1]).parse_args(words)
        install_signal_handlers()
        code: int = arguments.run(arguments)
    except GraderError as error:
        errors = plain_console(stderr=True)
        errors.print(terminal_safe(f"grader: {error.message}"), style="bold")
        if error.next_step:
            errors.print(terminal_safe(error.next_step))
        code = error.exit_code
    except KeyboardInterrupt as interrupt:
        found = interrupt if isinstance(interrupt, Interrupted) else _INTERRUPTED
        errors = plain_console(stderr=True)
        errors.print(terminal_safe(f"grader: {found.message}"), style="bold")
        errors.print(terminal_safe(found.next_step))
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug: the user can only report it
        errors = plain_console(stderr=True)
        errors.print(terminal_safe("".join(traceback.format_exception(error))))
        errors.print("grader: this is a fault of the grader itself. Please send the lines above to its")
        errors.print("maintainers. Reports that are in the output folder already are complete.")
        code = EXIT_FAULT
    gc.freeze()  # spares the interpreter a last search through all objects when it ends
    sys.exit(code)


def install_signal_handlers() -> None:
    """Treat interrupt, termination and hangup as an interrupt.

    A hangup that is ignored stays ignored: under `nohup` a run outlasts its terminal.
    """
    for number in SIGNALS:
        if number.name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt_once)


def interrupt_once(_signal: int, _frame: FrameType | None) -> None:
    """Raise `KeyboardInterrupt`, and ignore further signals: they must not interrupt the clean-up."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parser(commands: Sequence[str] = tuple(COMMANDS)) -> CommandParser:
    """The parser of the command line.

    Args:
        commands: the commands whose arguments are needed; of the others only the one-line help is added.
    """
    top = CommandParser(
        prog="grader",
        description="Grades database-migration exercises.",
        epilog="exit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"grader {__version__}")
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = subparsers.add_parser(name, help=purpose)
        if name in commands:
            importlib.import_module(f"grader.cli.commands.{name}").add_arguments(command)
    return top
