"""What a pytest run is asked to grade: the user's own repo or a folder of submissions, and which criteria.

Reads settings and names only; starts nothing and opens no submission.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from grader.assignment import file as assignment_file
from grader.assignment.model import Assignment, Audience, Group
from grader.errors import UsageError
from grader.integrations.pytest_plugin import SETTING, SUBMISSIONS
from grader.runs import assignments
from grader.runtime.sandbox.extras import ExtraPackages
from grader.submission.class_folder import check_single
from grader.submission.sources import Source, name_of, sources_in
from grader.text.untrusted import single_line, without_ci_commands

_FILE_ENDING = ".toml"
_NAMED_AT_MOST = 8


@dataclass(frozen=True)
class Target:
    """A submission whose criteria become test items."""

    name: str
    """The first part of its node ids."""
    source: Source
    criteria: tuple[str, ...]
    """The ids of the criteria to run, in the report's order."""


@dataclass(frozen=True)
class Selection:
    """Everything that is to be graded in a run."""

    assignment: Assignment
    targets: tuple[Target, ...]
    own: bool
    """Whether it is the user's own work."""
    path: Path | None = None
    """The assignment's file."""

    @property
    def extras(self) -> ExtraPackages:
        """The packages that the assignment names."""
        return ExtraPackages(self.assignment.project.requirements, self.path)

    def is_optional(self, criterion_id: str) -> bool:
        """Whether a missed criterion is not a failure: a bonus, or a practice criterion without points."""
        settings = self.assignment.criterion(criterion_id)
        if settings is None:
            return False
        return settings.group is Group.BONUS or (settings.group is Group.PRACTICE and not settings.points)


def selection_of(config: pytest.Config) -> Selection:
    """Read settings and arguments; remove from pytest's arguments those that are meant for the rubric.

    Raises:
        GraderError: the settings or the arguments are wrong.
    """
    path = _assignment_path(config)
    assignment = assignments.load(path)
    if (folder := config.option.submissions) is not None:
        found = _class_of(config, assignment, config.invocation_params.dir / folder)
    else:
        found = _own_work(config, assignment)
    return replace(found, path=path)


def _assignment_path(config: pytest.Config) -> Path:
    """The file that the setting names, or the one that comes with the package."""
    packaged = assignment_file.default_path()
    wanted = str(config.getini(SETTING)).strip()
    if not wanted:
        return packaged
    if wanted.endswith(_FILE_ENDING):
        return _home(config) / wanted
    if wanted != (known := assignments.load(packaged).id):
        where = config.inipath.name if config.inipath else "the command line"
        raise UsageError(
            f"{where}: {SETTING} = {wanted}, and there is no assignment of that name",
            next_step=f"Write {SETTING} = {known}, or the path of an assignment.toml.",
        )
    return packaged


def _home(config: pytest.Config) -> Path:
    """The folder of the settings."""
    return config.inipath.parent if config.inipath else config.rootpath


def _own_work(config: pytest.Config, assignment: Assignment) -> Selection:
    home = _home(config)
    visible = tuple(item.id for item in assignment.criteria if item.visibility is Audience.STUDENT)
    target = Target(assignment.id, Source(name_of(home.resolve()), home), visible)
    check_single(home, assignment)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return Selection(assignment, (target,), own=True)
    arguments = _Arguments(config, (target,))
    config.args[:] = arguments.others
    whole = any(home.is_relative_to(_absolute(config, argument)) for argument in arguments.others)
    return Selection(assignment, (target,) if whole else arguments.targets, own=True)


def _class_of(config: pytest.Config, assignment: Assignment, folder: Path) -> Selection:
    out = config.option.grader_out
    out = None if out is None else config.invocation_params.dir / out
    sources = sources_in(folder, assignment, out=out)
    everything = tuple(item.id for item in assignment.criteria)
    targets = tuple(Target(name, source, everything) for name, source in _names(sources).items())
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    arguments = _Arguments(config, targets) if given else None
    config.args[:] = []  # files of submissions are never collected as tests
    if arguments is None:
        return Selection(assignment, targets, own=False)
    if arguments.others:
        raise UsageError(
            f"there is no submission {single_line(arguments.others[0])!r} in {config.option.submissions}",
            next_step=f"With {SUBMISSIONS}, name submissions or criteria of them, such as "
            f"{targets[0].name} or {targets[0].name}::{everything[0]}.",
        )
    return Selection(assignment, arguments.targets, own=False)


def _names(sources: Iterable[Source]) -> dict[str, Source]:
    """Each submission by a unique name that is safe in a terminal, a log and a node id."""
    names: dict[str, Source] = {}
    for source in sources:
        name = plain = without_ci_commands(single_line(source.id)).replace("::", "__")
        number = 1
        while name in names:
            number += 1
            name = f"{plain}~{number}"
        names[name] = source
    return names


class _Arguments:
    """Pytest's arguments, split into those that name targets and all others."""

    def __init__(self, config: pytest.Config, targets: Sequence[Target]) -> None:
        by_name = {target.name: target for target in targets}
        chosen: dict[str, set[str]] = {}
        self.others: list[str] = []
        for argument in config.args:
            place, _, rest = argument.partition("::")
            # A node id may be given as in reports, or relative to the current folder, as pytest prints it.
            name = place if place in by_name else _relative_to_root(config, place)
            if name in by_name:
                chosen.setdefault(name, set()).update(_criteria(by_name[name], rest))
            else:
                self.others.append(argument)
        self.targets = tuple(
            replace(target, criteria=tuple(item for item in target.criteria if item in chosen[target.name]))
            for target in targets
            if target.name in chosen
        )


def _criteria(target: Target, wanted: str) -> Sequence[str]:
    if not wanted:
        return target.criteria
    if wanted not in target.criteria:
        raise UsageError(
            f"{target.name} has no criterion {single_line(wanted)!r}",
            next_step=f"There are: {', '.join(target.criteria)}.",
        )
    return (wanted,)


def _relative_to_root(config: pytest.Config, place: str) -> str:
    path = _absolute(config, place)
    return path.name if path.parent == config.rootpath else ""


def _absolute(config: pytest.Config, argument: str) -> Path:
    """The path in an argument of pytest, made absolute; links stay, as in pytest's `rootpath`."""
    return Path(os.path.normpath(config.invocation_params.dir / argument.partition("::")[0]))
