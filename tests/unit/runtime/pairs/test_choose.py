"""Which pair is taken: never one that has failed, as long as there is another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest

from grader.errors import BrokenPair, HarnessFault, UnavailableError
from grader.runtime.pairs import choose
from grader.runtime.pairs.choose import Wanted, choose_pair, offering, without_pair
from grader.runtime.pairs.kept import keep_trial, kept_trial
from grader.runtime.postgres import choose as servers
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import SANDBOXES
from grader.runtime.sandbox.interface import SandboxBackend
from tests.unit.runtime.pairs.fakes import Box, Server, box_maker

Names = tuple[str, str]
IN_ORDER = [("container", "container"), ("container", "bubblewrap"), ("embedded", "bubblewrap")]
"""What `auto` takes for a class, the strongest first."""


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything should work here, and nothing was tried."""
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(
        servers, "SERVERS", {name: partial(Server, name) for name in ("container", "embedded")}
    )
    for name in SANDBOXES:
        monkeypatch.setitem(SANDBOXES, name, box_maker(name))


def names_of(wanted: Wanted, told: list[str] | None = None) -> Names:
    return choose_pair(wanted, progress=(told if told is not None else []).append).names


def fail(*pairs: Names) -> None:
    """Keep that these pairs have failed."""
    for postgres, isolation in pairs:
        keep_trial(Server(postgres), Box(isolation), f"{postgres}+{isolation} broke\nhere")


def failed(*pairs: Names) -> Mapping[Names, str]:
    return MappingProxyType(dict.fromkeys(pairs, "it broke"))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_auto_takes_the_strongest_that_has_not_failed(count: int) -> None:
    told: list[str] = []
    fail(*IN_ORDER[:count])
    assert names_of(Wanted(), told) == IN_ORDER[count]
    for postgres, isolation in IN_ORDER[:count]:
        assert f"{postgres}+{isolation} broke here" in "\n".join(told)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_auto_takes_no_pair_that_has_failed_in_this_run(count: int) -> None:
    assert names_of(Wanted(failed=failed(*IN_ORDER[:count]))) == IN_ORDER[count]


def test_a_failure_that_is_kept_is_tried_again_where_nothing_else_is_left() -> None:
    fail(*IN_ORDER)
    assert names_of(Wanted()) == IN_ORDER[0]
    assert names_of(Wanted(failed=failed(IN_ORDER[0]))) == IN_ORDER[1]
    with pytest.raises(UnavailableError):
        names_of(Wanted(failed=failed(*IN_ORDER)))


def test_ones_own_work_is_confined_by_another_pair_before_it_is_not_confined() -> None:
    assert names_of(Wanted(batch=False, failed=failed(*IN_ORDER[:2]))) == IN_ORDER[2]
    assert names_of(Wanted(batch=False, failed=failed(*IN_ORDER))) == ("container", "none")


def test_what_was_asked_for_by_name_is_taken_whatever_is_kept() -> None:
    fail(("container", "container"))
    assert names_of(Wanted("container", "container")) == ("container", "container")


def test_one_word_of_the_two_leaves_the_other_to_auto() -> None:
    fail(("container", "container"), ("container", "none"))
    assert names_of(Wanted("container")) == ("container", "bubblewrap")
    assert names_of(Wanted(isolation="container")) == ("embedded", "container")
    assert names_of(Wanted(isolation="none")) == ("embedded", "none")


def test_what_is_known_to_work_is_known() -> None:
    pair = Server("container"), Box("container")
    assert not choose_pair(Wanted(), progress=print).known
    keep_trial(*pair, None)
    assert choose_pair(Wanted(), progress=print).known


# --- a trial beforehand -----------------------------------------------------------------------------------


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> dict[Names, str | None]:
    """What a trial of each pair comes to, in the order in which they were tried."""
    broken = {("container", "container"): "no inodes", ("container", "none"): "no socket"}
    made: dict[Names, str | None] = {}

    def try_pair(postgres: PostgresBackend, sandbox: SandboxBackend, _: Path) -> None:
        names = postgres.name, sandbox.name
        made[names] = broken.get(names)
        if names in broken:
            raise HarnessFault(broken[names])

    monkeypatch.setattr(choose, "try_pair", try_pair)
    return made


def test_a_trial_beforehand_finds_the_next_pair_and_is_kept(trials: dict[Names, str | None]) -> None:
    for _ in range(2):
        pair = choose_pair(Wanted(), progress=print, try_first=True)
        assert (pair.names, pair.known) == (("container", "bubblewrap"), True)
    assert trials == {("container", "container"): "no inodes", ("container", "bubblewrap"): None}
    kept = kept_trial(Server("container"), Box("container"))
    assert kept is not None
    assert kept.problem == "no inodes"


def test_what_has_no_alternative_is_not_tried_beforehand(trials: dict[Names, str | None]) -> None:
    for wanted in (
        Wanted("container", "container"),
        Wanted("embedded"),
        Wanted("embedded", batch=False, failed=failed(("embedded", "bubblewrap"))),
        Wanted(isolation="none", failed=failed(("container", "none"))),
    ):
        choose_pair(wanted, progress=print, try_first=True)
    assert trials == {}
    choose_pair(Wanted(isolation="none"), progress=print, try_first=True)
    assert list(trials) == [("container", "none")]


# --- what a run has found ---------------------------------------------------------------------------------


def test_a_server_that_does_not_start_for_its_extensions_is_a_broken_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> PostgresBackend:
        raise HarnessFault("no inodes")

    monkeypatch.setattr(choose, "with_extensions", refuse)
    with pytest.raises(BrokenPair) as caught:
        offering(choose_pair(Wanted(), progress=print), ("hstore",))
    assert (caught.value.names, caught.value.reason, caught.value.worked) == (IN_ORDER[0], "no inodes", False)
    assert names_of(Wanted()) == IN_ORDER[1]


def test_failures_of_a_run_add_up() -> None:
    wanted = without_pair(without_pair(Wanted(), IN_ORDER[0], "one"), IN_ORDER[1], "two")
    assert dict(wanted.failed) == {IN_ORDER[0]: "one", IN_ORDER[1]: "two"}
    assert wanted.leaves_choice
    assert not Wanted("embedded", "none").leaves_choice
