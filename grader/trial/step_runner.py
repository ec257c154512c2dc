"""One database with a sandbox beside it: runs a step, ends what the step left behind, looks at the database.

`StepRunner` turns outcomes into records (cleaned, redacted, cut). `StepRunners` makes step runners.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg2

from grader.assignment.aliases import Aliases, names_in
from grader.assignment.model import Assignment
from grader.assignment.row_rules import RowRule
from grader.errors import HarnessFault
from grader.observations.model import BrokenOff
from grader.observations.probes import TriedRow, TriedRows
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.observations.steps import Limit, Pass, StepAction, StepRecord
from grader.runtime.postgres.databases import RoleLabel, StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import Unseen, is_fault, looking
from grader.runtime.sandbox.interface import Action, Outcome, Sandbox, Step
from grader.submission.staging import Submission
from grader.text.untrusted import clean, redact, rename
from grader.trial import rows
from grader.trial.schema.default_values import SameDefaults, differing_defaults, same_defaults
from grader.trial.schema.identities import table_identities
from grader.trial.schema.snapshot import (
    SchemaTooLargeError,
    VersionTable,
    read_version_table,
    take_snapshot,
)
from grader.trial.sql_statements import run_statements
from grader.trial.step_variables import env_file_text, step_variables
from grader.trial.trial_log import TrialLog
from grader.trial.without_revisions import without_revisions

T = TypeVar("T")
_SITE_PACKAGES = re.compile(r"(?<=[\"'\s])/[^\"'\n]*/(?=(?:site|dist)-packages/)")
_STANDARD_LIBRARY = re.compile(r"(?<=[\"'\s])/[^\"'\n]*/(?=lib/python3\.\d+/)")
_MEMORY_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{6,16}(?=>)")
"""In `<Compiler object at 0x7f5d0d137050>`: it would make two reports of the same submission differ."""


@dataclass(frozen=True)
class _Look:
    """What a look at the database showed."""

    versions: tuple[str, ...] | None = None
    """The rows of the version table; None if there is none."""
    unseen: str | None = None
    """What stood in the way, see `StepRecord.unseen`."""
    limit: Limit | None = None
    """The limit that stood in the way, or that the server ended the step for."""


@dataclass(frozen=True)
class WrittenSql:
    """A command with `--sql`."""

    record: StepRecord
    statements: tuple[str, ...]
    """What it wrote, as Alembic wrote it: mostly a statement at a time."""


_OUT_OF_TIME = "the step was not run, because all steps together had taken longer than they may"
_NO_ROOM = re.compile(
    r': File too large$|temporary file size exceeds "?temp_file_limit|\bout of memory$', re.MULTILINE
)
"""What PostgreSQL says to a statement for which there is no room."""
_FULL = re.compile(r"could not [a-z]+ file [^\n]*: No space left on device")
"""The same where the server has a disk of its own. Elsewhere it is the machine's disk that is full."""
_NOT_RUN = Outcome(exit_code=None, stdout="", stderr="", seconds=0.0)


class StepRunner:
    """One database and one way to run steps against it."""

    def __init__(
        self,
        database: StudentDatabase,
        sandbox: Sandbox,
        submission: Submission,
        assignment: Assignment,
        log: TrialLog,
        *,
        files: Path,
        variables: Mapping[str, str],
    ) -> None:
        if submission.facts.layout is None or submission.graph is None:
            raise ValueError("a submission without migrations has nothing to run")
        self._database = database
        self._sandbox = sandbox
        self._layout = submission.facts.layout
        self._limits = assignment.limits
        self._project = assignment.project
        self._log = log
        self.runs_of_upgrade = 0
        """How often env.py ran migrations in the last whole upgrade."""
        self._variables = variables
        self._without_revisions = partial(without_revisions, files, submission.graph)
        self._latest: SchemaSnapshot | None = None
        self._touched = False
        """Whether anything of the submission has run here."""
        self._first_digest: str | None = None
        """Digest of the first schema that was seen: that of the empty database."""

    def migrate(
        self,
        trial_pass: Pass,
        action: StepAction,
        target: str | None = None,
        *,
        revision: str | None = None,
        options: tuple[str, ...] = (),
        look: bool = True,
        emptied: bool = False,
        leave_after: int | None = None,
    ) -> StepRecord:
        """Run an Alembic command as the student would type it.

        Args:
            trial_pass: the pass that the step belongs to.
            action: what to do.
            target: where an upgrade or a downgrade goes.
            revision: the revision that is applied or undone, in a pass that takes one at a time.
            options: options of the command.
            look: whether to take a snapshot of the schema afterwards.
            emptied: whether upgrade() and downgrade() of every revision do nothing.
            leave_after: after how many runs of migrations the process ends, or just before the last of them
                if they are emptied; None to let env.py go on.
        """
        name = "upgrade" if action is StepAction.REAPPLY else action.value
        arguments = (name, *options, target) if target else (name, *options)
        if self._layout.flavour == "flask":
            # `flask db downgrade` without a target undoes one revision; it would take `-1` for an option.
            arguments = tuple(item for item in arguments if item != "-1")
        outcome, seen = self._run(
            self._layout.flavour,
            arguments,
            trial_pass,
            look=look,
            emptied=emptied,
            leave_after=leave_after,
            alone=trial_pass is Pass.OUTSIDE,
        )
        if action is StepAction.UPGRADE:
            self.runs_of_upgrade = outcome.data.get("runs", 0)
        without = ", to the end of the revisions"
        if emptied:
            without = ", up to the revisions" if leave_after else ", with empty revisions"
        return self._record(
            outcome,
            seen,
            command=self._command(arguments) + (without if trial_pass is Pass.OUTSIDE else ""),
            trial_pass=trial_pass,
            action=action,
            target=target,
            revision=revision,
        )

    def break_off(self, revision: str) -> BrokenOff:
        """Upgrade to a revision, and break that off when all of the revision has been done."""
        arguments = ("upgrade", revision)
        outcome, seen = self._run(self._layout.flavour, arguments, Pass.ATOMIC, break_off=revision)
        record = self._record(
            outcome,
            seen,
            command=f"{self._command(arguments)}, broken off at the end of {revision}",
            trial_pass=Pass.ATOMIC,
            action=StepAction.UPGRADE,
            target=revision,
            revision=revision,
        )
        return BrokenOff(revision, record, broken_off=outcome.data.get("broken_off", 0) == 1)

    def write_sql(self, *commands: tuple[str, str]) -> list[WrittenSql]:
        """Have commands write their SQL, without a database and in one process.

        Args:
            commands: one or two: `upgrade` or `downgrade`, and from where to where.

        Returns:
            The commands that ended well, or else the first. None if it was the second of two that did not end
            well: then it cannot be told what each of them printed.
        """
        self._latest = None
        arguments = [(action, revisions, "--sql") for action, revisions in commands]
        outcome, seen = _NOT_RUN, _Look(unseen=_OUT_OF_TIME, limit=Limit.TRIAL)
        if not self._log.is_out_of_time():
            step = replace(
                self._step(self._layout.flavour, arguments[0], reachable=False), then=(*arguments, ())[1]
            )
            with self._log.timed("steps"):
                outcome, seen = self._sandbox.run(step), _Look()
        well = outcome.exit_code == 0 and outcome.limit is None
        if outcome.data.get("ended", 0) == 1 and not well:
            return []
        records = [
            self._record(
                # What two commands printed is not told apart. It is kept with the first.
                replace(outcome, stdout="", stderr="") if number else outcome,
                seen,
                command=self._command(words),
                trial_pass=Pass.OFFLINE,
                action=StepAction.WRITE_SQL,
                target=words[1],
            )
            for number, words in enumerate(arguments[: len(arguments) if well else 1])
        ]
        return [WrittenSql(*both) for both in zip(records, outcome.scripts(), strict=False)]

    def run_sql(self, command: str, statements: Sequence[str], label: RoleLabel) -> StepRecord:
        """Run SQL of the submission as one of its roles, one statement after the other, up to an error.

        Args:
            command: the command that wrote it, for showing.
            statements: the SQL.
            label: the connection as whose role it is run.
        """

        def run() -> Outcome:
            with self._log.timed("sql"):
                return run_statements(
                    lambda: self._database.connect_as(label),
                    self._database.inspector,
                    statements,
                    seconds=self._limits.step_seconds,
                )

        outcome, seen = self._observed(run, Pass.OFFLINE)
        return self._record(
            outcome,
            seen,
            command=f"the SQL of `{command}`",
            trial_pass=Pass.OFFLINE,
            action=StepAction.RUN_SQL,
        )

    def _command(self, arguments: tuple[str, ...]) -> str:
        """A command as a student would type it."""
        return shlex.join((*self._layout.tool, *self._layout.options, *arguments))

    def upgrade_to(self, revision: str, trial_pass: Pass, *, again: bool = False) -> StepRecord:
        """Apply one revision, for the first time or after it was undone."""
        action = StepAction.REAPPLY if again else StepAction.UPGRADE
        return self.migrate(trial_pass, action, revision, revision=revision)

    def undo(self, revision: Revision, graph: RevisionGraph, trial_pass: Pass) -> StepRecord:
        """Undo one revision."""
        below = graph.target_below(revision)
        return self.migrate(trial_pass, StepAction.DOWNGRADE, below, revision=revision.id)

    def replay(self, target: str) -> StepRecord:
        """Upgrade with the revisions alone."""
        outcome, seen = self._run("replay", (target,), Pass.REPLAY)
        return self._record(
            outcome,
            seen,
            command=f"upgrade {target}, without your env.py",
            trial_pass=Pass.REPLAY,
            action=StepAction.UPGRADE,
            target=target,
        )

    def create_tables(self, *, anew: bool = False) -> tuple[StepRecord, int | None]:
        """Create the tables of the student's models; the second value is how many the metadata has.

        No other step runs meanwhile, none has left a file, and the revision files are not there.

        Args:
            anew: whether types and sequences that the models make are dropped before, where they are there.
        """
        arguments = ("anew",) if anew else ()
        outcome, seen = self._run(
            "models", arguments, Pass.MODELS, alone=True, around=self._without_revisions()
        )
        record = self._record(
            outcome,
            seen,
            command="create the tables of your models",
            trial_pass=Pass.MODELS,
            action=StepAction.CREATE_TABLES,
        )
        return record, outcome.data.get("tables")

    def clear(self) -> bool:
        """Empty the database. False if it is then not as it was when it was new."""
        with self._log.timed("databases"):
            cleared = self._database.clear()
        self._latest = None
        try:
            return cleared and self.look() == self._first_digest
        except Unseen:
            return False

    def drop_tables(self) -> bool:
        """Drop all tables and views, and nothing else. False if that fails."""
        with self._log.timed("databases"):
            self._latest = None
            return self._database.drop_tables()

    def same_defaults(self, made: StepRecord, head: StepRecord) -> tuple[SameDefaults, ...]:
        """The defaults that differ in text after two steps and have the same value in this database."""
        schemas = self._log.snapshots()
        ours, theirs = schemas.get(made.snapshot or ""), schemas.get(head.snapshot or "")
        pairs = differing_defaults(ours, theirs) if ours is not None and theirs is not None else ()
        return self.equal_defaults(pairs, printed=False)

    def equal_defaults(
        self, pairs: Sequence[SameDefaults], *, printed: bool = True
    ) -> tuple[SameDefaults, ...]:
        """Those of the pairs whose two defaults have the same value in this database, see `same_defaults`."""
        if not pairs:
            return ()
        try:
            with self._log.timed("databases"), self._looking():
                self._database.before_step()
                found = same_defaults(self._database.connect_as, pairs, printed=printed)
                self._database.after_step()
        except Unseen:
            return ()
        return found

    def try_rows(self, rules: Sequence[RowRule], aliases: Aliases) -> tuple[TriedRows, ...]:
        """Try the rows of rules, as the student's own roles. All tables get rows before; those stay.

        Args:
            rules: the rules.
            aliases: other names of their tables and columns.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        names = names_in(aliases, self._snapshot().table_and_column_names)
        named = [
            rows.NamedRule(
                rule, names.table(rule.table), {name: names.column(rule.table, name) for name in rule.columns}
            )
            for rule in rules
        ]
        self.seed_rows(0)
        with self._log.timed("rows"), self._looking():
            self._database.before_step()
            tried = rows.try_rows(
                self._database.connect_as, self._snapshot(), self._database.inspector, named
            )
            self._database.after_step()
        return tuple(map(self._presentable_rows, tried))

    def _presentable_rows(self, tried: TriedRows) -> TriedRows:
        def said(rows: Sequence[TriedRow]) -> tuple[TriedRow, ...]:
            return tuple(replace(row, said=self.presentable(row.said)) for row in rows)

        problem = None if tried.problem is None else self.presentable(tried.problem)
        return replace(tried, accepted=said(tried.accepted), refused=said(tried.refused), problem=problem)

    def look(self) -> str:
        """Digest of the schema as it is now.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        digest = self._log.keep(self._snapshot())
        self._first_digest = self._first_digest or digest
        return digest

    def owners(self, step: StepRecord) -> dict[str, str]:
        """Which connection made each table that was there after a step."""
        snapshot = self._log.snapshots().get(step.snapshot or "")
        tables = snapshot.of_kind(SchemaKind.TABLE) if snapshot is not None else ()
        return {item.name: str(item.properties.get("owner")) for item in tables}

    def tables(self) -> dict[str, int]:
        """The tables as they are now, each with PostgreSQL's own number; none if they cannot be looked at."""
        try:
            with self._log.timed("snapshots"), self._looking():
                return table_identities(self._database.inspector)
        except Unseen:
            return {}

    def read_rows(self) -> rows.TableRows:
        """All rows of all tables as they are now.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        with self._log.timed("rows"), self._looking():
            return rows.read_rows(
                self._database.inspector, self._snapshot(), self._database.metered_inspector
            )

    def row_layout(self) -> rows.TableLayout:
        """The tables as they are now, as far as it matters for rows.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        tables = {item.name for item in self._snapshot().of_kind(SchemaKind.TABLE)}
        with self._log.timed("rows"), self._looking():
            return rows.read_layout(self._database.inspector, tables)

    def seed_rows(
        self,
        number: int,
        without: Collection[str] = (),
        *,
        filled: Collection[str] = (),
        wishes: rows.Wishes | None = None,
        rows_per_table: int = 2,
    ) -> rows.SeedResult:
        """Put rows into every table but those of `without`, as the student's own roles.

        Args:
            number: how often rows were put in before. Rows of different calls have different values.
            without: tables that get no rows.
            filled: tables that the student's migrations fill.
            wishes: what the rows should look like.
            rows_per_table: how many rows each table gets.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        with self._log.timed("rows"), self._looking():
            self._database.before_step()
            result = rows.seed(
                self._database.connect_as,
                self._snapshot(),
                self._database.inspector,
                round=number,
                without=without,
                filled=filled,
                wishes=wishes,
                rows_per_table=rows_per_table,
                open_metered=self._database.metered_inspector,
            )
            self._database.after_step()
        return result

    def with_rows(self, work: Callable[[StudentDatabase], T]) -> T:
        """Do something with rows over sessions of the student's own roles; what is left of them is ended.

        Raises:
            Unseen: what the submission did stands in the way.
        """
        with self._log.timed("rows"), self._looking():
            self._database.before_step()
            result = work(self._database)
            self._database.after_step()
        return result

    def _snapshot(self) -> SchemaSnapshot:
        """The schema as it is now, read from the database only if something ran since the last time."""
        if self._latest is None:
            with self._log.timed("snapshots"), self._looking():
                self._latest = self._read_snapshot(read_version_table(self._database.inspector))
        return self._latest

    def _read_snapshot(self, version_table: VersionTable | None) -> SchemaSnapshot:
        return take_snapshot(
            self._database.inspector,
            role_labels=self._database.role_labels,
            shown_names=self._database.shown_names,
            version_tables=(version_table.name,) if version_table else ("alembic_version",),
        )

    def _run(
        self,
        action: Action,
        arguments: tuple[str, ...],
        trial_pass: Pass,
        *,
        look: bool = True,
        emptied: bool = False,
        leave_after: int | None = None,
        alone: bool = False,
        around: AbstractContextManager[object] | None = None,
        break_off: str | None = None,
    ) -> tuple[Outcome, _Look]:
        """Run a step of the submission to its end and look at the database."""

        def run() -> Outcome:
            step = replace(
                self._step(action, arguments),
                emptied=emptied,
                leave_after=leave_after,
                break_off=break_off,
                alone=alone,
            )
            with self._log.timed("steps"):
                return self._sandbox.run(step, around)

        return self._observed(run, trial_pass, look=look)

    def _step(self, action: Action, arguments: tuple[str, ...], *, reachable: bool = True) -> Step:
        """A step with the variables that a submission reads. Without a database, they lead nowhere."""
        urls = self._database.urls(self._sandbox.port, reachable=reachable)
        own = step_variables(self._project, *urls, self._variables)
        return Step(
            action,
            arguments,
            self._database.driver_settings(reachable=reachable) | own,
            self._limits.step_seconds,
            env_file=env_file_text(own),
            urls=urls,
        )

    def _observed(
        self, run: Callable[[], Outcome], trial_pass: Pass, *, look: bool = True
    ) -> tuple[Outcome, _Look]:
        """Run something on the database, end what it left, and look at the database.

        Args:
            run: does it.
            trial_pass: the pass that it belongs to.
            look: whether to take a snapshot of the schema.
        """
        self._latest = None
        self._touched = True
        if self._log.is_out_of_time():
            return _NOT_RUN, _Look(unseen=_OUT_OF_TIME, limit=Limit.TRIAL)
        times_exceeded = self._database.server.exceeded()
        try:
            with self._log.timed("databases"), self._looking():
                self._database.before_step()
        except Unseen as reason:
            return _NOT_RUN, _Look(unseen=str(reason))
        try:
            with self._looking():
                outcome = run()
        except Unseen as reason:
            return _NOT_RUN, _Look(unseen=str(reason))
        try:
            with self._log.timed("databases"), self._looking():
                self._database.after_step()
            limit = self._limit_of_server(outcome, times_exceeded)
            with self._log.timed("snapshots"), self._looking():
                return outcome, replace(self._look_after(trial_pass, look=look), limit=limit)
        except SchemaTooLargeError as reason:
            return outcome, _Look(unseen=str(reason), limit=Limit.SIZE)
        except Unseen as reason:
            return outcome, _Look(unseen=str(reason))

    def _limit_of_server(self, outcome: Outcome, times_exceeded: int) -> Limit | None:
        """The limit of the server that a failed step ran into."""
        if outcome.exit_code == 0:
            return None
        server = self._database.server
        is_full = (
            server.exceeded() > times_exceeded
            or _NO_ROOM.search(outcome.stderr) is not None
            or (server.contained and _FULL.search(outcome.stderr) is not None)
        )
        self._log.is_out_of_room |= is_full
        return Limit.SERVER if is_full else None

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Turn an error of the harness's own session into a fault of the harness, or into `Unseen`."""
        try:
            with looking():
                yield
        except (Unseen, psycopg2.Error) as error:
            said = self.presentable((str(error).strip() or type(error).__name__).splitlines()[0])
            if isinstance(error, Unseen) and self._touched:
                raise type(error)(said) from error
            raise HarnessFault(f"the database could not be looked at: {said}") from error

    def _look_after(self, trial_pass: Pass, *, look: bool) -> _Look:
        """Look at the database after a step; once more in a new session if the first one is lost."""
        try:
            return self._look_once(trial_pass, look=look)
        except psycopg2.Error as error:
            if not is_fault(error):
                raise
            # When one of its processes is killed, a server ends all sessions and takes a moment to recover.
            self._database.after_step()
            return self._look_once(trial_pass, look=look)

    def _look_once(self, trial_pass: Pass, *, look: bool) -> _Look:
        found = read_version_table(self._database.inspector)
        if look:
            snapshot = self._read_snapshot(found)
            self._log.charge(trial_pass, snapshot)
            self._latest = snapshot
        return _Look(found.rows if found else None)

    def _record(
        self,
        outcome: Outcome,
        seen: _Look,
        *,
        command: str,
        trial_pass: Pass,
        action: StepAction,
        target: str | None = None,
        revision: str | None = None,
    ) -> StepRecord:
        """A step's outcome as a record, with a snapshot where one was taken."""
        return StepRecord(
            command=command,
            trial_pass=trial_pass,
            action=action,
            exit_code=outcome.exit_code,
            stdout=self._shown(outcome.stdout, trial_pass),
            stderr=self._shown(outcome.stderr, trial_pass),
            seconds=outcome.seconds,
            target=target,
            revision=revision,
            limit=outcome.limit or seen.limit,
            versions=seen.versions,
            snapshot=None if self._latest is None else self.look(),
            unseen=seen.unseen,
        )

    def _shown(self, output: str, trial_pass: Pass) -> str:
        """An output as it is kept. What `history` lists is needed whole."""
        text = self.presentable(output)
        return text if trial_pass is Pass.ONE_SHOT else self._log.shortened(text)

    def presentable(self, text: str) -> str:
        """Text fit for a report: without control characters, credentials, random names and our paths."""
        text = rename(redact(clean(text), self._database.secrets), self._database.shown_names)
        root = self._sandbox.root
        text = text.replace(f"{root}/", "").replace(root, ".")
        if socket := self._database.driver_settings().get("PGHOST"):
            text = text.replace(socket, "...")
        if port := self._sandbox.port:
            text = re.sub(rf"(?<=port ){port}\b|(?<=[:=]){port}\b", "...", text)
        return _MEMORY_ADDRESS.sub("0x...", _STANDARD_LIBRARY.sub("", _SITE_PACKAGES.sub("", text)))


class StepRunners:
    """Makes the step runners of one trial, each with a database of its own."""

    def __init__(
        self,
        server: PostgresServer,
        sandbox: Sandbox,
        submission: Submission,
        assignment: Assignment,
        log: TrialLog,
        *,
        files: Path,
        variables: Mapping[str, str],
    ) -> None:
        self._server = server
        self._sandbox = sandbox
        self._submission = submission
        self._assignment = assignment
        self._log = log
        self._files = files
        self._variables = variables

    @contextmanager
    def new(self, *, until_the_end: bool = False) -> Iterator[StepRunner]:
        """A step runner with a new database, which is dropped at the end of the `with` block.

        Args:
            until_the_end: whether the block lasts as long as the trial. Then the database may be left for the
                server to remove.
        """
        with self._log.timed("databases"):
            database = StudentDatabase.create(self._server, extensions=self._assignment.project.extensions)
        self._log.shown_names.update(database.shown_names)
        try:
            yield StepRunner(
                *(database, self._sandbox, self._submission, self._assignment, self._log),
                files=self._files,
                variables=self._variables,
            )
        finally:
            with self._log.timed("databases"):
                if until_the_end:
                    database.leave()
                else:
                    database.drop()

    @contextmanager
    def emptied(self, used: StepRunner) -> Iterator[StepRunner]:
        """A step runner that was used before, with its database emptied; a new one where that fails."""
        if used.clear():
            yield used
        else:
            with self.new() as runner:
                yield runner
