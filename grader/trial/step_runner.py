"""One database with a sandbox beside it: runs a step, then ends what it left and looks at what it did.

`StepRunner` turns outcomes into records (cleaned, redacted, cut); `TrialLog` collects snapshots and times of
all step runners of a trial.
"""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg2

from grader.assignment.model import Limits
from grader.errors import HarnessFault
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.sandbox.interface import Action, Outcome, Sandbox, Step
from grader.submission.staging import Submission
from grader.text.untrusted import clean, redact
from grader.trial import rows
from grader.trial.schema.snapshot import VersionTable, read_version_table, take_snapshot

_SITE_PACKAGES = re.compile(r"(?<=[\"'\s])/[^\"'\n]*/(?=(?:site|dist)-packages/)")
_STANDARD_LIBRARY = re.compile(r"(?<=[\"'\s])/[^\"'\n]*/(?=lib/python3\.\d+/)")
_MEMORY_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{6,16}(?=>)")
"""In `<Compiler object at 0x7f5d0d137050>`: it would make two reports of the same submission differ."""


class TrialLog:
    """What the benches of one trial share: every schema seen, once, and where the time went."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: dict[str, SchemaSnapshot] = {}
        self._seconds: dict[str, float] = defaultdict(float)

    def keep(self, snapshot: SchemaSnapshot) -> str:
        """Keep a snapshot; return its digest."""
        with self._lock:
            self._snapshots.setdefault(snapshot.digest, snapshot)
        return snapshot.digest

    def snapshots(self) -> dict[str, SchemaSnapshot]:
        """Every schema seen, by digest, in an order that does not depend on which pass was first."""
        return dict(sorted(self._snapshots.items()))

    def seconds(self) -> dict[str, float]:
        """Seconds by kind of work, added up over passes that ran side by side."""
        return {name: round(value, 4) for name, value in sorted(self._seconds.items())}

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Add the time of a block to a kind of work."""
        began = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._seconds[kind] += time.monotonic() - began


@contextmanager
def database_faults() -> Iterator[None]:
    """Our own sessions failing is a fault of the harness, whatever the student's code did."""
    try:
        yield
    except psycopg2.Error as error:
        detail = str(error).strip().splitlines()
        raise HarnessFault(
            f"the database could not be looked at: {detail[0] if detail else type(error).__name__}"
        ) from error


class StepRunner:
    """One database and one way to run steps against it."""

    def __init__(
        self,
        database: StudentDatabase,
        sandbox: Sandbox,
        submission: Submission,
        limits: Limits,
        tally: TrialLog,
    ) -> None:
        if submission.facts.layout is None:
            raise ValueError("a submission without migrations has nothing to run")
        self._database = database
        self._sandbox = sandbox
        self._flavour = submission.facts.layout.flavour
        self._limits = limits
        self._tally = tally
        self._latest: SchemaSnapshot | None = None
        self._first: str | None = None
        """Digest of the first schema that was seen."""

    def migrate(
        self,
        trial_pass: Pass,
        action: StepAction,
        target: str | None = None,
        *,
        revision: str | None = None,
        look: bool = True,
    ) -> StepRecord:
        """Run an Alembic command as the student would type it.

        Args:
            trial_pass: the pass that the step belongs to.
            action: what to do.
            target: where an upgrade or a downgrade goes.
            revision: the revision that is applied or undone, in a pass that takes one at a time.
            look: whether to take a snapshot of the schema afterwards.
        """
        command = "upgrade" if action is StepAction.REAPPLY else action.value
        arguments: tuple[str, ...] = (command, target) if target else (command,)
        shown = ("alembic", *arguments)
        if self._flavour == "flask":
            # `flask db downgrade` takes one revision back when it is given none; `-1` would be an option.
            arguments = tuple(item for item in arguments if item != "-1")
            shown = ("flask", "db", *arguments)
        outcome = self._run(self._flavour, arguments)
        return self._record(
            outcome, " ".join(shown), trial_pass, action, target=target, revision=revision, look=look
        )

    def replay(self, target: str, revision: str | None = None) -> StepRecord:
        """Upgrade with the revisions alone."""
        outcome = self._run("replay", (target,))
        shown = f"upgrade {target}, without your env.py"
        return self._record(outcome, shown, Pass.REPLAY, StepAction.UPGRADE, target=target, revision=revision)

    def make_models(self) -> tuple[StepRecord, int | None]:
        """Create the tables of the student's models; the second value is how many the metadata has."""
        outcome = self._run("models", ())
        record = self._record(
            outcome, "create the tables of your models", Pass.MODELS, StepAction.CREATE_TABLES
        )
        return record, outcome.data.get("tables")

    def clear(self) -> bool:
        """Empty the database; False if it is not as empty then as the one that was looked at first."""
        with self._tally.timed("databases"):
            cleared = self._database.clear()
        self._latest = None
        return cleared and self.look() == self._first

    def look(self) -> str:
        """Digest of the schema as it is now."""
        digest = self._tally.keep(self._snapshot())
        self._first = self._first or digest
        return digest

    def owners(self, step: StepRecord) -> dict[str, str]:
        """Which connection made each table that was there after a step."""
        snapshot = self._tally.snapshots()[step.snapshot or ""]
        return {item.name: str(item.properties.get("owner")) for item in snapshot.of_kind(SchemaKind.TABLE)}

    def read_rows(self) -> rows.TableRows:
        """All rows of all tables as they are now."""
        with self._tally.timed("rows"), database_faults():
            return rows.read_rows(self._database.inspector, self._snapshot())

    def seed_rows(self, number: int, without: Collection[str] = ()) -> rows.SeedResult:
        """Put rows into every table but some, as the student's own roles."""
        with self._tally.timed("rows"), database_faults():
            self._database.before_step()
            result = rows.seed(
                self._database.connect_as,
                self._snapshot(),
                self._database.inspector,
                round=number,
                without=without,
            )
            self._database.after_step()
        return result

    def _snapshot(self) -> SchemaSnapshot:
        if self._latest is None:
            with self._tally.timed("snapshots"), database_faults():
                self._latest = self._taken(read_version_table(self._database.inspector))
        return self._latest

    def _taken(self, version_table: VersionTable | None) -> SchemaSnapshot:
        return take_snapshot(
            self._database.inspector,
            role_labels=self._database.role_labels,
            version_tables=(version_table.name,) if version_table else ("alembic_version",),
        )

    def _run(self, command: Action, arguments: tuple[str, ...]) -> Outcome:
        with self._tally.timed("databases"), database_faults():
            self._database.before_step()
        step = Step(command, arguments, self._database.environment(), self._limits.step_seconds)
        with self._tally.timed("steps"):
            outcome = self._sandbox.run(step)
        with self._tally.timed("databases"), database_faults():
            self._database.after_step()
        return outcome

    def _record(
        self,
        outcome: Outcome,
        command: str,
        trial_pass: Pass,
        action: StepAction,
        *,
        target: str | None = None,
        revision: str | None = None,
        look: bool = True,
    ) -> StepRecord:
        """Look at the database and write down what a step has done."""
        with self._tally.timed("snapshots"), database_faults():
            found = read_version_table(self._database.inspector)
            if look:
                self._latest = self._taken(found)
        return StepRecord(
            command=command,
            trial_pass=trial_pass,
            action=action,
            exit_code=outcome.exit_code,
            stdout=self._presentable(outcome.stdout),
            stderr=self._presentable(outcome.stderr),
            seconds=outcome.seconds,
            target=target,
            revision=revision,
            limit=outcome.limit,
            versions=found.rows if found else None,
            snapshot=self.look() if look else None,
        )

    def _presentable(self, text: str) -> str:
        """Text fit for a report: no control characters, no credentials, nothing of this machine's own."""
        text = redact(clean(text), self._database.secrets)
        root = self._sandbox.root
        text = text.replace(f"{root}/", "").replace(root, ".")
        if socket := self._database.environment().get("PGHOST"):
            text = text.replace(socket, "...")
        return _MEMORY_ADDRESS.sub("0x...", _STANDARD_LIBRARY.sub("", _SITE_PACKAGES.sub("", text)))
