"""The data pass: rows of the assignment put in just before a revision, up to head, and down again.

Only run if the assignment has criteria of that kind. Those that put the same rows in at the same revision
share the steps, and one database is used for all of them, one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.assignment.aliases import Aliases
from grader.assignment.data_probe import DataProbe
from grader.observations.data import DataAnswer, DataRun
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import SchemaKind
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.runtime.postgres.sessions import Unseen
from grader.trial.data.insertion import put_in
from grader.trial.data.lineage import State
from grader.trial.data.names import NamesAt
from grader.trial.data.questions import ask
from grader.trial.data.target import NoTarget, Target, target_of
from grader.trial.rows.sessions import OwnerLabel, Refused
from grader.trial.step_runner import StepRunner, StepRunners


@dataclass(frozen=True)
class DataPass:
    """The chain of one submission, over rows of the assignment."""

    runners: StepRunners
    """Makes another database where one is needed."""
    used: StepRunner
    """A database that was used before; it is emptied before each use."""
    graph: RevisionGraph
    states: Sequence[State]
    """The schema after each revision."""
    aliases: Aliases
    """Other names for the assignment's tables and columns."""

    def run(self, probes: Iterable[DataProbe]) -> tuple[DataRun, ...]:
        """Put in the rows of each probe and ask its queries; probes with the same rows together."""
        shared: dict[str, DataProbe] = {}
        for probe in probes:
            first = shared.setdefault(probe.key, probe)
            shared[probe.key] = replace(
                first,
                at_head=tuple(dict.fromkeys((*first.at_head, *probe.at_head))),
                below=tuple(dict.fromkeys((*first.below, *probe.below))),
            )
        return tuple(map(self._run, shared.values()))

    def _run(self, probe: DataProbe) -> DataRun:
        try:
            target = target_of(self.graph, self.states, probe, self.aliases)
        except NoTarget as reason:
            return DataRun(probe.key, lacking=str(reason))
        run = DataRun(probe.key, target.revision.id)
        with self.runners.emptied(self.used) as runner:
            for parent in target.revision.parents:
                run = replace(run, below=_step(runner, StepAction.UPGRADE, parent))
                if not _sound(run.below):
                    return run
            try:
                runner.with_rows(lambda at: put_in(at, probe, target.names, _owner(target.names)))
            except Unseen as reason:
                return replace(run, refused=str(reason))
            except Refused as refusal:
                return replace(run, refused=runner.presentable(str(refusal)), code=refusal.code)
            return self._over_rows(runner, probe, run, target)

    def _over_rows(self, runner: StepRunner, probe: DataProbe, run: DataRun, target: Target) -> DataRun:
        run = replace(run, upgrade=_step(runner, StepAction.UPGRADE, "head"))
        if not _sound(run.upgrade):
            return run
        at_head = NamesAt(self.states, len(self.states) - 1, self.aliases)
        run = replace(run, at_head=_answers(runner, probe.at_head, at_head))
        if not probe.below:
            return run
        parent, *others = target.revision.parents
        # The parent by its id takes other branches down too: they were not there when the rows were put in.
        way_back = parent if not others else self.graph.target_below(target.revision)
        run = replace(run, downgrade=_step(runner, StepAction.DOWNGRADE, way_back))
        if not _sound(run.downgrade):
            return run
        return replace(run, after=_answers(runner, probe.below, target.names))


def _answers(runner: StepRunner, queries: Sequence[str], names: NamesAt) -> dict[str, DataAnswer]:
    owner = _owner(names)
    try:
        return runner.with_rows(lambda at: ask(at, queries, names, owner, runner.presentable))
    except Unseen as reason:
        return dict.fromkeys(queries, DataAnswer(refused=str(reason)))


def _step(runner: StepRunner, action: StepAction, target: str) -> StepRecord:
    return runner.migrate(Pass.DATA, action, target, look=False)


def _sound(step: StepRecord | None) -> bool:
    return step is not None and step.succeeded and step.unseen is None


def _owner(names: NamesAt) -> OwnerLabel:
    """The role that owns most of the tables."""
    tables = names.states[names.place].snapshot.of_kind(SchemaKind.TABLE)
    owners = Counter(item.properties.get("owner") for item in tables)
    return "pooled" if owners["pooled"] > owners["direct"] else "direct"
