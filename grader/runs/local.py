"""`LocalRunner`: tries submissions on this machine, each with a server and a sandbox of its own."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import DisturbedTrial, GraderError, HarnessFault, OutOfMemory
from grader.observations.model import Observations
from grader.runs.disturbances import Disturbances
from grader.runs.graded import Phases
from grader.runs.references import References
from grader.runtime.machine import most_for_one
from grader.runtime.memory import Memory
from grader.runtime.pairs.proof import PairProof
from grader.runtime.pairs.trial import try_slot
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.interface import SandboxBackend, StepLimits
from grader.runtime.slots import Slots
from grader.submission.project_environment import read_environment
from grader.submission.staging import StagingArea, Submission
from grader.trial.file_trouble import had_file_trouble
from grader.trial.lack_proof import offer_of, proven
from grader.trial.lacks import lacks
from grader.trial.trial import Trial


class LocalRunner:
    """The `Runner` for this machine."""

    def __init__(
        self,
        assignment: Assignment,
        postgres: PostgresBackend,
        sandbox: SandboxBackend,
        workspace: Path,
        *,
        staging: StagingArea | None = None,
        slots: Slots | None = None,
        proof: PairProof | None = None,
    ) -> None:
        """Keep the parts; nothing is started yet.

        Args:
            assignment: what to grade by.
            postgres: starts the servers.
            sandbox: confines the students' code.
            workspace: a private folder that lasts as long as the run.
            staging: where submissions are staged; None for the workspace.
            slots: slots of the same backends, if some have been started already.
            proof: says whether the backends work together; None for one that keeps nothing.
        """
        self.assignment = assignment
        self.staging = staging or StagingArea(workspace)
        self.slots = slots or Slots(postgres, sandbox, workspace)
        names = postgres.name, sandbox.name
        self._proof = proof or PairProof(names, partial(try_slot, partial(self.slots.take, postgres)))
        self._memory = Memory()
        self._most_bytes = most_for_one()
        self._references = References(assignment)
        self._backend_pairs = frozenset({names})

    def capacity(self, running: int) -> int | None:
        """See `Runner`: no more than are running if there is no memory for another one."""
        return None if self.slots.room.has_room(running) else max(1, running)

    def backend_pairs(self) -> frozenset[tuple[str, str]]:
        """See `Runner`: there is one pair."""
        return self._backend_pairs

    def try_out(self, staged: Submission, phases: Phases, *, settle: bool) -> Observations:
        """See `Runner`.

        A trial that failed for what this server lacks is repeated on one that may have it. One that failed
        because a step could not create files is repeated over copies of the files.
        """
        server: PostgresBackend | None = None
        observations = self._first_observed(staged, phases, settle=settle)
        if any(lack.of_this_build for lack in observations.lacks):
            server = self.slots.fuller()
            if server is not None:
                observations = self._observe(staged, phases, settle=settle, server=server)
        if had_file_trouble(observations):
            if server is None:
                self.slots.need_another()
            observations = self._observe(staged, phases, settle=settle, over_copies=True, server=server)
        return observations

    def cancel_expected(self) -> None:
        """See `Runner`.

        The first slot of a run is started already. It is used to see that the assignment fits its reference:
        a file with a mistake grades nobody, not even those who have handed in nothing that runs.

        Raises:
            ConfigurationError: it does not fit.
        """
        if self._references.checked or not self.slots.one_is_started:
            self.slots.need_none()
            return
        # What has nothing to run is judged without a server, so a fault of that one costs it no verdict.
        with contextlib.suppress(HarnessFault), self.slots.take() as slot:
            self._references.on(slot.server)

    def problem(self) -> GraderError | None:
        """See `Runner`: PostgreSQL and the isolation do not work together, so no submission can be tried."""
        return self._proof.problem

    def stop(self) -> None:
        """See `Runner`."""
        self._proof.stop()
        self.slots.stop()

    def _first_observed(self, staged: Submission, phases: Phases, *, settle: bool) -> Observations:
        """Try a submission, and learn from it whether any can be tried.

        Raises:
            BrokenPair: none can.
            HarnessFault: this one could not.
        """
        self._proof.check()
        try:
            observations = self._observe(staged, phases, settle=settle)
        except OutOfMemory:
            raise
        except (HarnessFault, OSError) as error:
            # What stood in the way of this trial alone is found after it, and is no failure of the backends.
            if not isinstance(error, DisturbedTrial) or error.__cause__ is not None:
                self._proof.fault()
            raise
        if any(step.versions for step in observations.all_steps()):
            self._proof.works()
        else:
            self._proof.doubt()
        return observations

    def _observe(
        self,
        staged: Submission,
        phases: Phases,
        *,
        settle: bool,
        over_copies: bool = False,
        server: PostgresBackend | None = None,
    ) -> Observations:
        layout = staged.facts.layout
        if layout is None:
            raise ValueError(f"{staged.id} has no Alembic set-up, so there is nothing to try")
        phases.begin("starting")
        environment = read_environment(staged.root, layout.root)
        disturbances = Disturbances(self._memory)
        with (
            disturbances.around(),
            self.slots.take(server) as slot,
            disturbances.around(slot),
            slot.occupied(staged.root, environment.env_files),
        ):
            limits = StepLimits(
                output_bytes=self.assignment.limits.output_bytes, total_bytes=self._most_bytes
            )

            def until_ready() -> None:
                slot.sandbox.set_up(
                    layout, limits, socket=slot.server.endpoint.socket, over_copies=over_copies
                )
                phases.begin("trying the chain")

            reference = self._references.on(slot.server)
            trial = Trial(
                staged,
                self.assignment,
                slot.server,
                slot.sandbox,
                files=slot.submission,
                variables=environment.variables,
            )
            observations = trial.run(reference.snapshot, until_ready)
            disturbances.check(observations, slot, settle=settle)
            said = lacks(observations, slot.submission)
            lacking = proven(said, slot.submission, partial(offer_of, slot.server))
            phases.begin("clearing up")
        return replace(
            observations,
            lacks=lacking,
            reference_sha256=self.assignment.reference_sha256,
            types=reference.types,
            timings={
                "server": round(slot.server_seconds, 4),
                "imports": round(slot.sandbox.import_seconds, 4),
                **observations.timings,
            },
        )
