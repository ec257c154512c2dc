"""The only module that loads students' code: a fork server that runs each step in a fresh process.

Runs as a script inside the sandbox, so it imports nothing of the harness. It loads the packages that every
step needs once, then forks for each step. So a step is as fresh as a command line of its own, and costs much
less.

It reads lines of JSON from its standard input: first the set-up, then steps. It writes lines of JSON to its
standard output: first that it is ready, then the outcome of each step. When its input ends, it ends, and with
it everything that it has started.

There are three kinds of process. The worker forks one *warden* for each step that runs at the same time. The
warden runs one step after the other. For each step it forks a *child*, which runs the student's code. The
warden reads what the child prints, enforces the limits, and then kills all that the child has left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import json
import math
import mmap
import os
import re
import resource
import selectors
import signal
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
FLOOD_FACTOR = 256
"""A step that prints this many times its output limit is ended. Up to there, the excess is thrown away."""
KILL_SECONDS = 5.0
"""How long a warden tries to kill what a step has left behind."""
WARDEN_SECONDS = KILL_SECONDS + 3.0
"""How much longer than its step a warden may take: the step may have stopped the warden."""
TRACEBACK_BYTES = 16 * 1024**2
"""Address space that is freed before a traceback is printed, as the step may have used up all the rest."""
NEARLY = 1024**2
"""As in `runtime/memory.py`."""
LOOK_SECONDS = 0.1
"""How often a warden looks at the memory of its step."""
REPORT_BYTES = 4096
SQL_BYTES = 1024**2
"""How much SQL of commands with `--sql` is passed on. Beyond it the step has hit a limit."""
end_process = os._exit
"""Kept here, because students' code may put something else in its place."""
ENV_FILE_DESCRIPTOR = 200
"""Where a step has its `.env` open. The links in the submission lead there, see `env_links.py`."""
COMPILED = "pycache"
"""The folder in the scratch space for compiled code."""
COPY = "copy"
"""The folder in the scratch space for a step's copy of the submission."""
STEP = "step-"
"""How the name of a step's own folder in the scratch space begins."""
CLEAR_SECONDS = 3.0
"""How long a warden may take to empty the scratch space."""
LARGEST_COUNT = 2**31
"""The largest count that is passed on. Students' code controls the counts, and may write any number."""

Setup = dict[str, Any]
Request = dict[str, Any]


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process on Linux; do nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def import_packages() -> dict[str, str]:
    """Import the packages that students' code imports, once for all steps; return their versions."""
    import logging.config
    import platform

    import alembic.autogenerate
    import alembic.command
    import alembic.config
    import alembic.context
    import alembic.ddl.postgresql
    import alembic.op
    import dotenv
    import flask.cli
    import flask_migrate.cli
    import flask_sqlalchemy
    import psycopg
    import psycopg2.extras
    import sqlalchemy.dialects.postgresql.psycopg
    import sqlalchemy.dialects.postgresql.psycopg2
    import sqlalchemy.ext.declarative
    import sqlalchemy.orm

    return {
        "python": platform.python_version(),
        "alembic": alembic.__version__,
        "sqlalchemy": sqlalchemy.__version__,
    }


@functools.cache
def command_line() -> Any:
    """Alembic's own command line. Made once before the first step: it takes a tenth of a step to make."""
    import alembic.config

    return alembic.config.CommandLine(prog="alembic")


def warm_up() -> None:
    """Do what most steps do, without a database, so that each step does it faster.

    Libraries fill their caches, and the interpreter adapts its code as it runs. Every step inherits both. A
    step must not notice anything else: `alembic.op` is not used, because its state would change.
    """
    import io

    import alembic.operations
    import alembic.runtime.migration
    import flask
    import flask_sqlalchemy
    import sqlalchemy

    flask.Flask("rehearsal")
    database = flask_sqlalchemy.SQLAlchemy()  # without the app: that would make an engine, and loggers

    class Owner(database.Model):  # type: ignore[name-defined,misc]
        id = database.Column(database.Integer, primary_key=True)
        name = database.Column(database.String(80), unique=True, nullable=False)
        things = database.relationship("Thing", back_populates="owner")

    class Thing(database.Model):  # type: ignore[name-defined,misc]
        id = database.Column(database.Integer, primary_key=True)
        made_at = database.Column(database.DateTime, server_default=database.func.now())
        owner_id = database.Column(database.ForeignKey("owner.id"), index=True)
        owner = database.relationship("Owner", back_populates="things")

    options = {"as_sql": True, "output_buffer": io.StringIO(), "target_metadata": database.metadata}
    configure = alembic.runtime.migration.MigrationContext.configure
    op = alembic.operations.Operations(configure(dialect_name="postgresql", opts=options))
    op.create_table(
        "made",
        sqlalchemy.Column("id", sqlalchemy.Integer(), nullable=False),
        sqlalchemy.Column("at", sqlalchemy.DateTime(), server_default=sqlalchemy.text("now()")),
        sqlalchemy.Column("owner_id", sqlalchemy.Integer(), sqlalchemy.ForeignKey("owner.id")),
        sqlalchemy.PrimaryKeyConstraint("id"),
        sqlalchemy.UniqueConstraint("at", name="uq_made_at"),
    )
    op.add_column("made", sqlalchemy.Column("notes", sqlalchemy.Text()))
    with op.batch_alter_table("made") as batch:
        batch.alter_column("notes", type_=sqlalchemy.String(50), existing_type=sqlalchemy.Text())
    op.create_index("ix_notes", "made", ["notes"])
    op.drop_constraint("uq_made_at", "made", type_="unique")
    op.drop_index("ix_notes", table_name="made")
    op.drop_column("made", "notes")
    op.drop_table("made")
    database.Model.registry.dispose()  # type: ignore[attr-defined]


def warm_up_login() -> None:
    """Initialise the cryptography of the usual driver, as the first login of a process does.

    It takes milliseconds, and writes to a sixth of the memory pages that a step writes to.
    """
    import psycopg

    with contextlib.suppress(psycopg.Error):  # then each step does it by itself
        nobody = psycopg.pq.PGconn.connect_start(b"host=/nowhere")
        nobody.encrypt_password(b"password", b"user", b"scram-sha-256")
        nobody.finish()


@functools.cache
def library_paths() -> list[str]:
    """The entries of `sys.path` that a student's own virtual environment would have too.

    These are the standard library and the folders of installed packages. If the harness is installed from its
    checkout, the checkout is on the path as well, and is left out.
    """
    standard = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}

    def belongs(path: str) -> bool:
        real = os.path.realpath(path)
        installed = os.path.basename(real) in {"site-packages", "dist-packages"}
        return installed or real in standard or os.path.dirname(real) in standard

    return [path for path in sys.path if path and belongs(path)]


def load_packages() -> dict[str, str]:
    """Prepare all that every step needs; return the versions of the packages that verdicts depend on."""
    # Mako would load it to colour error pages, which nobody reads here. None: there is no such module.
    sys.modules["pygments"] = None  # type: ignore[assignment]
    versions = import_packages()
    command_line()
    module_beside("plain_models")
    warm_up()
    warm_up_login()
    library_paths()
    del sys.modules["pygments"]
    return versions


# --- the child: student code from here on -----------------------------------------------------------------


def set_limits(setup: Setup) -> None:
    """Set the limits of the set-up for this process."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: setup["file_bytes"],
        resource.RLIMIT_NOFILE: setup["open_files"],
    }
    if sys.platform == "linux":
        limits[resource.RLIMIT_AS] = setup["memory_bytes"]
    if setup["processes"] is not None:
        limits[resource.RLIMIT_NPROC] = setup["processes"]
    for which, wanted in limits.items():
        _, hard = resource.getrlimit(which)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (value, value))


def fresh_copy(source: str, target: str) -> str:
    """Copy the submission for this step. First remove the copy of the last step, whatever that did to it."""
    import shutil

    folder = os.path.dirname(target)
    gone = f"{folder}-{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.rename(folder, gone)
        if os.path.islink(gone):
            os.unlink(gone)
        else:
            os.chmod(gone, 0o700)
    for path, folders, _ in os.walk(gone):
        for name in folders:
            if not os.path.islink(inner := os.path.join(path, name)):
                os.chmod(inner, 0o700)
    shutil.rmtree(gone, ignore_errors=True)
    return str(shutil.copytree(source, target))


def enter_project(setup: Setup, request: Request) -> None:
    """Set up this process like a shell in the student's project."""
    os.environ.clear()
    os.environ.update(setup["environment"])
    os.environ.update(request["environment"])
    os.environ.update({"HOME": setup["scratch"], "TMPDIR": setup["scratch"]})
    time.tzset()
    if setup["copy"] or not os.access(setup["root"], os.W_OK):
        # Steps share what they compile, as that takes a tenth of a step.
        shared = setup["scratch"] if request["alone"] else setup["environment"]["TMPDIR"]
        sys.pycache_prefix = os.path.join(shared, COMPILED)
    layout = setup["layout"]
    if layout["application"]:
        os.environ.setdefault("FLASK_APP", layout["application"])
    os.chdir(os.path.join(setup["root"], layout["root"]))
    installed = [os.path.normpath(os.path.join(setup["root"], name)) for name in layout["import_folders"]]
    sys.path[:] = [*library_paths(), *installed]  # the former cached before the fork


def config_arguments(setup: Setup) -> list[str]:
    """The option that names the configuration file, if `alembic` does not find it by itself."""
    layout = setup["layout"]
    config = os.path.relpath(layout["config"], layout["root"])
    return [] if config in {"alembic.ini", "pyproject.toml"} else ["-c", config]


def student_config(setup: Setup) -> Any:
    """The `alembic.config.Config` that Alembic's command line makes in the student's project."""
    import alembic.config

    layout = setup["layout"]
    if layout["flavour"] == "flask":
        import flask

        directory = os.path.relpath(layout["script_location"], layout["root"])
        if flask.current_app:
            return flask.current_app.extensions["migrate"].migrate.get_config(directory)
        config = alembic.config.Config(os.path.relpath(layout["config"], layout["root"]))
        config.set_main_option("script_location", directory)
        return config
    options = command_line().parser.parse_args([*config_arguments(setup), "current"])
    if not hasattr(command_line(), "_inis_from_config"):  # before Alembic 1.16, which reads pyproject.toml
        return alembic.config.Config(file_=options.config, ini_section=options.name, cmd_opts=options)
    toml, ini = command_line()._inis_from_config(options)  # noqa: SLF001 - as its own main() does
    return alembic.config.Config(file_=ini, toml_file=toml, ini_section=options.name, cmd_opts=options)


def do_nothing(**_: Any) -> None:
    """Stands for a revision's upgrade() or downgrade() in a step with emptied revisions."""


def function_in_file(revision: Any) -> Any:
    """A revision's upgrade() or downgrade() as it stands in its file, whatever env.py made of the module."""
    import alembic.util

    sys.pycache_prefix = os.devnull  # an earlier step may have left other compiled code
    folder, name = os.path.split(revision.revision.path)
    module = alembic.util.load_python_file(folder, name)
    return getattr(module, "upgrade" if revision.is_upgrade else "downgrade")


def leave_with_all_committed(connections: list[Any]) -> NoReturn:
    """Commit what env.py would commit after its migrations, and end the process."""
    for connection in connections:
        # At the driver's level, because only env.py knows how it began each transaction.
        with contextlib.suppress(Exception):
            connection.connection.commit()
    end_process(0)


class BrokenOffError(Exception):
    """Ends a step at the end of a revision, as a mistake in its last line would."""


class SqlStream:
    """Where Alembic writes the SQL of a command with `--sql`: sends each piece to the warden, ended by a NUL.

    What the student's code prints besides is not among it. A file that env.py has named gets the SQL too.
    """

    def __init__(self, pipe: int, target: Any) -> None:
        self.pipe = pipe
        self.target = target

    def write(self, text: str) -> int:
        """Send a piece of SQL. PostgreSQL takes no NUL, so none in it can be meant."""
        piece = text.replace("\0", "").encode("utf-8", "replace")
        write_all(self.pipe, piece + b"\0" if piece else b"")
        if self.target is not None:
            self.target.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target or sys.stdout, name)


def end_of_revision(request: Request, counts: dict[str, int]) -> Callable[..., None]:
    """What Alembic calls when a revision is done and its number is written, before that is committed."""

    def called(*, step: Any, **_: Any) -> None:
        if step.is_upgrade and request["break_off"] in step.up_revision_ids:
            counts["broken_off"] = 1
            raise BrokenOffError(f"revision {request['break_off']} was broken off at its end")

    return called


def catch_sql(context: Any, pipe: int, output: Any) -> None:
    """Lead the SQL that Alembic writes with `--sql` to the pipe."""
    target = context.output_buffer
    is_output = target is output or getattr(target, "buffer", None) is output
    context.output_buffer = context.impl.output_buffer = SqlStream(pipe, None if is_output else target)


def watch_migrations(request: Request, counts: dict[str, int], sql: int) -> None:
    """Count the calls of `run_migrations`; empty the revisions or end the step where the request says so.

    The files, modules and functions of the revisions stay as they are. The same is in place in every step, so
    that its presence tells a student's code nothing.

    Args:
        request: the step.
        counts: what the child reports at its end.
        sql: the pipe for what Alembic writes instead of running it.
    """
    import alembic.runtime.migration

    kind: Any = alembic.runtime.migration.MigrationContext
    set_up = kind.__init__
    connections: list[Any] = []
    output = sys.stdout
    done = end_of_revision(request, counts)

    def revisions(find: Any, heads: Any, context: Any) -> Iterator[Any]:
        """Those that one call takes, one after the other."""
        counts["runs"] = counts.get("runs", 0) + 1
        leave = counts["runs"] == request["leave_after"]
        if leave and request["emptied"]:
            leave_with_all_committed(connections)
        for revision in find(heads, context):
            # What cannot be set stays as it is: then more counts as made by env.py, and never less.
            with contextlib.suppress(Exception):
                if request["emptied"]:
                    revision.migration_fn = do_nothing
                elif request["leave_after"] is not None:
                    context.on_version_apply_callbacks = ()
                    revision.migration_fn = function_in_file(revision)
            yield revision
        if leave:
            leave_with_all_committed(connections)

    @functools.wraps(set_up)
    def watched(context: Any, *args: Any, **kwargs: Any) -> None:
        set_up(context, *args, **kwargs)
        connections.append(context.connection)
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, done)
        if context.as_sql:
            catch_sql(context, sql, output)
        # There is no public place between Alembic's commands and env.py.
        if context._migrations_fn is not None:  # noqa: SLF001
            context._migrations_fn = functools.partial(revisions, context._migrations_fn)  # noqa: SLF001

    kind.__init__ = watched


def run_alembic(setup: Setup, request: Request) -> dict[str, int]:
    """Run `alembic ...` as its console script would."""
    arguments = [*config_arguments(setup), *request["arguments"]]
    sys.argv = ["alembic", *arguments]
    command_line().main(argv=arguments)
    return {}


def run_flask(setup: Setup, request: Request) -> dict[str, int]:
    """Run `flask db ...` as its console script would."""
    import flask.cli

    layout = setup["layout"]
    directory = os.path.relpath(layout["script_location"], layout["root"])
    arguments = ["db", "-d", directory, *request["arguments"]]
    sys.argv = ["flask", *arguments]
    sys.path.insert(0, os.getcwd())
    flask.cli.cli.main(args=arguments, prog_name="flask")


def collect_metadata(setup: Setup) -> list[Any]:
    """Run the student's env.py without any revision; return each `target_metadata` that it configures."""
    import alembic.runtime.environment
    import alembic.script

    config = student_config(setup)
    script = alembic.script.ScriptDirectory.from_config(config)
    found: list[Any] = []

    def note(_: Any, context: Any) -> list[Any]:
        metadata = context.opts.get("target_metadata")
        for item in metadata if isinstance(metadata, list | tuple) else [metadata]:
            if item is not None and all(item is not other for other in found):
                found.append(item)
        return []

    with alembic.runtime.environment.EnvironmentContext(config, script, fn=note, dont_mutate=True):
        script.run_env()
    return found


def run_models(setup: Setup, request: Request) -> dict[str, int]:
    """Create the tables of the student's models over the direct connection; see `plain_models`.

    With the argument `anew`, what is there of that which the models themselves make (types, sequences) is
    dropped before, so that it is made as the models say. Tables are dropped in any case.
    """
    urls = request["urls"]  # students' code may have changed the variables
    plain_models = module_beside("plain_models")  # before any code of the student's runs
    if setup["layout"]["flavour"] == "flask":
        import flask.cli

        sys.path.insert(0, os.getcwd())
        flask.cli.load_dotenv()
        with flask.cli.ScriptInfo(os.environ.get("FLASK_APP")).load_app().app_context():
            found = collect_metadata(setup)
    else:
        found = collect_metadata(setup)
    if not found:
        return {}
    made: dict[str, int] = plain_models.make(found, *urls, anew="anew" in request["arguments"])
    return made


def neutral_env(url: str) -> None:
    """Do what an env.py does that only runs revisions."""
    import sqlalchemy
    from alembic import context

    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


def run_replay(setup: Setup, request: Request) -> dict[str, int]:
    """Upgrade with the student's revisions, but not with the student's env.py."""
    import alembic.command
    import alembic.script

    # The revisions have to be loaded from their sources: an earlier step may have written compiled code for
    # them. Below a device there is none, and no step can write any there.
    sys.pycache_prefix = os.devnull
    # Revisions may import from the project. The student's env.py would have put it on the path.
    sys.path[:0] = [os.getcwd(), setup["root"]]
    url = request["urls"][0]  # students' code may have changed the variable
    setattr(alembic.script.ScriptDirectory, "run_env", lambda _: neutral_env(url))  # noqa: B010
    alembic.command.upgrade(student_config(setup), *request["arguments"])
    return {}


COMMAND_LINES = {"alembic", "flask"}
ACTIONS = {"alembic": run_alembic, "flask": run_flask, "models": run_models, "replay": run_replay}


def run_commands(setup: Setup, request: Request, counts: dict[str, int], sql: int) -> None:
    """Run what a step asks for, and then its second command, if the first ended well.

    The second one runs in the same process, and so costs a tenth of a step. The end of the first is marked by
    a NUL more in its SQL.
    """
    run = ACTIONS[request["action"]]
    try:
        counts |= run(setup, request)
    except SystemExit as stop:
        if not request["then"] or stop.code not in (None, 0):
            raise
    if request["then"]:
        counts["ended"] = 1
        write_all(sql, b"\0")
        counts |= run(setup, request | {"arguments": request["then"]})


def exit_code_of(stop: SystemExit) -> int:
    """The exit code that the interpreter would give for a SystemExit."""
    if stop.code is None or isinstance(stop.code, int):
        return (stop.code or 0) & 0xFF
    print(stop.code, file=sys.stderr)
    return 1


def print_traceback(error: BaseException) -> None:
    """Print a traceback as the command line would, without the frames of this file and of `plain_models`."""
    own = (__file__, file_beside("plain_models"))
    shown = traceback.TracebackException.from_exception(error)
    waiting, seen = [shown], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list(
            [frame for frame in part.stack if frame.filename not in own]
        )
        others = (part.__cause__, part.__context__, *(part.exceptions or ()))
        waiting += [other for other in others if other is not None]
    print("".join(shown.format()), file=sys.stderr, end="")


def flush_streams(code: int) -> int:
    """Flush the standard streams; return the exit code, which is 120 if flushing fails.

    The interpreter does the same at its end. The student's code may have replaced the streams by anything.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:  # noqa: BLE001 - this process has to end here in any case
            code = 120
    return code


def run_child(setup: Setup, request: Request, report: int, trouble: int, sql: int) -> NoReturn:
    """Run one step and exit. What is written to `trouble` is the worker's own: it is closed before that."""
    code = 1
    counts: dict[str, int] = {}
    for_traceback = mmap.mmap(-1, TRACEBACK_BYTES)
    try:
        set_limits(setup)
        if setup["copy"]:
            try:
                setup = setup | {"root": fresh_copy(setup["root"], setup["copy"])}
            except OSError:
                os.write(trouble, b"uncopied")
                raise
        os.close(trouble)
        enter_project(setup, request)
        if request["action"] in COMMAND_LINES:
            watch_migrations(request, counts, sql)
        run_commands(setup, request, counts, sql)
        code = 0
    except SystemExit as stop:
        code = exit_code_of(stop)
    except BrokenOffError:
        code = 1
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the step's outcome
        for_traceback.close()
        print_traceback(error)
    finally:
        code = flush_streams(code)
        with contextlib.suppress(OSError):  # the student's code may have closed it
            os.write(report, json.dumps(counts).encode())
        end_process(code)


# --- the warden: runs one step after the other ------------------------------------------------------------


def keep_only(*wanted: int) -> None:
    """Close every descriptor but the standard ones and those named."""
    low = 3
    for number in sorted(wanted):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, max(low, 4096))


def clear(path: str, deadline: float) -> None:
    """Remove a file or a folder with all that is in it, as far as the time allows.

    Folders in it are moved beside it first. So no path gets too long, however deep they lie.
    """
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        names = [""]
        with contextlib.suppress(OSError):
            if os.path.isdir(folder) and not os.path.islink(folder):
                os.chmod(folder, 0o700)  # the step may have closed it
                names = os.listdir(folder)
        for name in names:
            if time.monotonic() > deadline:
                return
            inner = os.path.join(folder, name) if name else folder
            with contextlib.suppress(OSError):
                if name and os.path.isdir(inner) and not os.path.islink(inner):
                    os.rename(inner, moved := f"{path}-{os.urandom(8).hex()}")
                    waiting.append(moved)
                else:
                    os.unlink(inner)
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def clear_within(folder: str, present: Collection[str]) -> None:
    """Empty the scratch space, but for what was there before the first step."""
    deadline = time.monotonic() + CLEAR_SECONDS
    for name in set(os.listdir(folder)).difference(present):
        clear(os.path.join(folder, name), deadline)


def own_scratch(shared: str, present: Collection[str] = (), *, alone: bool) -> str:
    """Make the folder that a step has for its files; the scratch space itself if there is no room for one.

    Args:
        shared: the scratch space.
        present: the names in it before the first step: the sandbox may show the interpreter there.
        alone: no other step runs, so that whatever is there is an earlier one's.
    """
    own = os.path.join(shared, f"{STEP}{os.getpid()}")
    clear(own, time.monotonic() + CLEAR_SECONDS)
    try:
        if alone:
            clear_within(shared, present)
        os.mkdir(own, 0o700)
    except OSError:
        return shared
    return own


def leave_scratch(own: str, shared: str, present: Collection[str] = (), *, alone: bool) -> bool:
    """Remove the files of a step that has ended; False if there are some that may be those of another."""
    if alone:
        clear_within(shared, present)
        return True
    if own != shared:
        clear(own, time.monotonic() + CLEAR_SECONDS)
    known = {COMPILED, COPY, *present}
    others = re.compile(rf"{STEP}\d+(-[0-9a-f]{{16}})*")  # what other steps have now, or are clearing
    return all(name in known or others.fullmatch(name) for name in os.listdir(shared))


def write_env_file(setup: Setup, request: Request) -> str | None:
    """Write what `.env` holds in a step to a file of its own; return its path, or None if there is no room.

    The submission's `.env` is a link to the descriptor that the child opens for this file. So steps that run
    at the same time see their own, though they share the submission.
    """
    import tempfile

    try:
        descriptor, path = tempfile.mkstemp(prefix="env-", dir=setup["scratch"])
    except OSError:  # another step has used up the scratch space
        return None
    with contextlib.suppress(OSError):
        write_all(descriptor, request["env_file"].encode())
    os.close(descriptor)
    return path


def remove_env_file(path: str | None) -> None:
    """Remove a step's file; the step may have done so itself."""
    if path is not None:
        with contextlib.suppress(OSError):
            os.unlink(path)


def start_child(setup: Setup, request: Request, env_file: str | None) -> tuple[int, dict[str, int]]:
    """Fork the child; return its process id and the reading ends of its pipes."""
    pipes = {name: os.pipe() for name in ("stdout", "stderr", "report", "trouble", "sql")}
    process = os.fork()
    if process:
        for _, writer in pipes.values():
            os.close(writer)
        return process, {name: reader for name, (reader, _) in pipes.items()}
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_CHILD_SUBREAPER, 0)
    prctl(PR_SET_DUMPABLE, 1)  # from here on there is nothing to hide
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    report, trouble, sql = (os.dup(pipes[name][1]) for name in ("report", "trouble", "sql"))
    os.dup2(null, 0)
    os.dup2(pipes["stdout"][1], 1)
    os.dup2(pipes["stderr"][1], 2)
    keep_only(report, trouble, sql)
    if env_file is not None:
        with contextlib.suppress(OSError):
            opened = os.open(env_file, os.O_RDONLY)
            os.dup2(opened, ENV_FILE_DESCRIPTOR)
            os.close(opened)
    run_child(setup, request, report, trouble, sql)


def resident_pages(process: int) -> int:
    """How many pages of memory a process has, shared ones included; 0 for one that has ended."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[1])
    except (OSError, ValueError):
        return 0


class StepMemory:
    """How much memory a step's processes use together, beyond what they got from the warden.

    Nothing else limits that where there is no container. It is looked at now and then: most steps end before.
    """

    def __init__(self, limit: int) -> None:
        self.most = limit // mmap.PAGESIZE
        self.inherited = resident_pages(os.getpid())
        self.next = time.monotonic() + LOOK_SECONDS

    def exceeded(self) -> bool:
        """Whether the step uses more than it may; always False between two looks."""
        now = time.monotonic()
        if now < self.next:
            return False
        self.next = now + LOOK_SECONDS
        used, waiting = 0, own_children()
        while waiting:
            process = waiting.pop()
            used += max(0, resident_pages(process) - self.inherited)
            waiting += children_of(process)
        return used > self.most


class Excerpt:
    """The beginning and the end of a stream. The end is the longer part, because errors are there."""

    def __init__(self, limit: int) -> None:
        self.head_bytes = limit // 3
        self.tail_bytes = limit - self.head_bytes
        self.head = bytearray()
        self.tail = bytearray()
        self.left_out = 0

    def add(self, data: bytes) -> None:
        """Add the next bytes of the stream."""
        room = self.head_bytes - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        if (excess := len(self.tail) - self.tail_bytes) > 0:
            del self.tail[:excess]
            self.left_out += excess

    def text(self) -> str:
        """What was kept, with a line that says how much was left out."""
        gap = f"\n[... {self.left_out:,} bytes left out ...]\n" if self.left_out else ""
        return (self.head + gap.encode() + self.tail).decode("utf-8", "replace")


class Capture:
    """Reads what a child prints, and counts it."""

    def __init__(self, readers: dict[str, int], limit: int) -> None:
        self.limit = limit
        limits = {"report": REPORT_BYTES, "sql": SQL_BYTES}
        self.excerpts = {name: Excerpt(limits.get(name, limit)) for name in readers}
        self.total = 0
        self.selector = selectors.DefaultSelector()
        for name, reader in readers.items():
            os.set_blocking(reader, False)
            self.selector.register(reader, selectors.EVENT_READ, name)

    def read(self, reader: int, name: str) -> None:
        """Read what is there now; close the reader at its end."""
        try:
            data = os.read(reader, 65536)
        except BlockingIOError:
            return
        if not data:
            self.selector.unregister(reader)
            os.close(reader)
            return
        self.total += len(data)
        self.excerpts[name].add(data)

    def drain(self) -> None:
        """Read what is left in the pipes, without waiting for more."""
        while ready := self.selector.select(0):
            before = self.total
            for key, _ in ready:
                if key.data != "wake":
                    self.read(key.fd, key.data)
            if self.total == before:
                return

    def close(self) -> None:
        """Close all readers that are still open."""
        for key in list(self.selector.get_map().values()):
            if key.data != "wake":
                os.close(key.fd)
        self.selector.close()


def own_children() -> list[int]:
    """The children of this process, ended ones included; empty where the system has no such list."""
    return children_of(os.getpid())


def children_of(process: int) -> list[int]:
    """The children of a process, by any of its threads; empty where the system has no such list."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", encoding="ascii") as listing:
                found += map(int, listing.read().split())
    return found


def group_events(setup: Setup) -> Request | None:
    """What has happened in this container's memory group, see `runtime/memory.py`; None where it has none."""
    if not setup["own_group"]:
        return None
    with contextlib.suppress(OSError, ValueError, KeyError):
        values = group_values("memory.events")
        return {"kills": values["oom_kill"], "full": values["oom"] > 0}
    with contextlib.suppress(OSError, ValueError, KeyError):
        kills = group_values("memory/memory.oom_control")["oom_kill"]
        most, limit = map(group_number, ("memory.max_usage_in_bytes", "memory.limit_in_bytes"))
        return {"kills": kills, "full": most >= limit - NEARLY}
    return None


def group_number(name: str) -> int:
    """The number in a file of the memory group in version 1."""
    with open(f"/sys/fs/cgroup/memory/{name}", encoding="ascii") as number:
        return int(number.read())


def group_values(name: str) -> dict[str, int]:
    """The names and numbers in a file of the memory group."""
    with open(f"/sys/fs/cgroup/{name}", encoding="ascii") as lines:
        return {word: int(number) for word, number in map(str.split, lines)}


def descendants(keep: Collection[int]) -> set[int]:
    """All descendants of this process, without those in `keep` and their descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{int(name)}/stat", "rb") as status:
            parent = int(status.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        new = [process for process in children.get(waiting.pop(), ()) if process not in keep]
        found.update(new)
        waiting += new
    return found


def freeze(keep: Collection[int], deadline: float) -> None:
    """Stop all descendants first: a process that is killed would make room for others to start a new one."""
    stopped: set[int] = set()
    while (running := descendants(keep) - stopped) and time.monotonic() < deadline:
        for process in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGSTOP)
        stopped |= running


def kill_orphans(keep: Collection[int] = ()) -> bool:
    """Kill all children but those in `keep`, and all that become children then; True when all are gone."""
    deadline = time.monotonic() + KILL_SECONDS
    while doomed := [process for process in own_children() if process not in keep]:
        if time.monotonic() > deadline:
            return False
        freeze(keep, deadline)
        for process in doomed:
            try:
                os.kill(process, signal.SIGKILL)
            except PermissionError:  # it has another user now, and waiting for it might never end
                return False
            os.waitpid(process, 0)
    return True


def kill_step(child: int, *, ended: bool) -> bool:
    """Kill a step's session, then all that have become children of the warden; True when all are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
    return kill_orphans()


def watch(
    child: int, capture: Capture, wake: int, deadline: float, memory: StepMemory
) -> tuple[int | None, str | None]:
    """Read what the child prints until it ends or exceeds a limit; return its wait status and the limit."""
    capture.selector.register(wake, selectors.EVENT_READ, "wake")
    while True:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return None, "time"
        if memory.exceeded():
            return None, "memory"
        for key, _ in capture.selector.select(min(remaining, LOOK_SECONDS)):
            if key.data == "wake":
                os.read(wake, 512)
            else:
                capture.read(key.fd, key.data)
        if capture.total > capture.limit * FLOOD_FACTOR:
            return None, "output"
        process, status = os.waitpid(child, os.WNOHANG)
        if process:
            return status, None


def counts_of(report: str) -> dict[str, int]:
    """The counts that the child reported. Anything that is not a count is dropped."""
    try:
        data = json.loads(report or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        key: value
        for key, value in data.items()
        if key.isascii() and key != "uncopied" and type(value) is int and 0 <= value <= LARGEST_COUNT
    }


def run_step(setup: Setup, request: Request, wake: int) -> Request:
    """Run one step to its end; return its outcome."""
    shared = setup["environment"]["TMPDIR"]
    setup = setup | {"scratch": own_scratch(shared, setup["present"], alone=request["alone"])}
    began = time.monotonic()
    env_file = write_env_file(setup, request)
    memory = StepMemory(setup["total_bytes"])
    child, readers = start_child(setup, request, env_file)
    capture = Capture(readers, setup["output_bytes"])
    status, limit = watch(child, capture, wake, began + request["seconds"], memory)
    seconds = time.monotonic() - began
    cleared = kill_step(child, ended=status is not None)
    capture.drain()
    capture.close()
    remove_env_file(env_file)
    tidy = leave_scratch(setup["scratch"], shared, setup["present"], alone=request["alone"])
    code = None if status is None else os.waitstatus_to_exitcode(status)
    events = group_events(setup)
    if code is not None and code < 0:
        full = events is not None and events["full"]
        limit = "memory" if full and code == -int(signal.SIGKILL) else "killed"
        code = None
    stderr = capture.excerpts["stderr"].text()
    if limit is None and code and "\nMemoryError" in "\n" + stderr:
        limit = "memory"
    if limit is None and capture.excerpts["sql"].left_out:
        limit = "output"
    return {
        "id": request["id"],
        "exit_code": code,
        "stdout": capture.excerpts["stdout"].text().replace(setup["scratch"], shared),
        "stderr": stderr.replace(setup["scratch"], shared),
        "seconds": round(seconds, 4),
        "limit": limit or (None if cleared else "killed"),
        "data": {
            **counts_of(capture.excerpts["report"].text()),
            **({"uncopied": 1} if capture.excerpts["trouble"].text() else {}),
            **({} if tidy else {"left": 1}),
        },
        "group_events": events,
        "sql": capture.excerpts["sql"].text(),
    }


def run_warden(setup: Setup, source: int, target: int) -> None:
    """Run steps until the input ends; answer each with a line."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake, wake_writer = os.pipe()
    for number in (wake, wake_writer):
        os.set_blocking(number, False)
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    line = b""
    while data := os.read(source, 65536):
        line += data
        if line.endswith(b"\n"):
            outcome = run_step(setup, json.loads(line), wake)
            line = b""
            write_all(target, json.dumps(outcome).encode() + b"\n")


# --- the worker -------------------------------------------------------------------------------------------


class Warden:
    """A warden as the worker sees it: its process, its pipes, and the step that it runs, if any."""

    def __init__(self, process: int, source: int, target: int) -> None:
        self.process = process
        self.source = source
        self.target = target
        self.said = b""
        self.step: int | None = None
        self.deadline = math.inf

    def begin(self, request: Request) -> None:
        """Send it a step.

        Raises:
            BrokenPipeError: the warden has ended.
        """
        self.step = request["id"]
        self.deadline = time.monotonic() + request["seconds"] + WARDEN_SECONDS
        write_all(self.target, json.dumps(request).encode() + b"\n")

    def answered(self) -> bytes:
        """Its answer, if all of it has come; then it is idle. Else nothing."""
        if not self.said.endswith(b"\n"):
            return b""
        answer, self.said = self.said, b""
        self.step, self.deadline = None, math.inf
        return answer


class Worker:
    """Reads steps, sends each to an idle warden, and writes the outcomes as they come."""

    def __init__(self, setup: Setup, source: int, target: int, loopback: Any = None) -> None:
        self.setup = setup | {"present": os.listdir(setup["environment"]["TMPDIR"])}
        self.source = source
        self.target = target
        self.pending = b""
        self.wardens: dict[int, Warden] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(source, selectors.EVENT_READ)
        if loopback is not None and setup["socket"] is not None:
            loopback.open(setup["socket"], self.selector)

    def start(self, request: Request) -> None:
        """Send a step to a warden."""
        while True:
            try:
                warden = self.idle_warden()
            except OSError:  # another step has used up all processes or descriptors
                self.answer_lost(request["id"])
                return
            try:
                warden.begin(request)
            except BrokenPipeError:  # another step has killed it while it was idle
                self.remove(warden)
                continue
            return

    def idle_warden(self) -> Warden:
        """A warden that runs nothing. Forks a new one if there is none.

        Raises:
            OSError: no process or pipe can be made.
        """
        for warden in self.wardens.values():
            if warden.step is None:
                return warden
        ends = [*os.pipe(), *os.pipe()]
        try:
            process = os.fork()
        except OSError:
            for end in ends:
                os.close(end)
            raise
        requests, target, source, answers = ends
        if process == 0:
            try:
                null = os.open(os.devnull, os.O_RDWR)
                os.dup2(null, 0)
                os.dup2(null, 1)
                keep_only(requests, answers)
                run_warden(self.setup, requests, answers)
            finally:  # the worker sees the end of the answers
                os._exit(0)
        os.close(requests)
        os.close(answers)
        self.wardens[source] = warden = Warden(process, source, target)
        self.selector.register(source, selectors.EVENT_READ, warden)
        return warden

    def collect(self, warden: Warden) -> None:
        """Read from a warden; write its outcome when it is complete, or when the warden has ended."""
        if data := os.read(warden.source, 65536):
            warden.said += data
            write_all(self.target, warden.answered())
            return
        self.remove(warden)
        if warden.step is not None:  # the step killed its warden
            self.answer_lost(warden.step)

    def remove(self, warden: Warden) -> None:
        """Remove a warden that has ended, and kill what its step has left: it belongs to the worker now."""
        del self.wardens[warden.source]
        self.selector.unregister(warden.source)
        os.close(warden.source)
        os.close(warden.target)
        os.waitpid(warden.process, 0)
        kill_orphans(keep={other.process for other in self.wardens.values()})

    def answer_lost(self, number: int) -> None:
        """Answer for a step whose warden was killed."""
        lost = {"id": number, "exit_code": None, "stdout": "", "stderr": "", "seconds": 0.0}
        write_all(self.target, json.dumps({**lost, "limit": "killed", "data": {}}).encode() + b"\n")

    def end_overdue(self) -> None:
        """Kill the wardens whose time is up. Then their pipes end, and `collect` does the rest."""
        now = time.monotonic()
        for warden in self.wardens.values():
            if warden.deadline <= now:
                os.kill(warden.process, signal.SIGKILL)

    def serve(self) -> None:
        """Serve until the input ends."""
        while True:
            soonest = min((warden.deadline for warden in self.wardens.values()), default=math.inf)
            timeout = None if soonest == math.inf else max(0.0, soonest - time.monotonic())
            ready = self.selector.select(timeout)
            self.end_overdue()
            for key, events in ready:
                if key.fd != self.source:
                    if not isinstance(key.data, Warden):
                        key.data(events)  # a client of the server, see `loopback.py`
                    elif self.wardens.get(key.fd) is key.data:  # it may have been removed just now
                        self.collect(key.data)
                    continue
                data = os.read(self.source, 65536)
                if not data:
                    return
                *lines, self.pending = (self.pending + data).split(b"\n")
                for line in lines:
                    self.start(json.loads(line))


def write_all(target: int, data: bytes) -> None:
    """Write all data, in as many pieces as the pipe takes."""
    while data:
        data = data[os.write(target, data) :]


def read_line(source: int) -> bytes:
    """Read one line, byte by byte, so that nothing after it is read."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(source, 1)
        if not byte:
            break
        line += byte
    return line


def open_streams() -> None:
    """Make the standard streams that the children will use too, each over pipes of its own.

    Libraries store `sys.stdout` while they are loaded, so it has to be the final object by then. It is made
    over a pipe, because a stream decides only once whether it can seek. The standard error is written line by
    line, so that its lines are not lost when a process is killed.
    """
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    _, nowhere = os.pipe()
    for number in (1, 2):
        os.dup2(nowhere, number)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def switch_user(user: int) -> None:
    """Give up root for good: take this user and its group, and lose all other groups and capabilities."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def file_beside(name: str) -> str:
    """The file of a module that lies beside this one: compiled, where this one is."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name + os.path.splitext(__file__)[1])


@functools.cache
def module_beside(name: str) -> Any:
    """The code of a file that lies beside this one: `loopback.py`, `denied_calls.py`, `plain_models.py`."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, file_beside(name))
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no {file_beside(name)}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listen(module: Any) -> Any:
    """A listener that leads to the server, see `loopback.py`; None where there is no loopback."""
    try:
        return module.Loopback()
    except OSError:
        return None


def shorten_way(port: int, server: str) -> None:
    """Lead SQLAlchemy's engines from the loopback straight to the server's socket.

    Nearly all sessions are theirs, and every message over the loopback passes through this process. Over a
    socket, the usual drivers also let every `sslmode` pass, even one that asks for a certificate of Supabase.
    """
    import sqlalchemy.event

    folder, _, own = server.rpartition("/.s.PGSQL.")

    def shorten(dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        address = (parameters.get("host"), str(parameters.get("port")), parameters.get("hostaddr"))
        if dialect.driver.startswith("psycopg") and address == ("127.0.0.1", str(port), None):
            parameters.update(host=folder, port=own)

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "do_connect", shorten)


def main() -> None:
    """Load the packages, report that, run steps until the input ends, and kill what is left."""
    loopback_code = module_beside("loopback")
    source, target = os.dup(0), os.dup(1)
    open_streams()
    for user in filter(str.isdecimal, sys.argv[1:]):
        # The other user may not be able to read the files of the grader.
        loopback_code.tls_context()
        for name in ("denied_calls", "plain_models"):
            module_beside(name)
        switch_user(int(user))
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the harness decides when to stop
    began = time.monotonic()
    versions: dict[str, str] = {}
    problem = loopback = None
    gc.disable()  # loading makes hardly any garbage, and the search for it takes a tenth of the time
    try:
        if "confined" in sys.argv:
            module_beside("denied_calls").deny_calls()
        versions = load_packages()
        loopback = listen(loopback_code)
    except Exception as error:  # noqa: BLE001 - the harness reports whatever it is
        problem = f"{type(error).__name__}: {error}"
    seconds = round(time.monotonic() - began, 4)
    port = None if loopback is None else loopback.port
    ready = {"versions": versions, "import_seconds": seconds, "problem": problem, "port": port}
    write_all(target, json.dumps(ready).encode() + b"\n")
    line = read_line(source)
    if line:
        setup = json.loads(line)
        if port is not None and setup["socket"] is not None:
            shorten_way(port, setup["socket"])
        # Children share the memory of what is loaded now. The collector would write to it, and so copy it.
        gc.freeze()
        gc.enable()
        gc.set_threshold(100_000, 50, 100)
        Worker(setup, source, target, loopback).serve()
        kill_orphans()
    os._exit(0)  # the interpreter would take a tenth of a second to free what it has loaded


if __name__ == "__main__":
    main()
