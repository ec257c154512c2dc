"""Drives one submission's chain up and down on one server and writes down what it saw: `Observations`.

Five passes: one-shot (what the exercise asks for), stairway (every revision up, down, up), rows (the chain
over tables that hold rows), models (the student's metadata by `create_all`) and replay (the revisions without
the student's env.py), each on an empty database. A stairway over tables with rows comes first: where all
of it goes well it stands for the stairway and for the rows, which would have less to go wrong; else its
records are thrown away, and the two are run apart. The schema is looked at after every step, over the
harness's own session. Nothing here judges.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grader import __version__
from grader.assignment.model import Assignment
from grader.observations.model import (
    Environment,
    ModelsPass,
    Observations,
    OneShotPass,
    ReplayPass,
    RowLoss,
    RowsStep,
    StairwayStep,
)
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.sandbox.interface import Sandbox
from grader.submission.staging import Submission
from grader.trial import rows
from grader.trial.step_runner import StepRunner, TrialLog


@dataclass
class _Climb:
    """What a stairway over rows has shown so far."""

    stairs: list[StairwayStep] = field(default_factory=list)
    ups: list[RowsStep] = field(default_factory=list)
    downs: list[RowsStep] = field(default_factory=list)
    there: rows.TableRows = field(default_factory=rows.TableRows)
    """The rows that the next upgrade finds."""
    migrated: list[rows.TableRows] = field(default_factory=list)
    """Rows that upgrades put in themselves."""
    settled: frozenset[str] = frozenset()
    """Tables that need no more rows at this revision."""


class Trial:
    """One submission, one server, one sandbox."""

    def __init__(
        self, submission: Submission, assignment: Assignment, server: PostgresServer, sandbox: Sandbox
    ) -> None:
        if submission.graph is None:
            raise ValueError("a submission without migrations has nothing to try")
        self.submission = submission
        self.assignment = assignment
        self.server = server
        self.sandbox = sandbox
        self.graph: RevisionGraph = submission.graph
        self.tally = TrialLog()

    def run(self, reference: SchemaSnapshot, until_ready: Callable[[], None]) -> Observations:
        """Run all passes, two at a time.

        Args:
            reference: the reference's schema.
            until_ready: waits until the sandbox takes steps; the first databases are made before.

        Raises:
            HarnessFault: the server or the sandbox broke; nothing can be said of the submission.
        """
        with (
            ThreadPoolExecutor(max_workers=2, thread_name_prefix="pass") as lanes,
            self._bench("both", to_the_end=True) as climbing,
            self._bench("oneshot", to_the_end=True) as bench,
        ):
            climbing.look()
            bench.look()
            until_ready()
            began = time.monotonic()
            over_rows = lanes.submit(self._climb_over_rows, climbing)
            one_shot = lanes.submit(self._one_shot, bench).result()
            # What is left goes to whichever lane is free; a chain that does not run has nothing to show.
            reached = one_shot.upgrade.succeeded and one_shot.upgrade.versions is not None
            others = lanes.submit(self._models_and_replay, bench, one_shot) if reached else None
            stairway, rows_steps = over_rows.result()
            if not rows_steps:
                in_vain = not reached and _in_vain(stairway)
                apart = None if in_vain else lanes.submit(self._stairway, climbing)
                rows_pass = lanes.submit(self._rows) if reached else None
                stairway = apart.result() if apart else stairway
                rows_steps = rows_pass.result() if rows_pass else ()
            models, replay = others.result() if others else (None, None)
        return Observations(
            submission=self.submission.facts,
            graph=self.graph,
            environment=self._environment(),
            reference=reference,
            seconds=round(time.monotonic() - began, 3),
            timings=self.tally.seconds(),
            one_shot=one_shot,
            stairway=stairway,
            rows=rows_steps if reached else (),
            models=models,
            replay=replay,
            snapshots=self.tally.snapshots(),
        )

    def _environment(self) -> Environment:
        versions = self.sandbox.versions
        return Environment(
            postgres=self.server.version,
            backend=self.server.backend,
            isolation=self.sandbox.isolation,
            grader=__version__,
            alembic=versions["alembic"],
            sqlalchemy=versions["sqlalchemy"],
            python=versions["python"],
        )

    @contextmanager
    def _bench(self, label: str, *, to_the_end: bool = False) -> Iterator[StepRunner]:
        """A database of its own; one that is there to the end of the trial may go with its server."""
        with self.tally.timed("databases"):
            database = StudentDatabase.create(self.server, label)
        try:
            yield StepRunner(database, self.sandbox, self.submission, self.assignment.limits, self.tally)
        finally:
            with self.tally.timed("databases"):
                if to_the_end:
                    database.leave()
                else:
                    database.drop()

    @contextmanager
    def _emptied(self, bench: StepRunner, label: str) -> Iterator[StepRunner]:
        """A database that is used again, or another one where something in it cannot be taken away."""
        if bench.clear():
            yield bench
        else:
            with self._bench(label) as other:
                yield other

    def _up(
        self, bench: StepRunner, trial_pass: Pass, revision: str, action: StepAction = StepAction.UPGRADE
    ) -> StepRecord:
        return bench.migrate(trial_pass, action, revision, revision=revision)

    def _down(self, bench: StepRunner, trial_pass: Pass, revision: Revision) -> StepRecord:
        below = self.graph.target_below(revision)
        return bench.migrate(trial_pass, StepAction.DOWNGRADE, below, revision=revision.id)

    def _one_shot(self, bench: StepRunner) -> OneShotPass:
        """What the exercise asks for, in its order; each step only where the one before it worked."""
        upgrade = bench.migrate(Pass.ONE_SHOT, StepAction.UPGRADE, "head")
        history = bench.migrate(Pass.ONE_SHOT, StepAction.HISTORY, look=False)
        if not upgrade.succeeded:
            return OneShotPass(upgrade, history=history)
        owners = bench.owners(upgrade)
        current = bench.migrate(Pass.ONE_SHOT, StepAction.CURRENT, look=False)
        downgrade = bench.migrate(Pass.ONE_SHOT, StepAction.DOWNGRADE, "-1")
        reapply = None
        if downgrade.succeeded:
            reapply = bench.migrate(Pass.ONE_SHOT, StepAction.REAPPLY, "head")
        return OneShotPass(upgrade, current, history, downgrade, reapply, owners)

    def _climb_over_rows(self, bench: StepRunner) -> tuple[tuple[StairwayStep, ...], tuple[RowsStep, ...]]:
        """The stairway over tables that hold rows: both passes in one, or no rows where anything went wrong.

        What the stairway is worth without rows is for `_in_vain` to say.
        """
        climb = _Climb()
        for number, revision in enumerate(self.graph.revisions):
            if not self._stair_over_rows(bench, climb, number, revision):
                return tuple(climb.stairs), ()
            if number + 1 < len(self.graph.revisions):
                bench.seed_rows(2 * number + 1, climb.settled)  # what this revision made was emptied
                climb.there = bench.read_rows()
        return tuple(climb.stairs), (*climb.ups, *reversed(climb.downs))

    def _stair_over_rows(self, bench: StepRunner, climb: _Climb, number: int, revision: Revision) -> bool:
        """One revision up, down and up over rows; False as soon as anything is not as it should be."""
        before, there = bench.look(), climb.there
        up = self._up(bench, Pass.STAIRWAY, revision.id)
        if not up.succeeded or revision.id not in (up.versions or ()):
            climb.stairs.append(StairwayStep(revision.id, before, up))
            return False
        after = bench.read_rows()
        climb.migrated.append(rows.rows_added(there, after))
        losses = rows.compare_rows(there, after, direction="up", migrated=climb.migrated)
        climb.settled = rows.settled(there, after)
        seeded = bench.seed_rows(2 * number, climb.settled)
        if losses or seeded.problems or after.problems():
            return False
        full = bench.read_rows()
        down = self._down(bench, Pass.STAIRWAY, revision)
        if not down.succeeded or down.snapshot != before or revision.id in (down.versions or ()):
            return False
        if rows.compare_rows(full, bench.read_rows(), direction="down", migrated=climb.migrated):
            return False
        again = self._up(bench, Pass.STAIRWAY, revision.id, StepAction.REAPPLY)
        if not again.succeeded or (again.snapshot, again.versions) != (up.snapshot, up.versions):
            return False
        climb.stairs.append(StairwayStep(revision.id, before, up, down, again))
        climb.ups.append(
            RowsStep(revision.id, "up", replace(up, trial_pass=Pass.ROWS), there.counts(), (), seeded.seeded)
        )
        climb.downs.append(RowsStep(revision.id, "down", replace(down, trial_pass=Pass.ROWS), full.counts()))
        return True

    def _stairway(self, used: StepRunner) -> tuple[StairwayStep, ...]:
        """Every revision up, down and up; after a step that went wrong, on from a fresh database.

        The first one may be that which was climbed over rows.
        """
        done: list[StairwayStep] = []
        remaining = list(self.graph.revisions)
        flight = 0
        while remaining:
            label = f"stairway{flight}"
            with self._bench(label) if done else self._emptied(used, label) as bench:
                reached = done[-1].revision if done else None
                if reached is not None and not self._up(bench, Pass.STAIRWAY, reached).succeeded:
                    break
                steps = self._climb(bench, remaining)
            done += steps
            remaining = remaining[len(steps) :]
            flight += 1
            if not steps[-1].up.succeeded or (steps[-1].down and steps[-1].down.limit):
                break
        return tuple(done)

    def _climb(self, bench: StepRunner, revisions: list[Revision]) -> list[StairwayStep]:
        """Climb until the database is no longer where a sound chain would have it."""
        steps: list[StairwayStep] = []
        for revision in revisions:
            before = bench.look()
            up = self._up(bench, Pass.STAIRWAY, revision.id)
            if not up.succeeded:
                steps.append(StairwayStep(revision.id, before, up))
                break
            down = self._down(bench, Pass.STAIRWAY, revision)
            if not down.succeeded:
                steps.append(StairwayStep(revision.id, before, up, down))
                if (down.versions, down.snapshot) == (up.versions, up.snapshot):
                    continue  # it failed as a whole, so the database still stands at this revision
                break
            again = self._up(bench, Pass.STAIRWAY, revision.id, StepAction.REAPPLY)
            steps.append(StairwayStep(revision.id, before, up, down, again))
            if not again.succeeded or again.snapshot != up.snapshot:
                break
        return steps

    def _rows(self) -> tuple[RowsStep, ...]:
        """The chain up over tables that hold rows, more rows at every revision; then all the way down."""
        with self._bench("rows") as bench:
            steps, migrated = self._rows_up(bench)
            if steps and steps[-1].step.succeeded:
                steps += self._rows_down(bench, migrated)
        return tuple(steps)

    def _rows_up(self, bench: StepRunner) -> tuple[list[RowsStep], list[rows.TableRows]]:
        """Also gives the rows that upgrades put in themselves: their downgrades may take those away again."""
        steps: list[RowsStep] = []
        migrated: list[rows.TableRows] = []
        for number, revision in enumerate(self.graph.revisions):
            before = bench.read_rows()
            step = self._up(bench, Pass.ROWS, revision.id)
            if not step.succeeded:
                steps.append(RowsStep(revision.id, "up", step, before.counts()))
                break
            after = bench.read_rows()
            migrated.append(rows.rows_added(before, after))
            losses = rows.compare_rows(before, after, direction="up", migrated=migrated)
            seeded = bench.seed_rows(number, rows.settled(before, after))
            steps.append(
                RowsStep(
                    revision.id,
                    "up",
                    step,
                    before.counts(),
                    losses,
                    seeded.seeded,
                    {**after.problems(), **seeded.problems},
                )
            )
        return steps, migrated

    def _rows_down(self, bench: StepRunner, migrated: list[rows.TableRows]) -> list[RowsStep]:
        steps: list[RowsStep] = []
        for revision in reversed(self.graph.revisions):
            before = bench.read_rows()
            step = self._down(bench, Pass.ROWS, revision)
            losses: tuple[RowLoss, ...] = ()
            if step.succeeded:
                losses = rows.compare_rows(before, bench.read_rows(), direction="down", migrated=migrated)
            steps.append(RowsStep(revision.id, "down", step, before.counts(), losses))
            if not step.succeeded:
                break
        return steps

    def _models_and_replay(self, bench: StepRunner, one_shot: OneShotPass) -> tuple[ModelsPass, ReplayPass]:
        """Both in the database of the one-shot pass, emptied before each."""
        with self._emptied(bench, "models") as other:
            models = ModelsPass(*other.make_models())
        with self._emptied(bench, "replay") as other:
            return models, self._replay(other, one_shot)

    def _replay(self, bench: StepRunner, one_shot: OneShotPass) -> ReplayPass:
        """The revisions alone in one go; one by one where that gives another schema."""
        replayed = bench.replay("head")
        if replayed.succeeded and replayed.snapshot == one_shot.upgrade.snapshot:
            return ReplayPass(replayed)
        steps: list[tuple[str, StepRecord]] = []
        with self._bench("replaysteps") as other:
            for revision in self.graph.revisions:
                step = other.replay(revision.id, revision.id)
                steps.append((revision.id, step))
                if not step.succeeded:
                    break
        return ReplayPass(replayed, tuple(steps))


def _in_vain(stairway: tuple[StairwayStep, ...]) -> bool:
    """Whether a stairway over rows that broke off needs no other try on empty tables.

    Its last step up failed, and met no rows at all, or took all the time it may; then the one-shot run, which
    did not get to head either, has done so too.
    """
    last = stairway[-1] if stairway else None
    if last is None or last.up.succeeded or last.down is not None:
        return False
    return len(stairway) == 1 or last.up.limit is not None
