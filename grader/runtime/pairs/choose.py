"""Chooses the pair of PostgreSQL and isolation for a run. `auto` takes what has not failed on this machine.

Must not know what is graded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.pairs.kept import keep_trial, kept_trial
from grader.runtime.pairs.proof import PairProof, broken_pair
from grader.runtime.pairs.trial import try_pair, try_slot
from grader.runtime.postgres.choose import SERVERS, choose_backend, usable_backends
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import SANDBOXES, choose_sandbox
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.slots import Slots
from grader.runtime.workspace import workspace

_AUTO = "auto"
_SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Pair:
    """What submissions are tried with."""

    postgres: PostgresBackend
    sandbox: SandboxBackend
    known: bool
    """Whether it has worked on this machine before, as it is now."""

    @property
    def names(self) -> tuple[str, str]:
        """The words after `--postgres` and `--isolation`; `external` for the server of a URL."""
        return self.postgres.name, self.sandbox.name


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    postgres: str = _AUTO
    """See `choose_backend`."""
    isolation: str = _AUTO
    """See `choose_sandbox`."""
    batch: bool = True
    """Whether more than one submission is graded: code of strangers."""
    extras: ExtraPackages = NO_EXTRAS
    """The packages that the assignment names."""
    failed: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    """The pairs that have failed in this run, by their names, with what was seen. `auto` takes no such."""

    @property
    def leaves_choice(self) -> bool:
        """Whether another pair may be taken where one fails."""
        return _AUTO in (self.postgres, self.isolation)


def choose_pair(
    wanted: Wanted, *, progress: Callable[[str], None], prepare: bool = False, try_first: bool = False
) -> Pair:
    """Give a pair that should work here: the strongest that `auto` may take.

    A pair that failed when it was last tried here is left out, as long as there is another one. Whoever uses
    the pair closes its PostgreSQL.

    Args:
        wanted: what is asked for.
        progress: called with lines for whoever waits.
        prepare: whether servers are to start soon: what the first one needs is begun at once.
        try_first: whether a pair that is not known to work is tried, if there may be another. Without it,
            the first submission is the trial.

    Raises:
        UnavailableError: there is none; the message says why and what to do.
        UsageError: there is no such word.
    """
    try:
        pair = _Choice(wanted, progress, by_kept=True).made(prepare=prepare)
    except _AllFailedError:  # what is kept may be out of date, and there is nothing else
        pair = _Choice(wanted, progress, by_kept=False).made(prepare=prepare)
    if not try_first or pair.known or not wanted.leaves_choice or _is_last(pair, wanted):
        return pair
    try:
        with workspace() as folder:
            try_pair(pair.postgres, pair.sandbox, folder)
    except HarnessFault as fault:
        keep_trial(pair.postgres, pair.sandbox, fault.message)
        pair.postgres.close()
        without = without_pair(wanted, pair.names, fault.message)
        return choose_pair(without, progress=progress, prepare=prepare, try_first=True)
    except BaseException:
        pair.postgres.close()
        raise
    keep_trial(pair.postgres, pair.sandbox, None)
    return Pair(pair.postgres, pair.sandbox, known=True)


def proof_of(pair: Pair, postgres: PostgresBackend, slots: Slots) -> PairProof:
    """Watches over a run with a pair; keeps what that shows.

    Args:
        pair: the pair.
        postgres: the backend that starts the servers, if it is a fuller one than that of the pair.
        slots: the slots of the run.
    """
    return PairProof(
        pair.names,
        partial(try_slot, partial(slots.take, postgres)),
        known=pair.known,
        passed=partial(keep_trial, pair.postgres, pair.sandbox, None),
        failed=partial(keep_trial, pair.postgres, pair.sandbox),
    )


def offering(pair: Pair, extensions: Sequence[str]) -> PostgresBackend:
    """The PostgreSQL of a pair, or its fuller one, with these extensions; see `with_extensions`.

    Raises:
        BrokenPair: no server could be started.
        ConfigurationError: it does not have them.
    """
    try:
        return with_extensions(pair.postgres, extensions)
    except HarnessFault as fault:
        keep_trial(pair.postgres, pair.sandbox, fault.message)
        raise broken_pair(pair.names, fault, worked=False) from fault


def without_pair(wanted: Wanted, names: tuple[str, str], reason: str) -> Wanted:
    """The same, without a pair that has failed."""
    failed = MappingProxyType({**wanted.failed, names: reason})
    return Wanted(wanted.postgres, wanted.isolation, wanted.batch, wanted.extras, failed)


class _AllFailedError(UnavailableError):
    """Only pairs are left that failed when they were last tried."""


class _Choice:
    """One choice among what works here."""

    def __init__(self, wanted: Wanted, progress: Callable[[str], None], *, by_kept: bool) -> None:
        self._wanted = wanted
        self._progress = progress
        self._by_kept = by_kept
        self._refused: list[str] = []
        """What was not taken with the PostgreSQL that is looked at, and why."""
        self._error: UnavailableError | None = None

    def made(self, *, prepare: bool) -> Pair:
        """The strongest pair that may be taken.

        Raises:
            UnavailableError: there is none.
        """
        unconfined: Pair | None = None
        for postgres in self._servers():
            pair = self._with(postgres, prepare=prepare)
            if pair is None:
                continue
            if pair.sandbox.confined or not self._refused:
                if unconfined is not None:
                    unconfined.postgres.close()
                return pair
            if unconfined is None:  # another PostgreSQL may go with something stronger
                unconfined = pair
            else:
                postgres.close()
        if unconfined is not None:
            return unconfined
        error = self._error or UnavailableError("there is no PostgreSQL to grade with")
        raise _AllFailedError(error.message, next_step=error.next_step) from error

    def _servers(self) -> Iterator[PostgresBackend]:
        if self._wanted.postgres == _AUTO:
            yield from usable_backends(self._progress)
        else:
            yield choose_backend(self._wanted.postgres, progress=self._progress)

    def _with(self, postgres: PostgresBackend, *, prepare: bool) -> Pair | None:
        """The strongest pair with this PostgreSQL; None if the pairs with it have failed."""
        wanted, self._refused = self._wanted, []
        try:
            if prepare:
                postgres.prepare()
            sandbox = choose_sandbox(
                wanted.isolation,
                postgres,
                batch=wanted.batch,
                progress=self._progress,
                extras=wanted.extras,
                refused=partial(self._refusal, postgres) if wanted.leaves_choice else lambda _: None,
            )
        except UnavailableError as error:
            postgres.close()
            if not self._refused:
                raise
            self._error = self._error or error
            for line in self._refused:
                self._progress(f"Not taken, because it failed when it was tried: {line}")
            return None
        except BaseException:
            postgres.close()
            raise
        kept = kept_trial(postgres, sandbox)
        return Pair(postgres, sandbox, known=kept is not None and kept.passed)

    def _refusal(self, postgres: PostgresBackend, sandbox: SandboxBackend) -> str | None:
        """Why a sandbox is not taken with this PostgreSQL."""
        reason = self._wanted.failed.get((postgres.name, sandbox.name))
        if reason is None and self._by_kept:
            kept = kept_trial(postgres, sandbox)
            reason = kept.problem if kept is not None else None
        if reason is None:
            return None
        self._refused.append(f"{sandbox.name} with PostgreSQL as {postgres.name}: {_short(reason)}")
        return f"it failed with PostgreSQL as {postgres.name} when it was tried: {_short(reason)}"


def _is_last(pair: Pair, wanted: Wanted) -> bool:
    """Whether `auto` has nothing else to take: then a trial could not help."""
    confined = [name for name in SANDBOXES if name != "none"]
    weakest = confined[-1] if wanted.batch else "none"
    return (wanted.postgres != _AUTO or pair.postgres.name == [*SERVERS][-1]) and (
        wanted.isolation != _AUTO or pair.sandbox.name == weakest
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}..."
