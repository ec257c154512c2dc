"""Operators: functions that make right answers of other shapes, and single mistakes, of any reference.

Pure functions of files: no process, no database. Must not know what is asked, or how an answer is graded.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from grader.proof.operators import (
    chaff_chain,
    chaff_changes,
    chaff_columns,
    chaff_env,
    chaff_history,
    chaff_keys,
    chaff_models,
    chaff_other_keys,
    chaff_rows,
    chaff_steps,
    chaff_values,
    wheat_chain,
    wheat_layout,
    wheat_shapes,
    wheat_sql,
)
from grader.proof.operators.mutant import Mutant, Operator, Role
from grader.proof.operators.project import Project, project_of, read_project, write_files

__all__ = [
    "OPERATORS",
    "Mutant",
    "Operator",
    "Project",
    "Role",
    "mutants",
    "project_of",
    "read_project",
    "write",
]


def _of(*modules: ModuleType) -> tuple[Operator, ...]:
    """The operators of some modules, in the order in which they are written."""
    return tuple(item for module in modules for item in vars(module).values() if isinstance(item, Operator))


OPERATORS: tuple[Operator, ...] = _of(
    *(wheat_shapes, wheat_sql, wheat_chain, wheat_layout),
    *(chaff_columns, chaff_keys, chaff_other_keys, chaff_values, chaff_changes, chaff_rows),
    *(chaff_steps, chaff_chain, chaff_models, chaff_env, chaff_history),
)
"""All operators: wheats first."""


def mutants(project: Project) -> tuple[Mutant, ...]:
    """All answers that the operators make of a reference, in a fixed order."""
    return tuple(mutant for operator in OPERATORS for mutant in operator.mutants(project))


def write(project: Project, mutant: Mutant, destination: Path) -> None:
    """Write the files of an answer into a folder, which is made where it is missing."""
    write_files({**project.files, **mutant.files}, destination)
