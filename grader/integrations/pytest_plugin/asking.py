"""What a pytest run is asked to grade: one's own repo or a folder of submissions, and which criteria of them.

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
from grader.submission.sources import Source, name_of, sources_in
from grader.text.untrusted import single_line, without_ci_commands

_FILE_ENDING = ".toml"
_NAMED_AT_MOST = 8


@dataclass(frozen=True)
class Target:
    """A submission whose criteria become test items."""

    name: str
    """What its node ids begin with."""
    source: Source
    criteria: tuple[str, ...]
    """Ids of the criteria to be run, in the report's order."""


@dataclass(frozen=True)
class Selection:
    """All that is to be graded in this run."""

    assignment: Assignment
    targets: tuple[Target, ...]
    own: bool
    """Whether it is the work of whoever runs pytest."""

    def is_optional(self, criterion_id: str) -> bool:
        """Whether missing a criterion is no failure: the bonus, and advice that carries no points."""
        settings = self.assignment.criterion(criterion_id)
        if settings is None:
            return False
        return settings.group is Group.BONUS or (settings.group is Group.PRACTICE and not settings.points)


def asked_of(config: pytest.Config) -> Selection:
    """Read what is asked for, and take out of pytest's arguments what is meant for the rubric.

    Raises:
        GraderError: the settings or the arguments cannot be followed.
    """
    assignment = assignment_file.load(_assignment_path(config))
    if (folder := config.option.submissions) is not None:
        return _class_of(config, assignment, config.invocation_params.dir / folder)
    return _own_work(config, assignment)


def _assignment_path(config: pytest.Config) -> Path:
    """The file that the setting names, or the one that comes with the package."""
    packaged = assignment_file.default_path()
    wanted = str(config.getini(SETTING)).strip()
    if not wanted:
        return packaged
    if wanted.endswith(_FILE_ENDING):
        return _home(config) / wanted
    if wanted != (known := assignment_file.load(packaged).id):
        where = config.inipath.name if config.inipath else "the command line"
        raise UsageError(
            f"{where}: {SETTING} = {wanted}, and there is no assignment of that name",
            next_step=f"Write {SETTING} = {known}, or the path of an assignment.toml.",
        )
    return packaged


def _home(config: pytest.Config) -> Path:
    """The folder that asks: where the settings are."""
    return config.inipath.parent if config.inipath else config.rootpath


def _own_work(config: pytest.Config, assignment: Assignment) -> Selection:
    home = _home(config)
    visible = tuple(item.id for item in assignment.criteria if item.visibility is Audience.STUDENT)
    target = Target(assignment.id, Source(name_of(home.resolve()), home), visible)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return Selection(assignment, (target,), own=True)
    selection = _Selection(config, (target,))
    config.args[:] = selection.others
    reached = any(home.is_relative_to(_place(config, argument)) for argument in selection.others)
    return Selection(assignment, (target,) if reached else selection.targets, own=True)


def _class_of(config: pytest.Config, assignment: Assignment, folder: Path) -> Selection:
    out = config.option.grader_out
    sources = sources_in(folder, out=None if out is None else config.invocation_params.dir / out)
    everything = tuple(item.id for item in assignment.criteria)
    targets = tuple(Target(name, source, everything) for name, source in _names(sources).items())
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    selection = _Selection(config, targets) if named else None
    config.args[:] = []  # nothing of the submissions is ever collected as tests
    if selection is None:
        return Selection(assignment, targets, own=False)
    if selection.others:
        raise UsageError(
            f"there is no submission {single_line(selection.others[0])!r} in {config.option.submissions}",
            next_step=f"With {SUBMISSIONS}, name submissions or criteria of them, such as "
            f"{targets[0].name} or {targets[0].name}::{everything[0]}.",
        )
    return Selection(assignment, selection.targets, own=False)


def _names(sources: Iterable[Source]) -> dict[str, Source]:
    """Each submission by a name that a terminal, a log and a node id can hold."""
    names: dict[str, Source] = {}
    for source in sources:
        name = plain = without_ci_commands(single_line(source.id)).replace("::", "__")
        number = 1
        while name in names:
            number += 1
            name = f"{plain}~{number}"
        names[name] = source
    return names


class _Selection:
    """Pytest's arguments, parted into those that name targets and all others."""

    def __init__(self, config: pytest.Config, targets: Sequence[Target]) -> None:
        by_name = {target.name: target for target in targets}
        chosen: dict[str, set[str]] = {}
        self.others: list[str] = []
        for argument in config.args:
            place, _, rest = argument.partition("::")
            # A node id is given as in reports, or as on the screen: relative to the current folder.
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
    path = _place(config, place)
    return path.name if path.parent == config.rootpath else ""


def _place(config: pytest.Config, argument: str) -> Path:
    """The path in an argument of pytest's, as an absolute one; links stay links, as in pytest's root."""
    return Path(os.path.normpath(config.invocation_params.dir / argument.partition("::")[0]))
