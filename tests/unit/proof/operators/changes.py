"""What a mutant changes, as the lines that are gone and those that are new."""

from __future__ import annotations

import difflib

from grader.proof.operators import OPERATORS, Mutant, Project


def made(project: Project, name: str) -> tuple[Mutant, ...]:
    """The mutants of one operator."""
    operator = next(item for item in OPERATORS if item.name == name)
    return tuple(operator.mutants(project))


def lines(project: Project, mutant: Mutant) -> list[str]:
    """The lines that differ, after `-` or `+`, without indentation; files that are gone or new as `path:`.

    Without the comments that operators write before SQL.
    """
    found: list[str] = []
    for path, data in mutant.files.items():
        old = project.files.get(path)
        if data is None:
            found.append(f"- {path}:")
        elif old is None:
            found.append(f"+ {path}:")
        else:
            before, after = old.decode().splitlines(), data.decode().splitlines()
            found += [
                f"{line[0]} {line[1:].strip()}"
                for line in difflib.unified_diff(before, after, lineterm="", n=0)
                if line[:2] not in ("--", "++", "@@")
                and line[1:].strip()
                and not line[1:].strip().startswith("# By hand:")
            ]
    return found


def changes(project: Project, name: str) -> list[list[str]]:
    """The same for each mutant of one operator."""
    return [lines(project, mutant) for mutant in made(project, name)]
