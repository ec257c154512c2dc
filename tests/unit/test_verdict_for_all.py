"""Whatever a submission does is a verdict: no step of any trial, however strange, leads to `error`.

The trial is the real one, over pretended databases in which each step ends as hypothesis says. A fault of the
grader is an exception that ends a trial; where none was raised, there has to be a verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.observations.model import Observations, decode, encode
from grader.observations.revisions import GraphProblem, ProblemKind, Revision, RevisionGraph
from grader.observations.steps import Limit, Pass, StepAction, StepRecord
from grader.report.model import Status
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import Unseen
from grader.runtime.sandbox.interface import Sandbox
from grader.submission.staging import Submission
from grader.trial import rows, trial
from grader.trial.step_runner import StepRunner
from grader.trial.trial_log import TrialLog
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    FACTS,
    INITIAL,
    STATES,
    Objects,
    assignment,
    at,
    evolving,
    graph,
    history_output,
    snapshot,
    step,
    table,
)

WEIGHED = assignment(
    **dict.fromkeys(("configuration", "reapply", "reversible_chain"), 10.0) | {"data_survival": 10.0}
)
EVERY_CRITERION = evolving(WEIGHED)
LOCKED = "something held a lock on it for too long (canceling statement due to lock timeout)"
OTHERS: tuple[Objects, ...] = (*STATES, (*INITIAL, table("left")), (), CATEGORIES[1:])


@dataclass(frozen=True)
class Strange:
    """How a step ends that does not end as it should."""

    exit_code: int | None = 0
    limit: Limit | None = None
    unseen: str | None = None
    versions: tuple[str, ...] | None = None
    state: int = 0
    output: str = ""


def strange_steps() -> st.SearchStrategy[Strange]:
    """Any end of a step that a submission can bring about."""
    return st.builds(
        Strange,
        exit_code=st.sampled_from((0, 0, 1, 120, None)),
        limit=st.sampled_from((None, None, *Limit)),
        unseen=st.sampled_from((None, None, LOCKED)),
        versions=st.sampled_from(
            (None, (), *map(at, range(1, 5)), ("gone",), ("aaa1", "ddd4"), ("x" * 500,))
        ),
        state=st.integers(0, len(OTHERS) - 1),
        output=st.sampled_from(("", "Traceback (most recent call last):\nValueError: null values\n", "\0\n")),
    )


@dataclass
class World:
    """All databases of one trial. What is not listed goes as it should."""

    steps: dict[tuple[Pass, int], Strange] = field(default_factory=dict)
    """The strange steps, by their pass and their number in it."""
    unreadable: set[int] = field(default_factory=set)
    """The times that rows are read or put in, by number, at which something stands in the way."""
    lost: set[int] = field(default_factory=set)
    """The times at which no rows are found."""
    refused: set[str] = field(default_factory=set)
    """The tables that take no rows."""
    same_database: bool = True
    """Whether a database can be emptied and used again."""
    made_again: bool = False
    """Whether every step makes all tables again."""
    tables: int | None = 3
    chain: RevisionGraph = field(default_factory=lambda: graph(*CHAIN))
    counts: Counter[object] = field(default_factory=Counter)
    log: TrialLog = field(default_factory=TrialLog)

    @contextmanager
    def new(self, **_: bool) -> Iterator[StepRunner]:
        """Give a new database."""
        yield cast("StepRunner", PretendedRunner(self))

    @contextmanager
    def emptied(self, _: StepRunner) -> Iterator[StepRunner]:
        """Give a database that was used before, or a new one."""
        with self.new() as runner:
            yield runner

    def count(self, kind: object) -> int:
        """How often something has happened, this time included."""
        self.counts[kind] += 1
        return self.counts[kind]


@dataclass
class PretendedRunner:
    """One database."""

    world: World
    number: int = 0
    """How many revisions of the chain it has."""
    runs_of_upgrade: int = 1
    touched: bool = False
    """Whether a step has run. What stands in the way before that is a fault of ours."""

    def _step(self, action: StepAction, target: str | None, trial_pass: Pass, **parts: Any) -> StepRecord:
        self.touched = True
        state: Objects = STATES[self.number]
        done = replace(
            step(action, target, versions=at(self.number), state=state, trial_pass=trial_pass, **parts),
            trial_pass=trial_pass,
        )
        other = self.world.steps.get((trial_pass, self.world.count(trial_pass)))
        if other is not None:
            state = OTHERS[other.state]
            done = replace(
                done,
                exit_code=None if other.limit else other.exit_code,
                limit=other.limit,
                versions=None if other.unseen else other.versions,
                snapshot=snapshot(state).digest,
                stderr=other.output,
                unseen=other.unseen,
            )
        self.world.log.keep(snapshot(state))
        looks_not = action in (StepAction.CURRENT, StepAction.HISTORY)
        return replace(done, snapshot=None) if looks_not or done.unseen is not None else done

    def migrate(
        self,
        trial_pass: Pass,
        action: StepAction,
        target: str | None = None,
        *,
        revision: str | None = None,
        emptied: bool = False,
        **_: Any,
    ) -> StepRecord:
        """Run a command."""
        targets = {"head": 4, "-1": max(self.number - 1, 0), "base": 0}
        if target is not None and not emptied:
            self.number = targets[target] if target in targets else _number(target)
        output = {StepAction.CURRENT: "ddd4 (head)\n", StepAction.HISTORY: history_output(CHAIN)}
        done = self._step(action, target, trial_pass, stdout=output.get(action, ""))
        return replace(done, revision=revision)

    def upgrade_to(self, revision: str, trial_pass: Pass, *, again: bool = False) -> StepRecord:
        """Apply a revision."""
        action = StepAction.REAPPLY if again else StepAction.UPGRADE
        return self.migrate(trial_pass, action, revision, revision=revision)

    def undo(self, revision: Revision, chain: RevisionGraph, trial_pass: Pass) -> StepRecord:
        """Undo a revision."""
        return self.migrate(
            trial_pass, StepAction.DOWNGRADE, chain.target_below(revision), revision=revision.id
        )

    def replay(self, target: str) -> StepRecord:
        """Run the revisions alone."""
        self.number = 4
        return self._step(StepAction.UPGRADE, target, Pass.REPLAY)

    def create_tables(self, **_: bool) -> tuple[StepRecord, int | None]:
        """Make the tables of the models."""
        self.number = 4
        return self._step(StepAction.CREATE_TABLES, None, Pass.MODELS), self.world.tables

    def drop_tables(self) -> bool:
        """Drop all tables."""
        return self.world.same_database

    def same_defaults(self, *_: StepRecord) -> tuple[()]:
        """Find none."""
        return ()

    def look(self) -> str:
        """Give the digest of the schema."""
        return self.world.log.keep(snapshot(STATES[self.number]))

    def owners(self, done: StepRecord) -> dict[str, str]:
        """Say that all tables were made over the direct connection."""
        return {"users": "direct"} if done.snapshot else {}

    def row_layout(self) -> rows.TableLayout:
        """Give no tables."""
        return rows.TableLayout((), ())

    def read_rows(self) -> rows.TableRows:
        """Give a row in each table that takes any."""
        read = self.world.count("rows")
        if self.touched and read in self.world.unreadable:
            raise Unseen(LOCKED)
        names = ["users", "posts", "categories"][: self.number + 1] if self.number else []
        full = () if read in self.world.lost else (("1", "ada"),)
        content = {
            name: rows.TableContent(
                {"id": "integer", "name": "text"}, () if name in self.world.refused else full, ("id",)
            )
            for name in names
        }
        return rows.TableRows(content)

    def tables(self) -> dict[str, int]:
        """Number the tables, anew where they are made again."""
        first = self.world.count("tables") if self.world.made_again else 1
        return dict.fromkeys(("users", "posts"), first)

    def seed_rows(self, *_: object, **__: Any) -> rows.SeedResult:
        """Put a row into each table that takes any."""
        if self.world.count("rows") in self.world.unreadable:
            raise Unseen(LOCKED)
        refused = dict.fromkeys(self.world.refused, "read only")
        return rows.SeedResult({"users": 1, "posts": 1} | dict.fromkeys(refused, 0), refused)


def _number(target: str) -> int:
    """How many revisions there are after going to a target."""
    name, _, way = target.partition("@")
    return max(0, CHAIN.index(name) + 1 - (way == "-1")) if way != "base" else 0


def observed(world: World) -> Observations:
    """What the real trial makes of a world."""
    facts = SimpleNamespace(facts=FACTS, graph=world.chain)
    server = SimpleNamespace(version="17.5", backend="embedded")
    sandbox = SimpleNamespace(
        versions={"alembic": "1.20.0", "sqlalchemy": "2.1.0", "python": "3.11.2"}, isolation="none"
    )
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(trial, "StepRunners", lambda *_, **__: world)
        patches.setattr(trial, "TrialLog", lambda **_: world.log)
        patches.setattr(trial, "model_defaults", lambda _: {})
        one = trial.Trial(
            cast("Submission", facts),
            EVERY_CRITERION,
            cast("PostgresServer", server),
            cast("Sandbox", sandbox),
            files=Path(),
        )
        return one.run(snapshot(CATEGORIES), lambda: None)


def is_a_verdict(observations: Observations) -> None:
    """Every criterion is passed, failed or skipped, and the score is possible."""
    report = judge(observations, EVERY_CRITERION)
    assert (report.status, report.error) == ("graded", None)
    assert {item.status for item in report.criteria} <= {Status.PASSED, Status.FAILED, Status.SKIPPED}
    assert all(item.hint for item in report.criteria if item.status is not Status.PASSED)
    assert 0 <= (report.score or 0) <= report.max_score
    details_of(observations, EVERY_CRITERION)
    assert decode(encode(observations)) == observations


def _chains() -> Iterator[RevisionGraph]:
    """Revision files as sound and as unsound as they can be."""
    whole = graph(*CHAIN)
    *below, head = whole.revisions
    yield from (whole, whole, whole, graph(CHAIN[0]))
    yield RevisionGraph((), (), ())
    yield replace(whole, heads=CHAIN[2:])
    yield replace(whole, heads=(), bases=())
    yield replace(whole, bases=CHAIN[:2])
    yield replace(whole, revisions=(*below, replace(head, parents=CHAIN[1:3], upgrade=None, downgrade=None)))
    for kind in ProblemKind:
        yield graph(*CHAIN, problems=(GraphProblem(kind, "something is wrong", revision=CHAIN[1]),))


CHAINS = tuple(_chains())
STRANGE_WORLDS = st.builds(
    World,
    steps=st.dictionaries(st.tuples(st.sampled_from(Pass), st.integers(1, 12)), strange_steps(), max_size=6),
    unreadable=st.sets(st.integers(1, 30), max_size=2),
    lost=st.sets(st.integers(1, 30), max_size=2),
    refused=st.sets(st.sampled_from(("users", "posts", "categories")), max_size=3),
    same_database=st.booleans(),
    made_again=st.booleans(),
    tables=st.sampled_from((3, 3, 0, None)),
    chain=st.sampled_from(CHAINS),
)
"""Trials in which any step, and any look at the database, goes wrong in any way."""


def test_a_world_without_anything_strange_gets_all_points() -> None:
    report = judge(observed(World()), EVERY_CRITERION)
    assert report.score == report.max_score


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(STRANGE_WORLDS)
@example(World({(Pass.ONE_SHOT, 1): Strange(unseen=LOCKED)}))
@example(World({(Pass.ONE_SHOT, 4): Strange(unseen=LOCKED)}))
@example(World({(Pass.MODELS, 1): Strange(unseen=LOCKED)}))
@example(World({(Pass.REPLAY, 1): Strange(unseen=LOCKED), (Pass.OUTSIDE, 2): Strange(unseen=LOCKED)}))
@example(World(unreadable={1, 3}, lost={2}))
def test_whatever_the_steps_of_a_trial_show_is_a_verdict(world: World) -> None:
    is_a_verdict(observed(world))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(STRANGE_WORLDS, st.sets(st.integers(0, 40)))
def test_whatever_is_missing_no_criterion_breaks(world: World, taken: set[int]) -> None:
    seen = spoilt(observed(world), taken)
    report = judge(seen, EVERY_CRITERION)
    assert "The grader failed" not in (report.error or "")
    assert report.score is None or 0 <= report.score <= report.max_score


def spoilt(seen: Observations, taken: set[int]) -> Observations:
    """Observations without some of their parts, by number: such as only a fault of the grader can make."""

    def kept(number: int, value: Any) -> Any:
        return None if number in taken else value

    run, models, replay = seen.one_shot, seen.models, seen.replay
    names = ("current", "history", "downgrade", "reapply")
    if run is not None:
        run = replace(run, **{name: kept(place, getattr(run, name)) for place, name in enumerate(names)})
    return replace(
        seen,
        one_shot=kept(4, run),
        models=kept(5, models),
        replay=kept(6, replay),
        outside=kept(7, seen.outside),
        below_head=kept(8, seen.below_head),
        stairway=tuple(
            replace(stair, down=kept(12 + place, stair.down), again=kept(16 + place, stair.again))
            for place, stair in enumerate(seen.stairway)
            if 20 + place not in taken
        ),
        rows=tuple(step for place, step in enumerate(seen.rows) if 24 + place not in taken),
        snapshots={
            digest: state
            for place, (digest, state) in enumerate(seen.snapshots.items())
            if 32 + place not in taken
        },
    )
