"""The worker: how steps end, what they print, what they are held to, and that nothing of them is left.

What a step does is told to its env.py in the environment, so that one worker serves many tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest

import grader
from grader.errors import HarnessFault
from grader.runtime.sandbox.interface import Step, StepLimits
from grader.runtime.sandbox.process import WORKER, ProcessHandle, WorkerSandbox
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.integration.runtime.sandbox.projects import INI, OUTPUT_BYTES, Place, place, write_project
from tests.waiting import children, in_session, is_there, is_zombie, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

HARNESS = Path(__file__).with_name("harness.py")
CHECKOUT = Path(grader.__file__).parents[1]
DAEMON = """
import os, signal, time
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.write(writing, str(os.getpid()).encode())
        time.sleep(600)
    os._exit(0)
os.wait()
daemon = int(os.read(reading, 20))
"""
"""Leaves a process in a session of its own that holds this one's output open; `daemon` is its id."""
FORGED = json.dumps(
    {"id": 1, "exit_code": 0, "stdout": "", "stderr": "", "seconds": 0, "limit": None, "data": {"forged": 1}}
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A worker that the tests of this module share; none of them may end it."""
    with place(write_project(tmp_path_factory.mktemp("worker") / "submission")) as made:
        yield made


# --- what the worker does before any step -----------------------------------------------------------------

TRACES = """
import json, logging, os, sys, warnings
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import worker
worker.import_packages()
if sys.argv[2] == "rehearsed":
    worker.warm_up()
import alembic.context, alembic.op, flask, sqlalchemy.orm

def said(action):
    try:
        return repr(action())
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps({
    "op": said(lambda: alembic.op.execute("SELECT 1")),
    "batch": said(lambda: alembic.op.batch_alter_table("users").__enter__()),
    "context": said(lambda: alembic.context.configure()),
    "app": said(lambda: flask.current_app.name),
    "mappers": len([item for item in sqlalchemy.orm.mapperlib._all_registries() if item.mappers]),
    "loggers": sorted(logging.root.manager.loggerDict),
    "handlers": [len(logging.root.handlers), logging.root.level],
    "warnings": [str(item) for item in warnings.filters],
    "path": sys.path,
    "folder": os.getcwd(),
    "environment": sorted(os.environ),
    "modules": sorted(sys.modules),
}))
"""


def test_warm_up_leaves_no_trace() -> None:
    def traces(how: str) -> dict[str, object]:
        command = [sys.executable, "-I", "-W", "error", "-c", TRACES, str(WORKER), how]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        found: dict[str, object] = json.loads(done.stdout)
        return found

    fresh = traces("fresh")
    assert "proxy object has not yet been established" in str(fresh["op"])
    assert traces("rehearsed") == fresh


# --- how a step ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", 0),
        ("import os; os._exit(0)", 0),
        ("import os; os._exit(7)", 7),
        ("raise SystemExit", 0),
        ("import sys; sys.exit(0)", 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit(-1)", 255),
        ("import sys; sys.exit(256)", 0),
        ("import sys; sys.exit(True)", 1),
        ("raise ValueError('no')", 1),
        ("raise KeyboardInterrupt", 1),
        ("raise BaseException('no')", 1),
        ("raise GeneratorExit", 1),
    ],
)
def test_exit_code(here: Place, code: str, expected: int) -> None:
    outcome = here.run(code)
    assert (outcome.exit_code, outcome.limit, outcome.data) == (expected, None, {})
    assert outcome.seconds > 0


def test_exit_with_a_text_prints_it_as_the_interpreter_does(here: Place) -> None:
    outcome = here.run("import sys; sys.exit('DIRECT_URL is not set')")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (1, "", "DIRECT_URL is not set\n")


def test_output_after_os_exit_is_what_was_written_by_then(here: Place) -> None:
    outcome = here.run(
        "import os, sys; print('100/100', flush=True); print('bad', file=sys.stderr); os._exit(0)"
    )
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, "100/100\n", "bad\n")


def test_command_line_that_alembic_does_not_know(here: Place) -> None:
    outcome = here.run("", "frobnicate")
    assert outcome.exit_code == 2
    assert "usage: alembic" in outcome.stderr


def test_traceback_shows_the_students_frames_and_not_the_workers(here: Place) -> None:
    code = dedent("""
        def inner():
            try:
                {}['first']
            except KeyError as error:
                raise ValueError('second') from error
        inner()
    """)
    outcome = here.run(code)
    assert outcome.exit_code == 1
    assert "worker.py" not in outcome.stderr
    assert outcome.stderr.startswith("Traceback (most recent call last):\n")
    assert "KeyError: 'first'" in outcome.stderr
    assert "The above exception was the direct cause" in outcome.stderr
    assert outcome.stderr.index("alembic/env.py") < outcome.stderr.index('"env_code.py", line 7, in <module>')
    assert outcome.stderr.endswith("ValueError: second\n")


@pytest.mark.parametrize(
    "code",
    [
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd",
        "one = ValueError('ring')\none.__context__ = KeyError()\none.__context__.__cause__ = one\nraise one",
        "raise ExceptionGroup('several', [ValueError('one'), ExceptionGroup('more', [KeyError('two')])])",
        "raise SyntaxError('odd', ('file.py', 'no number', None, None))",
    ],
)
def test_odd_exceptions_are_failures_of_the_step(here: Place, code: str) -> None:
    outcome = here.run(code)
    assert (outcome.exit_code, outcome.limit) == (1, None)


def test_recursion_without_end(here: Place) -> None:
    outcome = here.run("def down():\n    down()\ndown()")
    assert (outcome.exit_code, outcome.limit) == (1, None)
    assert "RecursionError" in outcome.stderr


def test_crash_of_the_interpreter(here: Place) -> None:
    outcome = here.run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert (outcome.exit_code, outcome.limit) == (None, "killed")


# --- what it prints ---------------------------------------------------------------------------------------


def test_streams_are_kept_apart_and_each_in_its_order(here: Place) -> None:
    code = dedent("""
        import os, sys
        for number in range(3):
            print('out', number)
            print('err', number, file=sys.stderr)
        sys.stdout.flush()
        os.system('echo out of a program; echo err of a program >&2')
    """)
    outcome = here.run(code)
    assert outcome.stdout == "out 0\nout 1\nout 2\nout of a program\n"
    assert outcome.stderr == "err 0\nerr 1\nerr 2\nerr of a program\n"


def test_output_that_is_not_text(here: Place) -> None:
    outcome = here.run(r"import os; os.write(1, b'\xff\xfe z\xc3\xbc\0'); print('\ud800', 'Zoë')")
    assert (outcome.exit_code, outcome.stdout) == (0, "\ufffd\ufffd zü\0\\ud800 Zoë\n")


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout = sys.stderr = None",
        "import sys; sys.stdout.close(); sys.stderr.close()",
        "import os; os.close(0); os.close(1); os.close(2)",
        "import sys; sys.stdout = sys.stderr = object()",
    ],
)
def test_closed_or_replaced_streams(here: Place, code: str) -> None:
    outcome = here.run(code)
    assert outcome.limit is None
    assert outcome.exit_code == (120 if "object" in code else 0)


def test_output_that_cannot_be_written_at_the_end(here: Place) -> None:
    assert here.run("import os; print('x'); os.close(1)").exit_code == 120


def test_failure_without_a_standard_error(here: Place) -> None:
    assert here.run("import sys; sys.stderr = None; raise ValueError").exit_code == 1


def test_long_output_keeps_its_beginning_and_its_end(here: Place) -> None:
    outcome = here.run("for n in range(10_000):\n    print('line', n)\nraise ValueError('the reason')")
    assert (outcome.exit_code, outcome.limit) == (1, None)
    assert outcome.stdout.startswith("line 0\nline 1\n")
    assert outcome.stdout.endswith("line 9999\n")
    assert "bytes left out ...]" in outcome.stdout
    assert len(outcome.stdout) < OUTPUT_BYTES + 100
    assert outcome.stderr.endswith("ValueError: the reason\n")


def test_output_of_exactly_the_limit_is_whole(here: Place) -> None:
    assert here.run(f"print('ü' * {OUTPUT_BYTES // 2}, end='')").stdout == "ü" * (OUTPUT_BYTES // 2)


def test_input_is_empty(here: Place) -> None:
    assert here.run("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


# --- what it is held to -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(600)",
        "while True: pass",
        dedent("""
            import signal, time
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            while True:
                time.sleep(600)
        """),
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_time_limit(here: Place, code: str) -> None:
    outcome = here.run(f"print('begun', flush=True)\n{code}", seconds=0.5)
    assert (outcome.exit_code, outcome.limit, outcome.stdout) == (None, "time", "begun\n")
    assert 0.5 <= outcome.seconds < 30


def test_output_without_end(here: Place) -> None:
    outcome = here.run("import os\nwhile True:\n    os.write(1, b'x' * 65536)")
    assert (outcome.exit_code, outcome.limit) == (None, "output")
    assert len(outcome.stdout) < OUTPUT_BYTES + 100


@pytest.mark.parametrize(
    "code",
    [
        "bytearray(1 << 40)",
        "kept = []\nwhile True:\n    kept.append(bytearray(1 << 20))",
        dedent("""
            large, small = [], None
            try:
                while True:
                    large.append(bytearray(1 << 20))
            except MemoryError:
                while True:
                    small = [small, small]
        """),
    ],
)
def test_memory_limit(tmp_path: Path, code: str) -> None:
    with place(
        write_project(tmp_path / "submission"), limits=StepLimits(OUTPUT_BYTES, memory_bytes=640 * 1024**2)
    ) as here:
        outcome = here.run(code)
        assert (outcome.exit_code, outcome.limit) == (1, "memory")
        assert "MemoryError" in outcome.stderr
        assert here.run("").exit_code == 0


def test_size_of_files_and_their_number(tmp_path: Path) -> None:
    with place(
        write_project(tmp_path / "submission"),
        limits=StepLimits(OUTPUT_BYTES, file_bytes=4096, open_files=32),
    ) as here:
        assert (
            "File too large"
            in here.run("import pathlib; pathlib.Path('large').write_bytes(b'x' * 5000)").stderr
        )
        assert "Too many open files" in here.run("kept = [open('/dev/null') for _ in range(40)]").stderr


# --- what it leaves behind --------------------------------------------------------------------------------


def test_daemon_ends_with_its_step_and_does_not_delay_it(here: Place) -> None:
    outcome = here.run(f"{DAEMON}\nprint(daemon)", seconds=300)
    assert (outcome.exit_code, outcome.limit) == (0, None)
    assert not is_there(int(outcome.stdout))
    assert not is_zombie(int(outcome.stdout))
    assert outcome.seconds < 30


def test_daemon_of_a_step_that_runs_out_of_time(here: Place) -> None:
    outcome = here.run(f"{DAEMON}\nprint(daemon, flush=True)\ntime.sleep(600)", seconds=5)
    assert outcome.limit == "time"
    assert not is_there(int(outcome.stdout))


def test_many_processes_are_killed(here: Place) -> None:
    code = dedent("""
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                os.setsid()
                for _ in range(2):
                    os.fork()
                os.write(1, f'{os.getpid()}\\n'.encode())
                time.sleep(600)
        print('', end='')
        time.sleep(2)
    """)
    outcome = here.run(code)
    assert (outcome.exit_code, outcome.limit) == (0, None)
    assert not [line for line in outcome.stdout.split() if is_there(int(line))]
    (warden,) = children(here.process.pid)
    assert children(warden) == []


def test_step_that_kills_its_warden(here: Place) -> None:
    outcome = here.run(
        f"{DAEMON}\nopen('pid', 'w').write(str(daemon))\nos.kill(os.getppid(), 9)\ntime.sleep(600)"
    )
    assert (outcome.exit_code, outcome.limit, outcome.stdout) == (None, "killed", "")
    assert not is_there(int(Path(here.sandbox.root, "pid").read_text()))
    assert here.run("print('next')").stdout == "next\n"


def test_no_zombie_is_left_while_the_worker_runs(here: Place) -> None:
    worker = here.process.pid
    for code in ("", "import os; os.kill(os.getppid(), 9)", "import time; time.sleep(600)", DAEMON):
        here.run(code, seconds=2)
        assert sorted(in_session(worker)) == sorted([worker, *children(worker)])
    (warden,) = children(worker)
    assert children(warden) == []


def test_steps_share_a_warden_until_it_ends(here: Place) -> None:
    code = "import os; print(os.getppid())"
    warden = int(here.run(code).stdout)
    opened = sorted(path.name for path in Path(f"/proc/{warden}/fd").iterdir())
    for more in ("", DAEMON, "print('x' * 10_000_000)", "import time; time.sleep(600)"):
        here.run(more, seconds=2)
    assert int(here.run(code).stdout) == warden
    assert children(here.process.pid) == [warden]
    assert sorted(path.name for path in Path(f"/proc/{warden}/fd").iterdir()) == opened

    os.kill(warden, signal.SIGKILL)
    wait_until(lambda: not is_there(warden), "the warden is gone")
    third = here.run(code)
    assert (third.exit_code, third.limit) == (0, None)
    assert children(here.process.pid) == [int(third.stdout)] != [warden]


def test_steps_at_once_have_a_warden_each(here: Place) -> None:
    code = "import os, pathlib, time; print(os.getppid(), flush=True); pathlib.Path('{0}').touch()\n"
    code += "while not pathlib.Path('{1}').exists(): time.sleep(0.01)"
    with ThreadPoolExecutor(2) as callers:
        one = callers.submit(here.run, code.format("one", "two"))
        two = callers.submit(here.run, code.format("two", "one"))
        wardens = {int(step.result().stdout) for step in (one, two)}
    assert len(wardens) == 2
    assert set(children(here.process.pid)) == wardens


# --- what it can claim ------------------------------------------------------------------------------------


def test_nothing_that_a_step_writes_forges_its_outcome(here: Place) -> None:
    code = dedent("""
        import os, sys
        for descriptor in range(256):
            for ending in ('', '\\n'):
                try:
                    os.write(descriptor, (os.environ['FORGED'] + ending).encode())
                except OSError:
                    pass
        sys.exit(3)
    """)
    outcome = here.run(code, environment={"FORGED": FORGED})
    assert (outcome.exit_code, outcome.limit) == (3, None)
    assert outcome.stdout == outcome.stderr == f"{FORGED}{FORGED}\n"
    assert here.run("print('next')").stdout == "next\n"


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ('{"tables": 3}', {"tables": 3}),
        ('{"tables": 3', {}),
        ('["tables"]', {}),
        ('{"tables": true, "b": "3", "c": 1.5, "d": null, "e": [1]}', {}),
        ('{"tables": 1000000000000000000000000000000, "few": -1}', {}),
        (r'{"\ud800": 1}', {}),
        ("[" * 4000, {}),
        ('{"tables": 3}' + " " * 10_000, {}),
        ("\0\0", {}),
    ],
)
def test_invalid_counts_are_dropped(here: Place, written: str, data: dict[str, int]) -> None:
    code = dedent("""
        import os
        for descriptor in range(3, 256):
            try:
                os.write(descriptor, os.environ['WRITTEN'].encode())
            except OSError:
                pass
        os._exit(0)
    """)
    environment = {"WRITTEN": written} if "\0" not in written else {"WRITTEN": "\x01"}
    outcome = here.run(code, environment=environment)
    assert (outcome.exit_code, outcome.data) == (0, data)


# --- what it finds ----------------------------------------------------------------------------------------


def test_environment_is_what_was_set_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_CANARY", "of the harness")
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    code = dedent("""
        import json, os, sys
        found = dict(os.environ)
        del found['CODE']
        print(json.dumps(found))
        for process in (os.getpid(), os.getppid(), int(os.environ['WORKER'])):
            try:
                print(b'CANARY' in open(f'/proc/{process}/environ', 'rb').read())
            except PermissionError:
                print(False)
        sys.stdout.flush()
        os.system('env -u CODE')
    """)
    with place(write_project(tmp_path / "submission")) as here:
        told = {"DIRECT_URL": "postgresql://", "WORKER": str(here.process.pid)}
        found, *rest = here.run(code, environment=told).stdout.splitlines()
        assert json.loads(found) == {**here.sandbox._environment, **told}
    assert set(json.loads(found)) == {"PATH", "HOME", "TMPDIR", "LANG", "TZ", "COLUMNS", *told}
    assert rest[:3] == ["False", "False", "False"]
    assert not [line for line in rest if "CANARY" in line or "PYTHONPATH" in line]


def test_environment_of_one_step_is_not_that_of_the_next(here: Place) -> None:
    code = "import os; print(os.environ.get('ONCE')); os.environ['ONCE'] = 'changed'"
    assert here.run(code, environment={"ONCE": "set"}).stdout == "set\n"
    assert here.run(code).stdout == "None\n"


def test_import_path_holds_installed_packages_only(here: Place) -> None:
    outcome = here.run("import json, sys; print(json.dumps(sys.path))")
    paths = [Path(path).resolve() for path in json.loads(outcome.stdout)]
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    assert standard in paths
    assert CHECKOUT.resolve() not in paths
    assert all(
        path.name in {"site-packages", "dist-packages"}
        or path == standard
        or path.parent in {standard, standard.parent}
        for path in paths
    )
    assert "No module named 'beside'" in here.run("import beside").stderr


def test_import_path_that_alembic_ini_prepends(tmp_path: Path) -> None:
    root = write_project(tmp_path / "submission", ini=f"{INI}prepend_sys_path = .\n")
    (root / "beside.py").write_text("print('found')\n")
    with place(root) as here:
        assert here.run("import beside").stdout == "found\n"


def test_every_step_is_a_fresh_process(here: Place) -> None:
    code = "import sys, alembic; print(hasattr(alembic, 'mark'), sys.argv); alembic.mark = 1"
    assert here.run(code).stdout == here.run(code).stdout == "False ['alembic', 'current']\n"


LOADED = "import sys; print([name in sys.modules for name in ('psycopg', 'psycopg2', 'pygments')])"


def test_both_drivers_are_loaded_ahead_and_pygments_is_not(here: Place) -> None:
    assert here.run(LOADED).stdout == "[True, True, False]\n"
    assert here.run(f"import pygments; {LOADED}").stdout == "[True, True, True]\n"


# --- several at once --------------------------------------------------------------------------------------


def test_steps_at_once_are_answered_each_to_its_caller(here: Place) -> None:
    code = dedent("""
        import os, pathlib, sys, time
        own = os.environ['OWN']
        pathlib.Path('at-once-' + own).touch()
        while len(list(pathlib.Path().glob('at-once-*'))) < 4:
            time.sleep(0.01)
        print(own)
        sys.exit(int(own))
    """)

    def run(number: int) -> tuple[int | None, str]:
        outcome = here.run(code, environment={"OWN": str(number)})
        return outcome.exit_code, outcome.stdout

    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(run, range(4))) == [(number, f"{number}\n") for number in range(4)]


def test_ending_of_one_step_leaves_the_others_alone(here: Place) -> None:
    code = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.01)\nprint('done')"
    with ThreadPoolExecutor(1) as callers:
        long = callers.submit(here.run, code)
        assert here.run("import os; os.kill(os.getppid(), 9)").limit == "killed"
        assert here.run(DAEMON).exit_code == 0
        Path(here.sandbox.root, "go").touch()
        assert long.result().stdout == "done\n"


# --- the end of the worker --------------------------------------------------------------------------------

TELL_ALL = (
    DAEMON
    + """
with open('ids.tmp', 'w') as file:
    print(os.getpid(), os.getppid(), daemon, file=file)
os.rename('ids.tmp', 'ids')
time.sleep(600)
"""
)


def told_by(root: Path) -> list[int]:
    """The processes of a step that does `TELL_ALL`, once all of them run."""
    wait_until((root / "ids").exists, "the step runs")
    return [int(word) for word in (root / "ids").read_text().split()]


def test_nothing_is_left_after_close(tmp_path: Path) -> None:
    root = write_project(tmp_path / "submission")
    with place(root) as here, ThreadPoolExecutor(1) as callers:
        step = callers.submit(here.run, TELL_ALL, seconds=600)
        processes = told_by(root)
        worker = here.process.pid
        here.sandbox.close()
        with pytest.raises(HarnessFault, match="ended unexpectedly"):
            step.result()
    assert not [process for process in processes if is_there(process)]
    assert in_session(worker) == []
    here.sandbox.close()
    with pytest.raises(HarnessFault, match="ended"):
        here.run("")


def test_nothing_is_left_when_the_pipe_is_closed(tmp_path: Path) -> None:
    root = write_project(tmp_path / "submission")
    with place(root) as here, ThreadPoolExecutor(1) as callers:
        step = callers.submit(here.run, TELL_ALL, seconds=600)
        processes = told_by(root)
        assert here.process.stdin is not None
        here.process.stdin.close()
        with pytest.raises(HarnessFault, match="ended unexpectedly"):
            step.result()
        assert here.process.wait(60) == 0
        assert not [process for process in processes if is_there(process)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_of_a_harness_that_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    root = write_project(tmp_path / "submission", env=TELL_ALL)
    with subprocess.Popen(
        [sys.executable, str(HARNESS), str(root)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        start_new_session=True,
    ) as harness:
        processes = [*told_by(root), *children(harness.pid)]
        assert len(processes) == 4
        harness.send_signal(number)
        assert harness.wait(60) == -number
    wait_until(lambda: not any(map(is_there, processes)), "no process of the worker runs")


def test_worker_that_is_killed_is_a_fault_of_the_harness(tmp_path: Path) -> None:
    root = write_project(tmp_path / "submission")
    with place(root) as here, ThreadPoolExecutor(1) as callers:
        step = callers.submit(
            here.run, "import time; open('ids', 'w').write('1'); time.sleep(600)", seconds=600
        )
        told_by(root)
        here.process.kill()
        with pytest.raises(HarnessFault, match="ended unexpectedly"):
            step.result()
        with pytest.raises(HarnessFault, match="ended"):
            here.run("")


def test_close_from_several_threads(tmp_path: Path) -> None:
    with place(write_project(tmp_path / "submission")) as here:
        threads = [threading.Thread(target=here.sandbox.close) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)


# --- workers that do not start ----------------------------------------------------------------------------


def start(*command: str) -> None:
    line = ProcessHandle(command)
    with WorkerSandbox(line, isolation="none", root="/", environment={}) as sandbox:
        sandbox._client.wait_ready()


def test_program_that_is_not_there() -> None:
    with pytest.raises(HarnessFault, match=r"could not be started: .*No such file"):
        start("/nowhere/python")


def test_program_that_ends_at_once() -> None:
    with pytest.raises(HarnessFault, match="ended unexpectedly"):
        start("true")


def test_program_that_says_something_else() -> None:
    with pytest.raises(HarnessFault, match="sent something unreadable"):
        start("echo", "nonsense")


def test_packages_that_are_missing_are_named() -> None:
    with pytest.raises(HarnessFault, match=r"packages .* cannot be loaded: .*No module named") as caught:
        start(sys.executable, "-I", "-S", str(WORKER))
    assert "Install the grader again" in caught.value.next_step


def test_backend_works_here() -> None:
    assert UnconfinedBackend().problem() is None


def test_versions_are_those_of_the_worker(here: Place) -> None:
    assert set(here.sandbox.versions) == {"python", "alembic", "sqlalchemy"}
    code = "import alembic, sqlalchemy; print(alembic.__version__, sqlalchemy.__version__)"
    printed = here.run(code).stdout.split()
    assert printed == [here.sandbox.versions["alembic"], here.sandbox.versions["sqlalchemy"]]
    assert here.sandbox.import_seconds > 0
    assert here.sandbox.run(Step("alembic", ("--version",))).stdout.strip().endswith(printed[0])


LEAVE = """
import os
from pathlib import Path

own = Path(os.environ["TMPDIR"])
(own / "deep").mkdir()
(own / "deep" / "closed").mkdir(mode=0)
(own / "noted").write_text("own")
"""
SEEN = """
import os
from pathlib import Path

own = Path(os.environ["TMPDIR"])
print(own == Path.home(), [path.name for path in own.iterdir() if not path.name.startswith("env-")], end="")
print([path.name for path in own.parent.iterdir() if path != own], end="")
"""
NONE_SEEN = "True [][]"


def test_no_step_sees_the_files_of_an_earlier_one(tmp_path: Path) -> None:
    with place(write_project(tmp_path / "submission")) as here:
        assert here.run(LEAVE).data == {}
        assert here.run(SEEN).stdout == NONE_SEEN
        assert here.run(LEAVE + "(own.parent / 'noted').write_text('all')").data == {"left": 1}
        # From here on each step has the whole scratch space to itself.
        assert here.run(SEEN).stdout == NONE_SEEN
        assert here.run(LEAVE + "(own.parent / 'noted').write_text('all')").data == {}
        assert here.run(SEEN).stdout == NONE_SEEN


def test_paths_of_a_steps_own_folder_are_the_same_in_every_report(here: Place) -> None:
    show = "import os, sys\nprint(os.environ['TMPDIR'], file=sys.stderr)\nprint(os.environ['TMPDIR'])"
    first, second = here.run(show), here.run(show)
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)
    assert "step-" not in first.stdout
