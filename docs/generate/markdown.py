"""Pieces of Markdown for the generated pages: sentences, tables, blocks. Must not know the grader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import indent

# Characters that could be markup in a sentence. An underscore between two letters is not.
_MARKUP = re.compile(r"[\\`*\[\]<>&|{]|(?<![^\W_])_|_(?![^\W_])")


def text(sentence: str) -> str:
    """A sentence of the grader as Markdown in one line. Texts between backticks become code."""
    line = " ".join(sentence.split())
    parts = line.split("`")
    if len(parts) % 2 == 0:  # a backtick without a second one is an ordinary character
        return _plain(line)
    return "".join(code(part) if odd % 2 else _plain(part) for odd, part in enumerate(parts))


def code(words: str) -> str:
    """A few words as a code span, in or outside of a table."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    space = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{space}{words}{space}{fence}"


def _plain(words: str) -> str:
    return _MARKUP.sub(lambda match: "".join(f"&#{ord(character)};" for character in match[0]), words)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Each cell is Markdown in one line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fenced(text: str, language: str, *, title: str = "") -> str:
    """A block of code, with a fence that does not occur in its text.

    Args:
        text: the content.
        language: for highlighting: `python`, `diff`, `text`.
        title: a line above the block, without quotation marks.
    """
    text = text.strip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    head = f'{language} title="{title}"' if title else language
    return f"{fence}{head}\n{text}\n{fence}"


def boxed(kind: str, title: str, *blocks: str) -> str:
    """A box with blocks in it. The theme defines the kinds (`failure`, `success`, ...)."""
    return _folding("!!!", kind, title, blocks)


def folded(kind: str, title: str, *blocks: str) -> str:
    """A box that is closed at first."""
    return _folding("???", kind, title, blocks)


def _folding(sign: str, kind: str, title: str, blocks: Iterable[str]) -> str:
    return f'{sign} {kind} "{title}"\n\n' + indent("\n\n".join(blocks), "    ")


def page(*blocks: str) -> str:
    """A page of blocks without a table of contents. Empty blocks are left out."""
    return "---\nhide:\n  - toc\n---\n\n" + "\n\n".join(block for block in blocks if block) + "\n"
