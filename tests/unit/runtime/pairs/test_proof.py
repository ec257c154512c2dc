"""What trials show about a pair, and when a run has to end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from grader.errors import BrokenPair, HarnessFault
from grader.runtime.pairs.proof import PairProof
from tests.waiting import SECONDS


class Attempts:
    """Fails as often as a test says, and counts."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.made = 0

    def __call__(self) -> None:
        """Try the pair."""
        self.made += 1
        if self.made <= self.failures:
            raise HarnessFault("the engine refused", next_step="Do this.")


def proof_with(
    attempts: Callable[[], None],
    *,
    known: bool = False,
    passed: Callable[[], None] = lambda: None,
    failed: Callable[[str], None] = lambda _: None,
) -> PairProof:
    names = "container", "bubblewrap"
    return PairProof(names, attempts, known=known, passed=passed, failed=failed, waits=(0.001, 0.001))


def test_a_submission_that_gets_to_its_database_proves_the_pair_once() -> None:
    attempts, told = Attempts(9), []
    proof = proof_with(attempts, passed=lambda: told.append("passed"))
    for _ in range(3):
        proof.works()
    assert (attempts.made, told, proof.problem) == (0, ["passed"], None)


def test_what_is_known_is_not_kept_again() -> None:
    told: list[str] = []
    proof = proof_with(Attempts(0), known=True, passed=lambda: told.append("passed"))
    proof.works()
    assert told == []


def test_a_doubt_is_settled_by_one_trial() -> None:
    attempts, told = Attempts(0), []
    proof = proof_with(attempts, passed=lambda: told.append("passed"))
    for _ in range(3):
        proof.doubt()
    assert (attempts.made, told) == (1, ["passed"])


def test_a_doubt_about_what_is_known_costs_nothing() -> None:
    attempts = Attempts(9)
    proof_with(attempts, known=True).doubt()
    worked = proof_with(attempts)
    worked.works()
    worked.doubt()
    assert attempts.made == 0


@pytest.mark.parametrize("known", [False, True])
def test_a_fault_of_a_pair_that_never_worked_ends_the_run_at_once(*, known: bool) -> None:
    attempts, kept = Attempts(9), list[str]()
    proof = proof_with(attempts, known=known, failed=kept.append)
    for _ in range(3):
        with pytest.raises(BrokenPair, match="does not work on this machine"):
            proof.fault()
    assert (attempts.made, kept) == (1, ["the engine refused"])
    problem = proof.problem
    assert problem is not None
    assert (problem.exit_code, problem.worked, problem.names) == (5, False, ("container", "bubblewrap"))
    assert problem.reason == "the engine refused"
    assert problem.message.endswith("so no submission can be tried: the engine refused")
    assert problem.next_step.startswith("Do this. `grader doctor`")
    with pytest.raises(BrokenPair):
        proof.check()


def test_a_fault_of_one_submission_ends_nothing() -> None:
    attempts = Attempts(0)
    proof = proof_with(attempts)
    proof.fault()
    proof.check()
    assert (attempts.made, proof.problem) == (1, None)


def test_an_engine_that_starts_again_ends_nothing() -> None:
    attempts = Attempts(2)
    proof = proof_with(attempts)
    proof.works()
    proof.fault()
    assert (attempts.made, proof.problem) == (3, None)


def test_an_engine_that_stays_away_ends_the_run() -> None:
    attempts, kept = Attempts(9), list[str]()
    proof = proof_with(attempts, failed=kept.append)
    proof.works()
    with pytest.raises(BrokenPair, match="does not work any more") as caught:
        proof.fault()
    assert (attempts.made, caught.value.worked) == (3, True)
    assert kept == []  # it may be back tomorrow


def test_what_fails_because_the_run_was_stopped_is_not_kept() -> None:
    kept: list[str] = []
    proof = proof_with(Attempts(9), failed=kept.append)
    proof.stop()
    with pytest.raises(BrokenPair):
        proof.fault()
    assert kept == []


def test_a_run_that_was_stopped_waits_no_longer() -> None:
    proof = PairProof(("container", "none"), Attempts(9), waits=(SECONDS * 10,))
    proof.works()
    proof.stop()
    with pytest.raises(BrokenPair):
        proof.fault()


def test_faults_at_the_same_time_are_one_trial() -> None:
    attempts = Attempts(9)
    proof, together, caught = proof_with(attempts), threading.Barrier(4, timeout=SECONDS), []

    def meet_a_fault() -> None:
        together.wait()
        try:
            proof.fault()
        except BrokenPair as broken:
            caught.append(broken)

    threads = [threading.Thread(target=meet_a_fault) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (attempts.made, len(caught), len(set(map(id, caught)))) == (1, 4, 1)
