"""Pieces of Markdown for the generated pages: sentences, tables, blocks. Knows nothing of the grader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import indent

# What could be taken for markup in a sentence. An underscore between two letters is plain.
_MARKUP = re.compile(r"[\\`*\[\]<>&|{]|(?<![^\W_])_|_(?![^\W_])")


def text(sentence: str) -> str:
    """A sentence of the grader's in one line, as Markdown: what it has between backticks is code."""
    line = " ".join(sentence.split())
    parts = line.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner is a character like any other
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
    """A table; the cells are Markdown in one line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fenced(text: str, language: str, *, title: str = "") -> str:
    """A block of code that nothing inside can end.

    Args:
        text: what stands in it.
        language: what it is highlighted as: `python`, `diff`, `text`.
        title: a line above it, without quotation marks.
    """
    text = text.strip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    head = f'{language} title="{title}"' if title else language
    return f"{fence}{head}\n{text}\n{fence}"


def boxed(kind: str, title: str, *blocks: str) -> str:
    """A box of a kind that the theme knows (`failure`, `success`, ...), with blocks in it."""
    return _folding("!!!", kind, title, blocks)


def folded(kind: str, title: str, *blocks: str) -> str:
    """A box that is closed until somebody opens it."""
    return _folding("???", kind, title, blocks)


def _folding(sign: str, kind: str, title: str, blocks: Iterable[str]) -> str:
    return f'{sign} {kind} "{title}"\n\n' + indent("\n\n".join(blocks), "    ")


def page(*blocks: str) -> str:
    """A page of blocks, short enough to need no contents beside it; empty blocks are left out."""
    return "---\nhide:\n  - toc\n---\n\n" + "\n\n".join(block for block in blocks if block) + "\n"
