"""The rows pass: the chain up over tables that hold rows, more rows at every revision; then down again.

The rows are such as the schema of head allows, since an app writes no others. Where a revision fails over
them all the same, the pass is done once more over the rows that the app writes most: those with its own
defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from grader.observations.model import RowsStep
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepRecord
from grader.runtime.postgres.sessions import Unseen
from grader.text.untrusted import rename
from grader.trial import rows
from grader.trial.head_rows import HeadRows, head_rows
from grader.trial.step_runner import StepRunner, StepRunners

_ABOUT_ROWS = re.compile(
    r"violat|invalid input|too long|out of range|null values|could not create unique|cannot cast|"
    r"IntegrityError|DataError|ValueError|TypeError|KeyError|AssertionError"
)
_BY_HEAD = "no row was found that the schema of head allows: "


def rows_pass(
    runners: StepRunners, graph: RevisionGraph, defaults: Callable[[], rows.Defaults]
) -> tuple[RowsStep, ...]:
    """The way up to the first upgrade that fails. Where none fails, also the way down.

    Args:
        runners: makes the databases.
        graph: the revisions.
        defaults: finds the defaults of the student's models.
    """
    known = defaults()
    steps = _tried(runners, graph, rows.Wishes(defaults=known, plain=True))
    if not steps or not _may_depend_on_rows(steps[-1]):
        return steps
    usual = rows.Wishes(defaults=known, plain=True, only_defaults=True, like_earlier=True)
    return _with_losses_of(steps, _tried(runners, graph, usual))


def _may_depend_on_rows(last: RowsStep) -> bool:
    """Whether other rows may be all that a step needs that failed. Decides only whether it is worth a try."""
    failed = not last.step.succeeded and last.step.limit is None and last.step.unseen is None
    return failed and any(last.rows_before.values()) and _ABOUT_ROWS.search(last.step.stderr) is not None


def _tried(runners: StepRunners, graph: RevisionGraph, wishes: rows.Wishes) -> tuple[RowsStep, ...]:
    with head_rows(runners, graph, wishes) as head, runners.new() as runner:
        walk = _Walk(runner, graph, head, wishes)
        walk.up()
        if walk.steps and _sound(walk.steps[-1].step):
            walk.down()
    return tuple(walk.steps)


def _sound(step: StepRecord) -> bool:
    return step.succeeded and step.unseen is None


def _with_losses_of(first: tuple[RowsStep, ...], second: tuple[RowsStep, ...]) -> tuple[RowsStep, ...]:
    """The second pass, and the losses of the first one: what it lost is lost, whatever failed afterwards."""
    lost = {(step.revision, step.direction): step.losses for step in first}
    return tuple(
        step if step.losses else replace(step, losses=lost.get((step.revision, step.direction), ()))
        for step in second
    )


def renamed(steps: tuple[RowsStep, ...], names: Mapping[str, str]) -> tuple[RowsStep, ...]:
    """The same with other words for names: a row may hold those of its database and role."""
    written = msgspec.json.encode(steps).decode()
    shown = rename(written, names)
    return steps if shown == written else msgspec.json.decode(shown, type=tuple[RowsStep, ...])


@dataclass
class _Walk:
    """One way up and down."""

    runner: StepRunner
    graph: RevisionGraph
    head: HeadRows | None
    wishes: rows.Wishes
    steps: list[RowsStep] = field(default_factory=list)
    at_head: rows.TableRows = field(default_factory=rows.TableRows)
    """The rows at head, when all upgrades have run."""
    migrated: list[rows.TableRows] = field(default_factory=list)
    """The rows that each upgrade put in itself: its downgrade may remove those again."""
    ours: set[str] = field(default_factory=set)
    """Tables that rows were put into."""
    refused_at_head: set[tuple[str, str, str]] = field(default_factory=set)
    """Values that had to be put in although head does not allow them, as table, column and text."""
    refused_below: list[frozenset[tuple[str, str, str]]] = field(default_factory=list)
    """For each revision: values of head that it does not allow."""

    def up(self) -> None:
        """Every revision, up to one that fails."""
        before = self.runner.read_rows()
        for number, revision in enumerate(self.graph.revisions):
            step = self.runner.upgrade_to(revision.id, Pass.ROWS)
            if not _sound(step):
                self.steps.append(
                    RowsStep(revision.id, "up", step, before.counts(), examples=self._examples(before))
                )
                return
            try:
                taken, before = self._taken(number, revision.id, step, before)
            except Unseen as reason:
                taken = RowsStep(revision.id, "up", replace(step, unseen=str(reason)), before.counts())
            self.steps.append(taken)
            if taken.step.unseen is not None:
                return
        self.at_head = before

    def _taken(
        self, number: int, revision: str, step: StepRecord, before: rows.TableRows
    ) -> tuple[RowsStep, rows.TableRows]:
        """What an upgrade did with the rows, and the rows that the next step meets."""
        after = self.runner.read_rows()
        self.migrated.append(rows.rows_added(before, after))
        rows.check_amount(self.migrated)
        losses = rows.compare_rows(
            before,
            after,
            direction="up",
            migrated=self.migrated,
            refused=self.refused_at_head,
        )
        seeded = self._seed(number, before, after)
        problems = {**after.problems(), **seeded.problems}
        taken = RowsStep(revision, "up", step, before.counts(), losses, seeded.seeded, problems)
        return taken, self.runner.read_rows()

    def down(self) -> None:
        """Every revision, down to one that fails."""
        before = self.at_head
        for number, revision in reversed(list(enumerate(self.graph.revisions))):
            step = self.runner.undo(revision, self.graph, Pass.ROWS)
            after: rows.TableRows | None = None
            if _sound(step):
                try:
                    after = self.runner.read_rows()
                except Unseen as reason:
                    step = replace(step, unseen=str(reason))
            if after is None:
                self.steps.append(
                    RowsStep(revision.id, "down", step, before.counts(), examples=self._examples(before))
                )
                return
            refused = set().union(*self.refused_below[:number])
            losses = rows.compare_rows(
                *(before, after), direction="down", migrated=self.migrated[number:], refused=refused
            )
            self.steps.append(RowsStep(revision.id, "down", step, before.counts(), losses))
            before = after

    def _seed(self, number: int, before: rows.TableRows, after: rows.TableRows) -> rows.SeedResult:
        full = rows.full_tables(before, after)
        self.ours = rows.own_tables(self.ours, before, after)
        filled = after.filled_by_others(self.ours)
        if self.head is None:
            seeded = self.runner.seed_rows(number, full, filled=filled)
            self.ours.update(name for name, count in seeded.seeded.items() if count)
            return seeded
        # Rows of an app may be in a table before a revision adds its own: first they are tried together.
        filled_later = self.head.filled - self.ours if self.wishes.only_defaults else frozenset()
        wanted = replace(self.wishes, rows=self.head.next(after, full))
        refused = {name: _BY_HEAD + text for name, text in self.head.refused.items() if name in after.tables}
        seeded = self.runner.seed_rows(
            number,
            full | refused.keys(),
            filled=filled | filled_later,
            wishes=wanted,
            rows_per_table=self.head.rows_per_table,
        )
        self.ours.update(name for name, count in seeded.seeded.items() if count)
        self.refused_at_head |= seeded.unwished
        self.refused_below.append(seeded.refused)
        return replace(seeded, problems={**refused, **seeded.problems})

    def _examples(self, before: rows.TableRows) -> dict[str, str]:
        return rows.example_rows(rows.rows_without(before, self.migrated))
