"""Trials around which memory or disk space ran out, or whose processes were killed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from grader.errors import DisturbedTrial, HarnessFault
from grader.observations.model import Observations
from grader.observations.steps import Limit
from grader.runs import disturbances
from grader.runs.disturbances import Disturbances
from grader.runtime.memory import GroupEvents, Memory
from grader.runtime.postgres.interface import Endpoint, PostgresServer
from grader.runtime.slots import Slot
from tests.unit.observation_builders import perfect, with_one_shot

SERVER = PostgresServer("embedded", Endpoint("/nowhere", 5432, "postgres", ""), "17.5")


@dataclass
class Counter:
    """The kernel's counter, as a test says."""

    count: int | None = 3

    def kills(self) -> int | None:
        """See `Memory.kills`."""
        return self.count


@dataclass
class Trial:
    """A trial that is about to end."""

    counter: Counter = field(default_factory=Counter)
    sandbox: Any = None
    server: PostgresServer = field(default_factory=lambda: replace(SERVER))

    def __post_init__(self) -> None:
        self.disturbances = Disturbances(cast("Memory", self.counter))
        self.events: GroupEvents | None = None

    @property
    def group_events(self) -> GroupEvents | None:
        """See `Sandbox.group_events`."""
        return self.events

    def check(self, observations: Observations, *, settle: bool) -> str:
        """What is wrong; empty if the trial counts."""
        slot = Slot(self.server, cast("Any", self), Path("/nowhere"), 0.0)
        try:
            self.disturbances.check(observations, slot, settle=settle)
        except DisturbedTrial as fault:
            return fault.message
        return ""


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A trial beside a counter that can be read, on a machine that is not too busy."""
    monkeypatch.setattr(disturbances, "overloaded", lambda: False)
    server = replace(SERVER, recovered=type(SERVER.recovered)())
    return Trial(server=server)


def ended(limit: Limit | None, output: str = "") -> Observations:
    """A trial whose upgrade was ended."""
    seen = perfect()
    assert seen.one_shot is not None
    upgrade = replace(seen.one_shot.upgrade, exit_code=None if limit else 1, limit=limit, stderr=output)
    return with_one_shot(seen, upgrade=upgrade)


@pytest.mark.parametrize("settle", [True, False])
def test_a_quiet_trial_counts(trial: Trial, settle: bool) -> None:
    assert trial.check(perfect(), settle=settle) == ""


@pytest.mark.parametrize("settle", [True, False])
@pytest.mark.parametrize("seen", [perfect(), ended(Limit.KILLED), ended(None)])
def test_a_trial_with_a_process_that_the_kernel_ended_shows_nothing(
    trial: Trial, seen: Observations, settle: bool
) -> None:
    trial.counter.count = 4
    assert "memory ran out" in trial.check(seen, settle=settle)


def test_a_submission_beyond_its_own_limit_is_judged_even_if_the_kernel_was_faster(trial: Trial) -> None:
    trial.counter.count = 4
    assert "memory ran out" in trial.check(ended(Limit.MEMORY), settle=False)
    assert trial.check(ended(Limit.MEMORY), settle=True) == ""


def test_a_step_that_was_killed_is_tried_once_more(trial: Trial) -> None:
    assert "a signal" in trial.check(ended(Limit.KILLED), settle=False)
    assert trial.check(ended(Limit.KILLED), settle=True) == ""


def test_a_step_that_ran_into_another_limit_is_judged(trial: Trial) -> None:
    for limit in (Limit.TIME, Limit.OUTPUT, Limit.MEMORY, None):
        assert trial.check(ended(limit), settle=False) == ""


def test_a_server_that_recovered_is_tried_once_more(trial: Trial) -> None:
    trial.server.recovered.set()
    assert "PostgreSQL" in trial.check(perfect(), settle=False)
    assert trial.check(perfect(), settle=True) == ""


def test_nothing_is_held_against_a_machine_that_does_not_count(trial: Trial) -> None:
    trial.counter.count = None
    assert trial.check(perfect(), settle=True) == ""
    assert "a signal" in trial.check(ended(Limit.KILLED), settle=False)


@pytest.mark.parametrize(("full", "message"), [(False, "memory ran out"), (True, "")])
def test_a_container_knows_whose_limit_was_reached(trial: Trial, full: bool, message: str) -> None:
    trial.events = GroupEvents(1, full=full)
    assert message in trial.check(ended(Limit.KILLED), settle=True)
    assert bool(trial.check(ended(Limit.KILLED), settle=True)) is bool(message)


def test_the_container_of_a_server_is_asked_when_the_server_has_recovered(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def events(endpoint: object) -> GroupEvents:
        asked.append(endpoint)
        return GroupEvents(1, full=False)

    monkeypatch.setattr(disturbances, "group_events", events)
    trial.server = replace(trial.server, contained=True)
    assert trial.check(perfect(), settle=True) == ""
    trial.server.recovered.set()
    assert "memory ran out" in trial.check(perfect(), settle=True)
    assert asked == [SERVER.endpoint]


@pytest.mark.parametrize(("free", "settled"), [(1024, "there was no disk space left"), (1024**3, "")])
def test_a_full_disk(trial: Trial, monkeypatch: pytest.MonkeyPatch, free: int, settled: str) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    seen = ended(None, "could not extend file: No space left on device")
    assert "disk space" in trial.check(seen, settle=False)
    assert trial.check(seen, settle=True) == settled


def test_a_fault_after_which_the_trial_is_repeated_alone(trial: Trial) -> None:
    with pytest.raises(DisturbedTrial, match=r"^the worker ended$") as raised, trial.disturbances.around():
        raise HarnessFault("the worker ended", next_step="Grade it again.")
    assert raised.value.next_step == "Grade it again."
    trial.counter.count = 4
    with pytest.raises(DisturbedTrial, match=r"memory ran out.*ended") as raised, trial.disturbances.around():
        raise HarnessFault("the worker ended")
    assert "--jobs 1" in raised.value.next_step


def test_a_fault_in_a_group_of_its_own(trial: Trial) -> None:
    group = cast("Any", type("Group", (), {"events": lambda _: GroupEvents(1, full=False)})())
    slot = Slot(trial.server, cast("Any", trial), Path("/nowhere"), 0.0, group)
    with pytest.raises(DisturbedTrial, match=r"memory ran out"), trial.disturbances.around(slot):
        raise HarnessFault("the worker ended")


@pytest.mark.parametrize("limit", [Limit.TIME, Limit.TRIAL])
def test_time_that_runs_out_on_an_overloaded_machine_is_tried_again(
    trial: Trial, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disturbances, "overloaded", lambda: True)
    assert "too much to do" in trial.check(ended(limit), settle=False)
    assert trial.check(ended(limit), settle=True) == ""
    assert trial.check(perfect(), settle=False) == ""


def test_time_that_runs_out_on_a_quiet_machine_is_the_submissions(trial: Trial) -> None:
    assert trial.check(ended(Limit.TIME), settle=False) == ""
