"""Commands with `--sql`: what keeps them from writing the SQL without a database, and their SQL from running.

Only of steps that had no database, and of the SQL that these wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from grader.judging import offline_run
from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import DATABASE, Advice, Diagnosis, DiagnosisKind, Family, diagnosis
from grader.judging.diagnosis.traceback_text import ErrorText
from grader.observations.model import Observations
from grader.observations.steps import Pass, StepAction, StepRecord

_SETTINGS = 'target_metadata=target_metadata, literal_binds=True, dialect_opts={"paramstyle": "named"}'
_BRANCH = (
    "`if context.is_offline_mode(): run_migrations_offline()`, `else: run_migrations_online()`, and let "
    "nothing connect before that"
)


def _only(
    action: StepAction, explain: Callable[[Clue, re.Match[str]], Advice | None]
) -> Callable[..., Advice | None]:
    """The same explanation for steps of one kind alone: of this pass, and with this action."""

    def only(clue: Clue, match: re.Match[str]) -> Advice | None:
        is_meant = clue.step.trial_pass is Pass.OFFLINE and clue.step.action is action
        return explain(clue, match) if is_meant else None

    return only


def _url(clue: Clue) -> str:
    if clue.is_flask:
        return 'current_app.config["SQLALCHEMY_DATABASE_URI"]'
    return f'os.environ["{clue.direct_url}"]'


def _configure(clue: Clue) -> str:
    return f"`context.configure(url={_url(clue)}, {_SETTINGS})`"


def _connects(clue: Clue, _: re.Match[str]) -> Advice:
    frames = clue.own_frames
    place = clue.place if frames else Location(clue.env_py)
    in_env = [frame for frame in frames if frame.path == clue.env_py]
    cause = (
        f"`{clue.step.command}` writes SQL and needs no database, and your code connects to one all the same "
        f"({described(place)})."
    )
    if frames and clue.revision is not None and frames[-1].path == clue.revision.path:
        return Advice(
            cause,
            f"In {described(place)} use `op.execute(...)` instead of a connection of the revision's own.",
            place,
        )
    if frames and (not in_env or frames[-1].path != clue.env_py) and frames[-1].function == "<module>":
        return Advice(
            cause,
            f"Take what connects out of {described(place)}: it runs whenever the file is loaded.",
            place,
        )
    called = next((frame for frame in in_env if frame.function == "<module>"), None)
    where = Location(clue.env_py, called.line) if called is not None else Location(clue.env_py)
    return Advice(
        cause,
        f"In {described(where)} write {_BRANCH}. run_migrations_offline() has "
        f"{_configure(clue)} and then `with context.begin_transaction(): context.run_migrations()`.",
        where,
    )


def _no_url(clue: Clue, _: re.Match[str]) -> Advice:
    place = clue.place if clue.own_frames else Location(clue.env_py)
    return Advice(
        f"`{clue.step.command}` finds no database URL ({described(place)}): it is read there from another "
        "place than in the run with a database.",
        f"In {described(place)} write {_configure(clue)}.",
        place,
    )


def _literal_binds(clue: Clue, match: re.Match[str]) -> Advice | None:
    sign = match[1]
    if not re.search(r"%\(\w+\)s" if sign == "%" else r"[^:]:[A-Za-z_]\w*", clue.statement):
        return None
    place = Location(clue.env_py)
    return Advice(
        f"The SQL has names where values belong: `{shortened(clue.statement, 120)}`.",
        f"In {clue.env_py} give the context.configure() of run_migrations_offline() `literal_binds=True` and "
        '`dialect_opts={"paramstyle": "named"}`.',
        place,
    )


def _value(clue: Clue, match: re.Match[str]) -> Advice:
    return Advice(
        f"A value cannot be written into the SQL{clue.here}: {shortened(match[0], 160)}.",
        f'In {described(clue.place)} give the column its type (`sa.column("name", sa.Text())`), or write the '
        "value as a literal of the SQL text.",
        clue.place,
    )


def _differs(clue: Clue, match: re.Match[str]) -> Advice:
    cause = (
        f"`{clue.step.command}` ends with an error, although the revisions work with a database{clue.here}: "
        f"{shortened(match[1])}."
    )
    if "MockConnection" in clue.error:
        return Advice(
            cause,
            f"In {described(clue.place)} use `op.execute(...)`: without a database, `op.get_bind()` takes "
            "statements by `execute()` and has nothing else.",
            clue.place,
        )
    return Advice(
        cause,
        f"In {clue.env_py} let run_migrations_offline() set up and pass on all that run_migrations_online() "
        "does: options of context.configure(), arguments of context.run_migrations().",
        Location(clue.env_py),
    )


def _refused(clue: Clue, match: re.Match[str]) -> Advice:
    return Advice(
        f"PostgreSQL refuses a statement in {clue.step.command}: {shortened(match[1])}.",
        f"With a database the revisions work. So let run_migrations_offline() in {clue.env_py} do what goes "
        "before them there, with `context.execute(...)` after `context.begin_transaction()`, and let no "
        "revision ask the database what it should do.",
        Location(clue.env_py),
    )


KINDS = {
    "offline_connects": DiagnosisKind(
        "A command with --sql connects to a database",
        (r"[Cc]onnection refused", r"Connect call failed", r"could not connect to server"),
        explain=_only(StepAction.WRITE_SQL, _connects),
    ),
    "offline_no_url": DiagnosisKind(
        "run_migrations_offline() has no database URL, or the template's",
        (
            r"Connection, url, or dialect_name is required",
            r"Can't load plugin: sqlalchemy\.dialects:driver",
            r"Expected string or URL object, got None",
            r"Could not parse SQLAlchemy URL from",
        ),
        explain=_only(StepAction.WRITE_SQL, _no_url),
    ),
    "offline_value": DiagnosisKind(
        "A value cannot be written into the SQL of a command with --sql",
        (
            r"No literal value renderer is available for literal value[^\n]{0,200}",
            r"Could not render literal value[^\n]{0,200}",
        ),
        explain=_only(StepAction.WRITE_SQL, _value),
    ),
    "offline_differs": DiagnosisKind(
        "A command with --sql fails where the same command without it works",
        (r"^([^\n]{1,300})",),
        explain=_only(StepAction.WRITE_SQL, _differs),
    ),
    "offline_literal_binds": DiagnosisKind(
        "The SQL of a command with --sql has names in place of values",
        (r'syntax error at or near "([%:])"',),
        explain=_only(StepAction.RUN_SQL, _literal_binds),
    ),
    "offline_sql_refused": DiagnosisKind(
        "PostgreSQL refuses the SQL of a command with --sql",
        (r"^psycopg2\.errors\.\w{1,60}: ([^\n]{1,300})",),
        explain=_only(StepAction.RUN_SQL, _refused),
    ),
    "offline_percent": DiagnosisKind(
        "Every % is doubled in the SQL of a command with --sql", otherwise=DATABASE
    ),
    "offline_no_sql": DiagnosisKind("A command with --sql writes no SQL", otherwise=DATABASE),
    "offline_prints": DiagnosisKind("Something else is printed amid the SQL", otherwise=DATABASE),
}
FAMILY = Family("Commands with --sql", "offline", __doc__, KINDS)


def observed(observations: Observations) -> Iterator[Diagnosis]:
    """What the commands with --sql show although none failed."""
    run = observations.offline
    if run is None or not run.upgrade.succeeded:
        return
    clue = Clue(run.upgrade, observations, ErrorText(""))
    if run.upgrade_run is not None and run.upgrade_run.succeeded and not run.upgrade_run.versions:
        advice = Advice(
            f"`{run.upgrade.command}` ended without an error, and its SQL runs no revision.",
            f"In {clue.env_py} run_migrations_offline() has to call {_configure(clue)} and then `with "
            "context.begin_transaction(): context.run_migrations()`.",
            Location(clue.env_py),
        )
        yield diagnosis("offline_no_sql", advice)
    doubled = any(
        "%%" in str(item.found) and str(item.found).replace("%%", "%") == str(item.expected)
        for item in offline_run.differences_at_head(observations)
    )
    if doubled:
        advice = Advice(
            f"Every % in the SQL of `{run.upgrade.command}` is doubled.",
            f"In {clue.env_py} give the context.configure() of run_migrations_offline() "
            '`dialect_opts={"paramstyle": "named"}`.',
            Location(clue.env_py),
        )
        yield diagnosis("offline_percent", advice)
    line = offline_run.printed(run.upgrade)
    if line:
        yield diagnosis("offline_prints", _prints(line, run.upgrade))


def _prints(line: str, step: StepRecord) -> Advice:
    return Advice(
        f"Your code prints `{shortened(line, 80)}` to the standard output, amid the SQL of `{step.command}`.",
        "Print it to `sys.stderr`, or log it: whoever keeps the SQL in a file (`> upgrade.sql`) has it in "
        "there otherwise, and PostgreSQL cannot read it.",
    )
