"""Reads the tracebacks in what a student's command printed. Knows text only, nothing of observations.

The text may be anything: it is read line by line, and what does not look like a traceback is ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_START = "Traceback (most recent call last):"
_FRAME = re.compile(r'^ {2}File "([^"\n]{1,400})", line (\d{1,9})(?:, in ([^\n]{1,200}))?$')
_LIBRARY = re.compile(
    r"(?:^|/)(?:(?:site|dist)-packages|lib/python3(?:\.\d{1,3})?)/|^lib/sqlalchemy/.{1,200}_cy\.py$"
)
"""The last form is that of SQLAlchemy's compiled modules, whose frames have the paths of its own sources."""
_ERROR_LINES = 40
"""An exception's message, details and statement are looked at up to here."""
_TRACEBACKS = 20
"""How many tracebacks of an output are kept, the last ones: a chain of causes is rarely longer than four."""
_ERROR_CHARACTERS = 8_000
_OUTPUT_CHARACTERS = 32_000
"""So much of one error, and of the end of an output, is searched by the rules."""
_REPORTED = ("FAILED: ", "ERROR ", "CRITICAL ")
"""How the alembic and flask commands begin a line about an error that they expected."""


@dataclass(frozen=True)
class Frame:
    """One `File "...", line N` of a traceback."""

    path: str
    line: int
    function: str | None
    source: str = ""
    """The line of code, when the traceback shows it."""

    @property
    def in_library(self) -> bool:
        """True for installed packages, the standard library and code that has no file."""
        return self.path.startswith("<") or _LIBRARY.search(self.path) is not None


@dataclass(frozen=True)
class ErrorText:
    """One error of an output: an exception with its traceback, or what a command reported without one."""

    text: str
    """From the exception's name on, with details, without the SQL statement."""
    statement: str = ""
    """The SQL that failed, when SQLAlchemy showed it."""
    frames: tuple[Frame, ...] = ()
    """Outermost first."""

    @property
    def headline(self) -> str:
        """The first line: the exception's name and message."""
        return self.text.partition("\n")[0].strip()


@dataclass
class _Traceback:
    """A traceback that is still being read."""

    frames: list[Frame] = field(default_factory=list)
    error: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Read one more line."""
        if self.error:
            if len(self.error) < _ERROR_LINES:
                self.error.append(line)
            return
        frame = _FRAME.match(line)
        if frame is not None:
            self.frames.append(Frame(frame[1], int(frame[2]), frame[3]))
        elif line.strip() and not line.startswith(" "):
            self.error.append(line)
        elif self.frames and line.strip() and not self.frames[-1].source:
            last = self.frames[-1]
            self.frames[-1] = Frame(last.path, last.line, last.function, line.strip()[:200])


def errors(output: str) -> tuple[ErrorText, ...]:
    """The errors in an output, the one that ended the command first.

    The last of them is the whole output as one text, for a program that caught its error and printed it in
    words of its own.
    """
    found: list[ErrorText] = []
    current: _Traceback | None = None
    for line in output.splitlines():
        if line.endswith(_START):
            _finish(current, found)
            current = _Traceback()
        elif line.startswith(_REPORTED):
            _finish(current, found)
            current = None
            if not line.startswith("ERROR [alembic.util.messaging]"):  # `FAILED:` says the same
                found.append(ErrorText(line[:_ERROR_CHARACTERS]))
        elif current is not None:
            current.take(line)
    _finish(current, found)
    return (*reversed(found[-_TRACEBACKS:]), _split(output[-_OUTPUT_CHARACTERS:], ()))


def _finish(traceback: _Traceback | None, found: list[ErrorText]) -> None:
    if traceback is not None and traceback.error:
        text = "\n".join(traceback.error).strip()
        found.append(_split(text[:_ERROR_CHARACTERS], tuple(traceback.frames)))


def _split(text: str, frames: tuple[Frame, ...]) -> ErrorText:
    """Part an error from the SQL that is quoted below it: a student's SQL may hold any words."""
    message, mark, rest = text.partition("\n[SQL: ")
    if not mark:
        return ErrorText(text, frames=frames)
    statement = rest.partition("\n[parameters: ")[0].partition("\n(Background on this error")[0]
    return ErrorText(message, statement.strip().removesuffix("]").strip(), frames)
