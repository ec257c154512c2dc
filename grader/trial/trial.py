"""Tries one submission on one server: runs all passes, and puts what they saw together as `Observations`.

There are five passes, each on an empty database: models (the student's models, made before anything else has
run), one-shot (what the exercise asks for), stairway (every revision up, down and up again), rows (the chain
over tables that hold rows) and replay (the revisions without the student's env.py). Where the replay does not
give the schema of the one-shot pass, there is a sixth: outside (the student's env.py without the revisions).
Where the assignment has rows of its own, there is another: data (the chain over those rows).

The stairway over rows comes first. Where it goes well from the first revision to the last, it stands for
both the stairway and the rows. Otherwise its records are thrown away, and the two passes run separately.
Nothing here judges.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from grader import __version__
from grader.assignment import asked
from grader.assignment.model import Assignment
from grader.observations.data import DataRun
from grader.observations.model import (
    AtomicPass,
    Environment,
    ModelsPass,
    Observations,
    OfflinePass,
    OneShotPass,
    OutsidePass,
    ReplayPass,
    StairwayStep,
)
from grader.observations.probes import TriedRows
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import StepRecord
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.sandbox.interface import Sandbox
from grader.submission.model_defaults import Defaults, model_defaults
from grader.submission.staging import Submission
from grader.trial.atomic_pass import atomic_pass
from grader.trial.data.target import schemas_seen
from grader.trial.data_pass import DataPass
from grader.trial.offline_pass import offline_pass
from grader.trial.row_rules_pass import row_rules_pass
from grader.trial.rows_pass import renamed, rows_pass
from grader.trial.schema.default_values import asked_defaults
from grader.trial.short_passes import models_and_replay, one_shot_pass
from grader.trial.stairway import below_head, stairway
from grader.trial.stairway_over_rows import failed_as_one_shot, stairway_over_rows
from grader.trial.step_runner import StepRunner, StepRunners
from grader.trial.trial_log import TrialLog


class Trial:
    """One submission, one server, one sandbox."""

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        server: PostgresServer,
        sandbox: Sandbox,
        *,
        files: Path,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Store the arguments; nothing is started yet.

        Args:
            submission: what to try.
            assignment: what is asked for.
            server: where its databases are made.
            sandbox: where its code runs.
            files: the folder in which the staged files are while the trial lasts.
            variables: the variables that its example files name, see `step_variables`.
        """
        if submission.graph is None:
            raise ValueError("a submission without migrations has nothing to try")
        self._submission = submission
        self._assignment = assignment
        self._graph = submission.graph
        self._probes = tuple(item.settings.probe() for item in assignment.of_kind("data"))
        self._aliases = assignment.aliases
        self._server = server
        self._sandbox = sandbox
        self._files = files
        self._requirements = assignment.project.requirements
        self._variables = variables
        self._begin()

    def _begin(self) -> None:
        self._log = TrialLog(
            trial_seconds=self._assignment.limits.trial_seconds, revisions=len(self._graph.revisions)
        )
        self._runners = StepRunners(
            self._server,
            self._sandbox,
            self._submission,
            self._assignment,
            self._log,
            files=self._files,
            variables=self._variables,
        )

    def run(self, reference: SchemaSnapshot | None, until_ready: Callable[[], None]) -> Observations:
        """Run all passes, two at a time; one at a time if the server's room was not enough for two.

        Args:
            reference: the reference's schema; None if the exercise has none.
            until_ready: waits until the sandbox takes steps. The first databases are created before.

        Raises:
            HarnessFault: the server or the sandbox broke; nothing can be said of the submission.
        """
        seen = self._run(reference, until_ready, at_once=2)
        if not self._log.is_out_of_room:
            return seen
        self._begin()
        return self._run(reference, lambda: None, at_once=1)

    def _run(
        self, reference: SchemaSnapshot | None, until_ready: Callable[[], None], *, at_once: int
    ) -> Observations:
        graph, runners = self._graph, self._runners
        with (
            ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="pass") as workers,
            runners.new(until_the_end=True) as first,
            runners.new(until_the_end=True) as second,
            ExitStack() as stack,
        ):
            first.look()
            second.look()
            until_ready()
            began = time.monotonic()
            made = second.create_tables()  # before anything else has run

            def run_one_shot() -> tuple[StepRunner, OneShotPass]:
                used = stack.enter_context(runners.emptied(second))
                return used, one_shot_pass(used)

            one_shot_run = workers.submit(run_one_shot)
            over_rows = workers.submit(
                stairway_over_rows, first, graph, lambda: one_shot_run.result()[1].reapply
            )
            used, one_shot = one_shot_run.result()
            # A chain that did not get to head has nothing to show in the other passes.
            reached = one_shot.upgrade.succeeded and one_shot.upgrade.versions is not None
            others = workers.submit(self._others, used, one_shot, made) if reached else None
            stairs, rows_steps = over_rows.result()
            if not rows_steps:
                again = None
                if reached or not failed_as_one_shot(stairs):
                    again = workers.submit(stairway, runners, first, graph)
                rows = workers.submit(rows_pass, runners, graph, self._defaults) if reached else None
                stairs = again.result() if again else stairs
                rows_steps = rows.result() if rows else ()
            below = below_head(runners, graph, stairs) if reached else None
            data = self._data(first, one_shot, stairs, below) if reached and self._probes else ()
            tried_rows, short, atomic, offline = others.result() if others else ((), (None,) * 3, None, None)
            models, replay, outside = short
            defaults = asked_defaults(
                self._log.snapshots().values(), asked.defaults(self._assignment), self._aliases
            )
            same_defaults = first.equal_defaults(defaults) if defaults else ()
            if self._log.is_out_of_room:
                first.clear()
                second.clear()
        return Observations(
            submission=self._submission.facts,
            graph=graph,
            environment=self._environment(),
            reference=reference,
            seconds=round(time.monotonic() - began, 3),
            timings=self._log.seconds(),
            one_shot=one_shot,
            stairway=stairs,
            rows=renamed(rows_steps, self._log.shown_names) if reached else (),
            models=models,
            replay=replay,
            outside=outside,
            atomic=atomic,
            offline=offline,
            below_head=below,
            data=data,
            snapshots=self._log.snapshots(),
            asked_defaults=same_defaults,
            tried_rows=tried_rows,
        )

    def _data(
        self,
        used: StepRunner,
        one_shot: OneShotPass,
        stairs: tuple[StairwayStep, ...],
        below: StepRecord | None,
    ) -> tuple[DataRun, ...]:
        states = schemas_seen(one_shot, stairs, below, self._log.snapshots())
        return DataPass(self._runners, used, self._graph, states, self._aliases).run(self._probes)

    def _others(
        self, used: StepRunner, one_shot: OneShotPass, made: tuple[StepRecord, int | None]
    ) -> tuple[
        tuple[TriedRows, ...],
        tuple[ModelsPass, ReplayPass, OutsidePass | None],
        AtomicPass | None,
        OfflinePass | None,
    ]:
        """The passes in the database of the one-shot pass."""
        tried = row_rules_pass(
            self._runners, used, one_shot, asked.row_rules(self._assignment), self._aliases
        )
        short = models_and_replay(self._runners, used, one_shot, made)
        head, asks_for = self._graph.head, self._assignment.of_kind
        if head is None or one_shot.upgrade.versions != (head,):
            return tried, short, None, None
        atomic = atomic_pass(self._runners, used, head) if asks_for("atomic") else None
        offline = offline_pass(self._runners, used, one_shot) if asks_for("offline") else None
        return tried, short, atomic, offline

    def _defaults(self) -> Defaults:
        return model_defaults(self._files)

    def _environment(self) -> Environment:
        versions = self._sandbox.versions
        return Environment(
            postgres=self._server.version,
            backend=self._server.backend,
            isolation=self._sandbox.isolation,
            grader=__version__,
            alembic=versions["alembic"],
            sqlalchemy=versions["sqlalchemy"],
            python=versions["python"],
            packages=self._requirements,
        )
