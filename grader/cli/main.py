"""The `grader` command: turns arguments into a run, and a `GraderError` into a message and an exit code.

Loads the command that is asked for and no other: together they take longer to load than some take to run.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import FrameType, MappingProxyType

from grader import __version__
from grader.errors import EXIT_CODES, GraderError
from grader.text.console import plain_console, terminal_safe

EXIT_FAULT = 5
EXIT_INTERRUPTED = 130
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "grade": "grade submissions and write their reports",
        "regrade": "judge saved submissions by the rubric as it is now",
        "export": "make files for a gradebook from saved reports",
        "changed": "which submissions a pull request or push changes",
        "doctor": "what works on this machine, and what to do about the rest",
        "image": "the container images",
    }
)
"""What each does; each is the module of the same name in `grader.cli`."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends in `SystemExit`."""
    for stream in (sys.stdout, sys.stderr):
        # Where only ASCII can be shown, names must be shown all the same.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(words[:1]).parse_args(words)
    listen()
    try:
        code: int = arguments.run(arguments)
    except GraderError as error:
        errors = plain_console(stderr=True)
        errors.print(terminal_safe(f"grader: {error.message}"), style="bold")
        if error.next_step:
            errors.print(terminal_safe(error.next_step))
        code = error.exit_code
    except KeyboardInterrupt:
        plain_console(stderr=True).print("grader: interrupted; what was finished is in the output folder")
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug; who meets it can only pass it on
        errors = plain_console(stderr=True)
        errors.print(terminal_safe("".join(traceback.format_exception(error))))
        errors.print("grader: this is a fault of the grader itself. Please pass the lines above on to who")
        errors.print("maintains it. Reports that are in the output folder already are whole.")
        code = EXIT_FAULT
    gc.freeze()  # else the interpreter looks through all that was loaded once more before it ends
    sys.exit(code)


def listen() -> None:
    """Take every request to end as an interrupt, but a hangup only where it would end other programs, too.

    Under `nohup` it is ignored: a run that shall outlast its terminal.
    """
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Take any request to end as an interrupt, but once: nothing must interrupt the clearing up after it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parser(commands: Sequence[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The command line.

    Args:
        commands: those whose arguments are wanted; of the others it has no more than what they do.
    """
    top = argparse.ArgumentParser(
        prog="grader",
        description="Grades database-migration exercises.",
        epilog="exit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"grader {__version__}")
    known = top.add_subparsers(required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = known.add_parser(name, help=purpose)
        if name in commands:
            importlib.import_module(f"grader.cli.{name}").add_to(command)
    return top
