"""The parser of the command line: options by their whole names only, and what was probably meant.

Must not know which commands there are.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from grader.text.names import printable
from grader.text.suggestions import did_you_mean

_LONG = "--"


class CommandParser(argparse.ArgumentParser):
    """A parser that takes no abbreviations: `--al` could be `--all` today and another option tomorrow."""

    def __init__(self, **settings: Any) -> None:
        """Take the settings of `argparse.ArgumentParser`."""
        super().__init__(**{**settings, "allow_abbrev": False})

    def parse_known_args(  # type: ignore[override]  # one signature instead of three overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse the words; unknown options are refused before anything else is said about them."""
        for option in self._unknown(args or ()):
            self._refuse(option)
        found: tuple[Any, list[str]] = super().parse_known_args(args, namespace)
        return found

    def _unknown(self, words: Sequence[str]) -> Iterator[str]:
        """The options that do not exist; with commands, those before the command."""
        for word in words:
            if word == _LONG or (self._subparsers is not None and not word.startswith("-")):
                return
            option = word.partition("=")[0]
            if option.startswith(_LONG) and " " not in word and option not in self._option_string_actions:
                yield option

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a word that is no choice, with the one that was probably meant."""
        if action.choices is None or value in action.choices:
            return
        names = [str(name) for name in action.choices]
        listed = f"choose from {', '.join(names)}"
        text = f"invalid choice: {value!r} ({listed})"
        meant = did_you_mean(str(value), names)
        raise argparse.ArgumentError(action, f"{text}\n{meant}" if meant else text)

    def _refuse(self, option: str) -> None:
        known = (name for name in self._option_string_actions if name.startswith(_LONG))
        step = did_you_mean(option, known) or f"`{self.prog} --help` lists the options."
        self.error(f"there is no option {printable(option)}\n{step}")
