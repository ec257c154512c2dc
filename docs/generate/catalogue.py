"""The submissions of `tests/catalogue`: a page of all, and differences between wrong and right files.

A difference shows only the changed lines and a few lines around them. Right files come from the reference
solution.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache

from docs.generate.markdown import code, fenced, page, table, text
from tests.catalogue import CASES, case_named

RIGHT = "right_reference"
PAGE = "submissions.md"
_CONTEXT = 3
_ALIKE = 0.8
"""Two files that share at least this part of their text are shown as one difference."""


def submissions_page() -> str:
    """The page of all submissions: what is special about each, and which criteria it fails."""
    rows = (
        (
            f'<span id="{_anchor(case.name)}">{code(case.name)}</span>',
            text(case.why),
            ", ".join(f"[{code(name)}](criteria/{name}.md)" for name in case.failed),
            ", ".join(code(name) for name in case.flags),
        )
        for case in CASES
    )
    return page(
        "# Submissions that the grader is tested with",
        f"There are {len(CASES)}. Each is the reference solution with a small change. "
        "`python -m tests.catalogue` writes them into `build/submissions/`, each with an `expected.json` "
        "that says which checks fail. The changes themselves are in `tests/catalogue/`.",
        table(("submission", "what is special about it", "criteria that it fails", "flags"), rows),
    )


def how_many() -> str:
    """A sentence with the number of submissions, for the page of the rubric."""
    return (
        f"The [{len(CASES)} submissions that the grader is tested with]({PAGE}) are examples for all of this."
    )


def linked(name: str, up: str = "") -> str:
    """The name of a submission as a link to its row. `up` is the path to the top of the site."""
    return f"[{code(name)}]({up}{PAGE}#{_anchor(name)})"


def _anchor(name: str) -> str:
    """An id without spaces."""
    return re.sub(r"\W+", "-", name)


@cache
def files_of(name: str) -> dict[str, str]:
    """The files of a submission as text, by path."""
    return {path: data.decode("utf-8", "replace") for path, data in case_named(name).files().items()}


def changed_paths(wrong: str, right: str = RIGHT) -> list[str]:
    """The files that differ between two submissions, or exist in only one."""
    ours, theirs = files_of(wrong), files_of(right)
    return sorted(path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path))


def pair(wrong: str, path: str, right: str = RIGHT, right_path: str | None = None) -> str:
    """A file of a wrong submission and the same file of a right one, as Markdown.

    Args:
        wrong: the wrong submission.
        path: the file in it.
        right: the right submission.
        right_path: the file in it, if it has another name. Then the two are shown one after the other.
    """
    before, after = files_of(wrong)[path], files_of(right)[right_path or path]
    if right_path is None and difflib.SequenceMatcher(None, before, after).ratio() >= _ALIKE:
        return fenced("\n".join(difference(before, after)), "diff", title=path)
    return "\n\n".join(
        (
            fenced(_functions(before), "python", title=f"wrong: {path}"),
            fenced(_functions(after), "python", title=f"right: {right_path or path}"),
        )
    )


def difference(before: str, after: str) -> Iterator[str]:
    """The changed lines and the lines around them. Dots mark left-out lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm="")
    for number, line in enumerate(list(lines)[2:]):
        if not line.startswith("@@"):
            yield line
        elif number:
            yield " …"


def _functions(source: str) -> str:
    """A revision file from its first function on. The part above it comes from Alembic's template."""
    start = source.find("\ndef ")
    return source[start + 1 :] if start >= 0 else source
