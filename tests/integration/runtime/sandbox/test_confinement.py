"""What code in a sandbox can reach: every probe gets there unconfined, and not from a sandbox."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import grader
from grader.assignment import file as assignment_file
from grader.errors import HarnessFault
from grader.runtime.engine.client import engine
from grader.runtime.sandbox.container import ContainerSandboxBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.integration.runtime.sandbox.confined import Run, running
from tests.waiting import children, wait_until

if TYPE_CHECKING:
    from grader.runtime.sandbox.interface import SandboxBackend

HOLDER = Path(__file__).with_name("confined.py")
SECRET = "something-that-nobody-else-may-see"
PACKAGE = Path(grader.__file__).parent
TELL = f"print('reached' if {SECRET!r}.encode() in found else 'nothing')"
READ_ENVIRONMENTS = f"""
import glob
found = b""
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        found += open(path, "rb").read()
    except OSError:
        pass
{TELL}
"""
CONNECT = """
import socket
with socket.socket({family}) as client:
    client.settimeout(5)
    client.connect({address})
    print("reached")
"""


def _other(folder: Path) -> str:
    (folder / "other").mkdir()
    path = folder / "other" / "app.py"
    path.write_text(SECRET)
    return f"found = open({str(path)!r}, 'rb').read()\n{TELL}"


def _reference(_: Path) -> str:
    path = assignment_file.default_path().with_name("reference_schema.sql")
    return f"open({str(path)!r}).read()\nprint('reached')"


PROBES: dict[str, Callable[[Path], str]] = {
    "another_submission": _other,
    "reference": _reference,
    "grader": lambda _: (
        f"import sys\nsys.path.append({str(PACKAGE.parent)!r})\nimport grader.errors\nprint('reached')"
    ),
    "harness": lambda _: f"import os\nos.kill({os.getpid()}, 0)\nprint('reached')",
    "own_files": lambda _: "open('app.py', 'w').close()\nprint('reached')",
    "environments": lambda _: READ_ENVIRONMENTS,
}
"""What prints `reached` when it gets there, given a folder of the harness."""
SANDBOXES = [
    pytest.param("container_sandbox", marks=pytest.mark.docker, id="container"),
    pytest.param("bubblewrap_sandbox", marks=pytest.mark.postgres, id="bubblewrap"),
]


@pytest.fixture(params=SANDBOXES)
def backend(request: pytest.FixtureRequest) -> SandboxBackend:
    """Each of the two sandboxes."""
    found: SandboxBackend = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def confined(backend: SandboxBackend, tmp_path: Path) -> Iterator[Run]:
    """Runs code in each of the two sandboxes."""
    with running(backend, tmp_path) as run:
        yield run


@contextmanager
def holding(secret: str) -> Iterator[None]:
    """A process of this user with a secret in its environment."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"SECRET": secret}) as holder:
        yield
        holder.communicate(b"\n")


def wall_holds(probe: str, backend: SandboxBackend, folder: Path) -> None:
    """The probe gets there from nowhere but outside."""
    with running(UnconfinedBackend(), folder) as run:
        outside = run(probe)
        assert outside.stdout == "reached\n", f"nothing pushes against this wall: {outside.stderr}"
    with running(backend, folder) as run:
        assert "reached" not in run(probe).stdout


@pytest.mark.parametrize("name", PROBES)
def test_wall(name: str, backend: SandboxBackend, tmp_path: Path) -> None:
    with holding(SECRET):
        wall_holds(PROBES[name](tmp_path), backend, tmp_path)


@pytest.mark.parametrize("place", ["loopback", "every_address", "abstract"])
def test_network_is_out_of_reach(place: str, backend: SandboxBackend, tmp_path: Path) -> None:
    family = socket.AF_UNIX if place == "abstract" else socket.AF_INET
    with socket.socket(family) as listener:
        if place == "abstract":
            listener.bind(f"\0grader-{os.getpid()}")
        else:
            listener.bind(("127.0.0.1" if place == "loopback" else "0.0.0.0", 0))  # noqa: S104 - that is the test
        listener.listen()
        address = listener.getsockname()
        wall_holds(CONNECT.format(family=int(family), address=repr(address)), backend, tmp_path)


@pytest.mark.docker
def test_engine_is_out_of_reach(
    backend: SandboxBackend, container_sandbox: ContainerSandboxBackend, tmp_path: Path
) -> None:
    assert container_sandbox.problem() is None
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    if not address.startswith("/"):
        pytest.skip("the engine is not reached by a socket")
    wall_holds(CONNECT.format(family=int(socket.AF_UNIX), address=repr(address)), backend, tmp_path)


def test_only_the_loopback_device_is_there(confined: Run) -> None:
    found = confined("print(sorted(line.split(':')[0].strip() for line in list(open('/proc/net/dev'))[2:]))")

    assert found.stdout == "['lo']\n"


def test_localhost_is_the_sandbox_itself_and_nothing_listens_there(confined: Run) -> None:
    code = """
import socket
print(sorted({entry[4][0] for entry in socket.getaddrinfo("localhost", 5432, socket.AF_INET)}))
socket.create_connection(("localhost", 5432))
"""
    found = confined(code)

    assert found.stdout == "['127.0.0.1']\n"
    assert "refused" in found.stderr or "Cannot assign requested address" in found.stderr


def test_nothing_can_be_written_but_the_scratch_folder(confined: Run) -> None:
    code = """
import os
for name in ("", "dev", "dev/shm", "etc", "opt", "proc", "run", "sockets", "submission", "usr", "var/tmp"):
    folder = f"/{name}"
    try:
        open(os.path.join(folder, "mine"), "w").close()
        print(folder)
    except OSError:
        pass
open("/tmp/mine", "w").close()
open(os.path.join(os.environ["TMPDIR"], "mine"), "w").close()
print("done")
"""
    assert confined(code).stdout == "done\n"


def test_scratch_folder_is_small(confined: Run) -> None:
    code = """
with open("/tmp/large", "wb") as file:
    for _ in range(200):
        file.write(bytes(1024 * 1024))
"""
    assert "No space left on device" in confined(code).stderr


def test_code_has_no_capabilities(confined: Run) -> None:
    code = """
import os
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid() != 0, len(os.getgroups()) <= 1)
print([int(fields[name], 16) for name in ("CapEff", "CapPrm", "CapAmb", "NoNewPrivs")])
"""
    assert confined(code).stdout == "True True\n[0, 0, 0, 1]\n"


def test_worker_keeps_its_memory_files_and_environment_to_itself(confined: Run) -> None:
    code = """
import ctypes
import os
libc = ctypes.CDLL(None, use_errno=True)
for process in (1, os.getppid()):
    for name in ("environ", "mem", "fd/0", "root"):
        try:
            os.listdir(f"/proc/{process}/{name}") if name == "root" else open(f"/proc/{process}/{name}", "rb")
            print(process, name)
        except OSError:
            pass
    print(libc.ptrace(16, process, None, None))
"""
    assert confined(code).stdout == "-1\n-1\n"


def test_only_processes_of_its_own_are_there(confined: Run) -> None:
    code = "import os\nprint(sum(name.isdecimal() for name in os.listdir('/proc')) <= 4)"

    assert confined(code).stdout == "True\n"


def test_number_of_processes_is_limited(confined: Run) -> None:
    code = """
import os
import time
started = 0
try:
    while started < 1000:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        started += 1
except BlockingIOError:
    print(started > 50)
"""
    assert confined(code).stdout == "True\n"
    assert confined("print('again')").stdout == "again\n"


def test_killing_everything_is_an_outcome_and_the_worker_lives(confined: Run) -> None:
    assert (
        confined("import os\nassert os.getpid() < 1000\nos.kill(-1, 9)\nos.kill(os.getpid(), 9)").limit
        == "killed"
    )
    assert confined("print('again')").stdout == "again\n"


def test_cache_of_compiled_code_is_kept_apart_from_the_submission(confined: Run) -> None:
    code = "import sys\nprint(sys.pycache_prefix)"

    assert confined(code).stdout == "/tmp/pycache\n"


def test_server_without_a_socket_cannot_be_reached_from_a_sandbox(
    backend: SandboxBackend, tmp_path: Path
) -> None:
    with pytest.raises(HarnessFault, match="socket"), backend.sandbox(tmp_path, None):
        pytest.fail("there is no way to the server")


@pytest.mark.docker
def test_container_has_limits(container_sandbox: ContainerSandboxBackend, tmp_path: Path) -> None:
    with running(container_sandbox, tmp_path) as run, engine() as client:
        assert run("print('here')").stdout == "here\n"
        label = f"migration-grader.run={container_sandbox._run}"
        (container,) = client.containers.list(filters={"label": label})
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        assert client.containers.list(all=True, filters={"label": label}, ignore_removed=True) != []
    with engine() as client:
        assert client.containers.list(all=True, filters={"label": label}, ignore_removed=True) == []

    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"]
    assert host["AutoRemove"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["LogConfig"]["Type"] == "none"
    assert host["IpcMode"] == "none"
    assert host["Memory"] == host["MemorySwap"] > 0
    assert 0 < host["PidsLimit"] < 1000
    assert host["CpuQuota"] > 0
    assert {limit["Name"] for limit in host["Ulimits"]} == {"nofile", "nproc", "fsize", "core"}
    assert {mount["Target"]: mount["ReadOnly"] for mount in host["Mounts"]} == {
        "/etc/hosts": True,
        "/submission": True,
        "/sockets": True,
    }
    assert int(config["User"].partition(":")[0]) >= 20_000


@pytest.mark.docker
def test_memory_of_all_processes_together_is_limited(
    container_sandbox: ContainerSandboxBackend, tmp_path: Path
) -> None:
    code = """
import os
import time
for _ in range(8):
    if os.fork() == 0:
        held = b"x" * (500 * 1024 * 1024)
        time.sleep(600)
os.wait()
print("one of them was ended")
"""
    with running(container_sandbox, tmp_path) as run:
        outcome = run(code)
        assert outcome.stdout == "one of them was ended\n" or outcome.limit in ("memory", "killed")
        assert run("print('again')").stdout == "again\n"


_CAP_SYS_RESOURCE = 24
ENGINE_SETS_SCORES = bool(
    int(re.findall(r"CapBnd:\s*(\w+)", Path("/proc/self/status").read_text())[0], 16) >> _CAP_SYS_RESOURCE & 1
)
"""Whether an engine of this machine has the right that makes a score final. Some virtual machines lack it."""
HOG = """
import os
import time
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        held = b"x" * (60 * 1024 * 1024)
        time.sleep(600)
time.sleep(600)
"""


@pytest.mark.parametrize("isolation", SANDBOXES)
def test_a_step_whose_processes_together_take_too_much_is_ended(
    request: pytest.FixtureRequest, isolation: str, tmp_path: Path
) -> None:
    sandbox = request.getfixturevalue(isolation)
    with running(sandbox, tmp_path, total_bytes=160 * 1024**2) as run:
        outcome = run(HOG)
        assert (outcome.limit, outcome.exit_code) == ("memory", None)
        assert run("held = b'x' * (60 * 1024 * 1024)\nprint('enough')").stdout == "enough\n"


@pytest.mark.parametrize("isolation", SANDBOXES)
def test_a_step_is_the_first_to_end_when_memory_runs_out_and_stays_it(
    request: pytest.FixtureRequest, isolation: str, tmp_path: Path
) -> None:
    code = """
import contextlib
import os
for process in ("self", os.getppid(), 1):
    for score in ("-1000", "0", "999"):
        with contextlib.suppress(OSError), open(f"/proc/{process}/oom_score_adj", "w") as file:
            file.write(score)
print(open("/proc/self/oom_score_adj").read())
"""
    with running(request.getfixturevalue(isolation), tmp_path) as run:
        assert run("print(open('/proc/self/oom_score_adj').read())").stdout.split() == ["1000"]
        if isolation == "bubblewrap_sandbox" or ENGINE_SETS_SCORES:
            assert run(code).stdout.split() == ["1000"]


@pytest.mark.docker
def test_number_of_files_is_limited(container_sandbox: ContainerSandboxBackend, tmp_path: Path) -> None:
    code = "for number in range(300_000):\n    open(f'/tmp/{number}', 'w').close()"

    with running(container_sandbox, tmp_path) as run:
        assert "No space left on device" in run(code).stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_a_harness_that_is_killed(
    number: signal.Signals, backend: SandboxBackend, tmp_path: Path
) -> None:
    command = [sys.executable, str(HOLDER), backend.name, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        assert holder.stdout is not None
        run = holder.stdout.readline().decode().strip()
        assert run
        started = children(holder.pid)
        holder.send_signal(number)
    if backend.name == "container":
        with engine() as client:
            filters = {"label": f"migration-grader.run={run}"}
            wait_until(
                lambda: not client.containers.list(all=True, filters=filters, ignore_removed=True),
                "the container is gone",
            )
    else:
        assert started
        wait_until(lambda: not any(Path(f"/proc/{item}").exists() for item in started), "bubblewrap is gone")
