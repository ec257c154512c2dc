"""Writes what only a newer Python can read in an older spelling, so that the grader's own can parse it.

A submission may be written for a newer Python than the one that runs the grader. Rewritten are f-strings that
hold their own quotes, backslashes or comments, `type X = ...` and type parameters (3.12), their defaults
(3.13), t-strings and `except A, B:` (3.14). All else is left to Python's parser: a plain mistake stays one.

Files of strangers come here. So every step takes linear time, and nothing may be nested without a limit. The
libraries that parse newer grammars do not keep to that: deeply nested brackets end the whole process.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

Version = tuple[int, int]
F_STRINGS: Version = (3, 12)
"""PEP 701, and in the same release PEP 695: type parameters and `type`."""
PARAMETER_DEFAULTS: Version = (3, 13)
"""PEP 696."""
T_STRINGS: Version = (3, 14)
"""PEP 750, and in the same release PEP 758: `except` without brackets."""

_DEEPEST = 20
"""How deep f-strings may stand in one another."""
_STRING = re.compile(r"(?<![A-Za-z0-9_])([bBfFrRtTuU]{0,2})('''|\"\"\"|'|\")|#[^\n]*")
_NAMED = re.compile(r"\\N\{[^{}\n]*\}")
"""A character by its name; the brackets are no field."""
_EXCEPTION = re.compile(r"(?:\w+\.)*[A-Z]\w*")
"""How exceptions are named. `except ValueError, e:` is Python 2, not a tuple of two exceptions."""
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True)
class Spelling:
    """A source in an older spelling."""

    source: str
    """With as many lines as before."""
    needs: Version
    """The Python that the source was written for, at least."""


class _PlainMistake(Exception):  # noqa: N818 - of a student, not of ours
    """The source is in no Python's grammar."""


def older_spelling(source: str) -> Spelling | None:
    """The same source for an older Python; None if nothing in it is known to need a newer one."""
    try:
        strings = _Strings(source)
        rewritten = strings.rewritten()
        edits = list(_edits(rewritten))
    except (_PlainMistake, tokenize.TokenError, SyntaxError, RecursionError):
        return None
    needs = [*strings.needs, *(edit.needs for edit in edits)]
    return Spelling(_edited(rewritten, edits), max(needs)) if needs else None


@dataclass
class _Strings:
    """Rewrites f-strings and t-strings."""

    source: str
    needs: list[Version] = field(default_factory=list)

    def rewritten(self) -> str:
        parts, done = [], 0
        while (match := _STRING.search(self.source, done)) is not None:
            parts.append(self.source[done : match.start()])
            end, text, _ = self._token(match, 0)
            parts.append(text)
            done = end
        return "".join((*parts, self.source[done:]))

    def _token(self, match: re.Match[str], depth: int) -> tuple[int, str, bool]:
        """A comment or a string: where it ends, its older spelling, and whether that is another one."""
        prefix, quote = match[1], match[2]
        if quote is None:
            return match.end(), match[0], False
        if not set(prefix.lower()) & {"f", "t"}:
            end = self._plain_end(match.end(), quote)
            return end, self.source[match.start() : end], False
        if depth > _DEEPEST:
            raise _PlainMistake
        template = "t" in prefix.lower()
        end, text, newer = self._formatted(match.end(), quote, depth)
        if template or newer:
            self.needs.append(T_STRINGS if template else F_STRINGS)
            older = re.sub("[tT]", "f", prefix)
            return end, f"{older}{quote}{text}{quote}", True
        return end, self.source[match.start() : end], False

    def _plain_end(self, at: int, quote: str) -> int:
        """Where a plain string ends whose text begins at this place."""
        while at < len(self.source):
            if self.source.startswith(quote, at):
                return at + len(quote)
            if self.source[at] == "\n" and len(quote) == 1:
                break
            at += 2 if self.source[at] == "\\" else 1
        raise _PlainMistake

    def _formatted(self, at: int, quote: str, depth: int) -> tuple[int, str, bool]:
        """An f-string from its text on: its end, its text with a plain number in every field, whether new."""
        text: list[str] = []
        newer = False
        while not self.source.startswith(quote, at):
            here = self.source[at : at + 2]
            if here == "\\N" and (name := _NAMED.match(self.source, at)):
                text.append(name[0])
                at = name.end()
            elif here in ("{{", "}}") or here[:1] == "\\":
                text.append(here)
                at += 2
            elif here[:1] == "{":
                end, is_new = self._field(at + 1, quote, depth)
                newer = newer or is_new
                lines = self.source.count("\n", at, end)
                text.append("{0}" + ("\n" if len(quote) > 1 else "\\\n") * lines)
                at = end
            elif not here or here[0] == "}" or (here[0] == "\n" and len(quote) == 1):
                raise _PlainMistake
            else:
                text.append(here[0])
                at += 1
        return at + len(quote), "".join(text), newer

    def _field(self, at: int, quote: str, depth: int) -> tuple[int, bool]:
        """A field `{...}` from its expression on: its end, and whether an older Python refuses it."""
        expression: list[str] = []
        newer, open_brackets = False, 0
        while at < len(self.source):
            char = self.source[at]
            if (match := _STRING.match(self.source, at)) is not None:
                end, older, is_new = self._token(match, depth + 1)
                whole = self.source[at:end]
                newer = newer or is_new or match[2] is None or quote in whole or "\\" in whole
                expression.append(older)
                at = end
                continue
            if open_brackets == 0 and (char in "}:" or (char == "!" and self.source[at + 1 : at + 2] != "=")):
                self._check("".join(expression))
                end, in_format = self._format(at, quote, depth)
                return end, newer or in_format
            newer = newer or char == "\\" or (char == "\n" and len(quote) == 1)
            open_brackets += _BRACKETS.get(char, 0)
            expression.append(char)
            at += 1
        raise _PlainMistake

    def _format(self, at: int, quote: str, depth: int) -> tuple[int, bool]:
        """What follows a field's expression (`!r`, `:>{width}`): the field's end, and whether it is new."""
        newer = False
        while at < len(self.source):
            char = self.source[at]
            if char == "}":
                return at + 1, newer
            if char == "{":
                if depth > _DEEPEST:
                    raise _PlainMistake
                at, is_new = self._field(at + 1, quote, depth + 1)
                newer = newer or is_new
            elif char == "\n" or self.source.startswith(quote, at):
                break
            else:
                at += 1
        raise _PlainMistake

    def _check(self, expression: str) -> None:
        """Raise if Python cannot read a field's expression. `{name=}` ends with a sign of its own."""
        text = re.sub(r"(?<![=!<>])=\s*$", "", expression)
        try:
            ast.parse(f"({text}\n)", mode="eval")
        except (SyntaxError, ValueError, MemoryError):
            raise _PlainMistake from None


@dataclass(frozen=True)
class _Edit:
    """A piece of the source that is replaced, by (line, column)."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str
    needs: Version


def _edits(source: str) -> Iterator[_Edit]:
    """What is new besides strings, in the order of the source."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in skipped]
    closing = _closing(tokens)
    begins = True
    for number, (token, following) in enumerate(pairwise(tokens)):
        named = following.type == tokenize.NAME and number + 2 < len(tokens)
        after = tokens[number + 2].string if named else ""
        if begins and token.string == "type" and after in ("=", "["):
            yield _Edit(token.start, following.start, "", F_STRINGS)
        if (
            named
            and after == "["
            and (token.string in ("def", "class") or (begins and token.string == "type"))
        ):
            yield from _parameters(tokens, number + 2, closing)
        if begins and token.string == "except":
            yield from _bare_exceptions(tokens, number + 1)
        begins = token.type == tokenize.NEWLINE or token.string in (";", ":")


def _closing(tokens: list[tokenize.TokenInfo]) -> dict[int, int]:
    """The place of the bracket that closes each bracket."""
    waiting: list[int] = []
    found: dict[int, int] = {}
    for number, token in enumerate(tokens):
        change = _BRACKETS.get(token.string, 0) if token.type == tokenize.OP else 0
        if change > 0:
            waiting.append(number)
        elif change < 0 and waiting:
            found[waiting.pop()] = number
    return found


def _parameters(tokens: list[tokenize.TokenInfo], first: int, closing: dict[int, int]) -> Iterator[_Edit]:
    """Take type parameters away: `[T]`."""
    if (last := closing.get(first)) is None:
        return
    start, end = tokens[first].start, tokens[last].end
    has_default = any(token.string == "=" for token in tokens[first:last])
    yield _Edit(start, end, "\\\n" * (end[0] - start[0]), PARAMETER_DEFAULTS if has_default else F_STRINGS)


def _bare_exceptions(tokens: list[tokenize.TokenInfo], first: int) -> Iterator[_Edit]:
    """Put exceptions into brackets: `except A, B:`."""
    if tokens[first].string == "*":
        first += 1
    last = next((n for n in range(first, len(tokens)) if tokens[n].string in (":", "(", "as")), None)
    if last is None or tokens[last].string != ":":
        return
    names = "".join(token.string for token in tokens[first:last]).split(",")
    if len(names) > 1 and all(_EXCEPTION.fullmatch(name) for name in names):
        start, end = tokens[first].start, tokens[last].start
        yield _Edit(start, start, "(", T_STRINGS)
        yield _Edit(end, end, ")", T_STRINGS)


def _edited(source: str, edits: list[_Edit]) -> str:
    """The source with all edits made."""
    lines = source.splitlines(keepends=True)
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line))
    parts, done = [], 0
    for edit in edits:
        start, end = (begins[line - 1] + column for line, column in (edit.start, edit.end))
        parts += [source[done:start], edit.text]
        done = end
    return "".join((*parts, source[done:]))
