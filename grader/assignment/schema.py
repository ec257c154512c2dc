"""The JSON Schema of `assignment.toml`, for editors: `python -m grader.assignment.schema` prints it.

Made from the types in `tables`; must not know of any rule that they do not state.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from typing import Any

import msgspec

from grader.assignment import tables


def json_schema() -> dict[str, Any]:
    """Return the schema, with the text under each field as its description."""
    schema = msgspec.json.schema(tables.AssignmentTable)
    texts = _texts_under_fields()
    for name, definition in schema["$defs"].items():
        if "properties" not in definition:
            continue
        del definition["title"]  # the name of a type here says nothing to an author of a file
        for base in inspect.getmro(getattr(tables, name))[::-1]:
            for key, text in texts.get(base.__name__, {}).items():
                definition["properties"][key]["description"] = text
        for key in definition["properties"].values():
            if not key.get("default"):  # `[]` and `{}` stand for "not given"; a file may not hold them
                key.pop("default", None)
            if key.get("maximum") == sys.float_info.max:  # JSON has no infinity
                del key["maximum"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:migration-grader:assignment:1",
        "title": "assignment.toml",
        **schema,
    }


def text() -> str:
    """Return the content of `docs/assignment.schema.json`."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"


def _texts_under_fields() -> dict[str, dict[str, str]]:
    """Read the text under each field of each type from the source; Python keeps it nowhere else."""
    classes = (node for node in ast.parse(inspect.getsource(tables)).body if isinstance(node, ast.ClassDef))
    return {
        item.name: {
            field.target.id: " ".join(note.value.value.split())
            for field, note in itertools.pairwise(item.body)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(note, ast.Expr)
            and isinstance(note.value, ast.Constant)
            and isinstance(note.value.value, str)
        }
        for item in classes
    }


if __name__ == "__main__":
    sys.stdout.write(text())
