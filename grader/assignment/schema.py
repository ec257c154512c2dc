"""The JSON Schema of `assignment.toml`, for editors: `grader assignment schema` prints it.

Made from the types in `tables` and from the settings of the kinds. Must not know of any rule that they do not
state.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import operator
import re
import sys
from functools import cache
from types import ModuleType
from typing import Any

import msgspec

from grader.assignment.kinds import Kinds
from grader.assignment.tables import AssignmentTable, CriterionId

_OF_KIND = re.compile(r"[\w.]*\.kinds\.(\w+)\.Settings")
"""How msgspec names the settings of a kind, since all of them have one name."""


def json_schema(kinds: Kinds) -> dict[str, Any]:
    """Return the schema, with the text under each field as its description."""
    settings = {name: kinds[name].settings for name in kinds}
    any_of_them = functools.reduce(operator.or_, settings.values())
    criteria: Any = dict[CriterionId, any_of_them]  # type: ignore[valid-type]
    made = msgspec.json.schema_components((AssignmentTable, criteria), ref_template="#/$defs/{name}")
    named = _OF_KIND.sub(r"kind_\1", msgspec.json.encode(made).decode())
    (_, of_criteria), parts = msgspec.json.decode(named)
    top = parts.pop("AssignmentTable")
    top["properties"]["criteria"] = {"minProperties": 1, **of_criteria}
    modules = [sys.modules[AssignmentTable.__module__], *map(inspect.getmodule, settings.values())]
    structs = {name: item for module in modules if module for name, item in _structs(module)}
    structs.update({f"kind_{name}": item for name, item in settings.items()})
    for name, definition in (("AssignmentTable", top), *parts.items()):
        if "properties" in definition:
            del definition["title"]  # the name of a type here says nothing to an author of a file
            _describe(definition["properties"], structs[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:migration-grader:assignment:2",
        **top,
        "title": "assignment.toml",
        "$defs": parts,
    }


def text(kinds: Kinds) -> str:
    """Return the content of `docs/assignment.schema.json`."""
    return msgspec.json.format(msgspec.json.encode(json_schema(kinds)), indent=2).decode() + "\n"


def field_texts(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The text under each field of a type, by the key of the file, those of its bases first."""
    texts: dict[str, str] = {}
    for base in inspect.getmro(struct)[::-1]:
        module = inspect.getmodule(base)
        if module is not None and base is not msgspec.Struct and issubclass(base, msgspec.Struct):
            texts.update(_texts_under_fields(module).get(base.__name__, {}))
    keys = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    return {keys[name]: text for name, text in texts.items() if name in keys}


def _describe(properties: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    for key, text in field_texts(struct).items():
        properties[key]["description"] = text
    for key in properties.values():
        if not key.get("default"):  # `[]` and `{}` stand for "not given"; a file may not hold them
            key.pop("default", None)
        if key.get("maximum") == sys.float_info.max:  # JSON has no infinity
            del key["maximum"]


def _structs(module: ModuleType) -> list[tuple[str, type[msgspec.Struct]]]:
    def defined_here(item: object) -> bool:
        is_struct = inspect.isclass(item) and issubclass(item, msgspec.Struct)
        return is_struct and inspect.getmodule(item) is module

    return inspect.getmembers(module, defined_here)


@cache
def _texts_under_fields(module: ModuleType) -> dict[str, dict[str, str]]:
    """Read the text under each field of each type from the source; Python keeps it nowhere else."""
    classes = (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef))
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
