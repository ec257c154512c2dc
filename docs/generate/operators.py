"""The page of the operators: `python -m docs.generate.operators > docs/operators.md` writes it."""

from __future__ import annotations

import sys

from docs.generate.markdown import code, page, table, text
from grader.proof.operators import OPERATORS, Operator, Role

HEAD = """# Operators

[The proof of a rubric](proof.md) consists of answers that operators make of a reference solution. Here are
all of them. An operator makes several answers where it applies several times, and none where it does not."""
RIGHT = """## Right answers of other shapes

Each must get all points."""
WRONG = """## Answers with one mistake

Each should lose points. Mistakes in columns and keys are made in two ways. In a revision alone, the models
show them. In models and revision alike, only a criterion that asks for the thing can see them."""


def operators_page() -> str:
    """The content of `docs/operators.md`."""
    return page(HEAD, RIGHT, _table(Role.WHEAT), WRONG, _table(Role.CHAFF))


def _table(role: Role) -> str:
    rows = [(code(item.name), text(item.summary), _how(item)) for item in OPERATORS if item.role is role]
    return table(("operator", "what a student did", "how, and when it applies"), rows)


def _how(operator: Operator) -> str:
    return text(" ".join(operator.description.split()))


if __name__ == "__main__":
    sys.stdout.write(operators_page())
