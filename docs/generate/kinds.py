"""The page of the kinds of criteria: `python -m docs.generate.kinds > docs/kinds.md` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from docs.generate.markdown import code, page, table, text
from grader.assignment.schema import field_texts, json_schema
from grader.assignment.tables import KindSettings
from grader.judging.kinds import KINDS
from grader.judging.rubric import Kind

HEAD = """# Kinds of criteria

A criterion of an [assignment file](assignment.md) is of one of these kinds. The kind says what is looked at,
and which keys the criterion has besides those that all have."""


def kinds_page() -> str:
    """The content of `docs/kinds.md`."""
    schema = json_schema(KINDS)["$defs"]
    parts = [part for name in KINDS for part in _kind(KINDS[name], schema[f"kind_{name}"])]
    return page(HEAD, "## Keys of every criterion", _keys_of_all(schema), *parts)


def _keys_of_all(schema: dict[str, Any]) -> str:
    first = next(iter(KINDS))
    rows = [(code("kind"), "The kind: a title of this page.")]
    rows += [
        (code(key) + _required(key, schema[f"kind_{first}"]), text(said))
        for key, said in field_texts(KindSettings).items()
    ]
    return table(("key", "meaning"), rows)


def _kind(kind: Kind[Any], schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {kind.name}"
    facts = ["an assignment has one at most" if kind.once else "an assignment may have several"]
    facts += ["all or nothing"] if kind.all_or_nothing else []
    facts += [f"needs {code(name)}" for name in kind.requires]
    yield f"{'; '.join(facts).capitalize()}."
    first, *more = (" ".join(part.split()) for part in (kind.function.__doc__ or "").split("\n\n"))
    yield f"**Passes when:** {text(first)}"
    yield from map(text, more)
    own = {key: said for key, said in field_texts(kind.settings).items() if key not in _common()}
    if own:
        yield table(
            ("key", "meaning"),
            [(code(key) + _required(key, schema), text(said)) for key, said in own.items()],
        )


def _common() -> dict[str, str]:
    return field_texts(KindSettings)


def _required(key: str, schema: dict[str, Any]) -> str:
    return " (required)" if key in schema["required"] else ""


if __name__ == "__main__":
    sys.stdout.write(kinds_page())
