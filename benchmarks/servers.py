"""PostgreSQL servers for the other tools, started by `docker` commands.

There are two kinds, both from the grader's image, because it may be the only one on the machine. One
initialises its cluster when it starts, as the official image does. The other uses the cluster in the image.
Uses nothing of the grader.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import BenchmarkError

DATABASE = "exercise"
"""The database on a fresh server."""
_INITIALISE = f"""set -eu
printf %s "$POSTGRES_PASSWORD" > /tmp/password
initdb --pgdata=/srv/data/main --username=postgres --pwfile=/tmp/password --auth-host=scram-sha-256 \\
    --encoding=UTF8 --locale=C.UTF-8
echo 'host all all all scram-sha-256' >> /srv/data/main/pg_hba.conf
pg_ctl --pgdata=/srv/data/main --options='-c listen_addresses= -k /tmp' --wait start
psql --host=/tmp --username=postgres --command='CREATE DATABASE {DATABASE}'
pg_ctl --pgdata=/srv/data/main --mode=fast --wait stop
exec postgres -D /srv/data/main -c listen_addresses=* -k /tmp
"""
"""The steps of the official image for an empty volume: a cluster, a server that only its own container can
reach to create the database, and then the real server. All settings are defaults."""
_STATEMENT_TIMEOUT = {"PGOPTIONS": "-c statement_timeout=30s"}
"""The time limit of a statement, the same as in the grader."""
_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class RunningServer:
    """A running server, and how the commands of a submission reach its database."""

    variables: dict[str, str]
    """`DIRECT_URL`, `DATABASE_URL`, and other variables for libpq."""
    container: str
    """The container's name or id."""


@contextmanager
def fresh_server(image: str) -> Iterator[RunningServer]:
    """Start a server that initialises its cluster, with an empty database, on a published port.

    Raises:
        BenchmarkError: it does not start.
    """
    password = secrets.token_hex(8)
    name = f"benchmark-{secrets.token_hex(6)}"
    published = ("--publish", "127.0.0.1::5432", "--volume", "/srv/data")
    variable = ("--env", f"POSTGRES_PASSWORD={password}")
    docker(
        "run", "--detach", "--name", name, *published, *variable, "--entrypoint=sh", image, "-c", _INITIALISE
    )
    try:
        _wait_until_ready(name)
        address = docker("port", name, "5432/tcp").splitlines()[0]
        url = f"postgresql://postgres:{password}@{address}/{DATABASE}"
        yield RunningServer({"DIRECT_URL": url, "DATABASE_URL": url, **_STATEMENT_TIMEOUT}, name)
    finally:
        docker("rm", "--force", "--volumes", name)


def _wait_until_ready(name: str) -> None:
    """Poll, as a script would do. The server that creates the database does not listen on TCP."""
    deadline = time.monotonic() + _READY_SECONDS
    asked = ["docker", "exec", name, "pg_isready", "--quiet", "--host=127.0.0.1"]
    while subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"the server did not start:\n{docker('logs', name)[-1000:]}")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def prepared_server(image: str, settings: Sequence[str] = ()) -> Iterator[RunningServer]:
    """Start a server with the cluster in the image, reached by a socket. The database is `postgres`.

    Args:
        image: the grader's image of PostgreSQL.
        settings: arguments of `postgres`.

    Raises:
        BenchmarkError: it does not start.
    """
    with TemporaryDirectory(prefix="benchmark-") as folder:
        Path(folder).chmod(0o777)  # the server's user is another
        name = f"benchmark-{secrets.token_hex(6)}"
        options = (
            *("--interactive", "--rm", "--name", name, "--network=none"),
            *("--mount", f"type=bind,src={folder},dst=/srv/socket"),
            *("--tmpfs", "/srv/data:uid=5432,gid=5432,mode=0700"),
        )
        arguments = (*settings, "-c", "unix_socket_directories=/srv/socket", "-c", "listen_addresses=")
        with subprocess.Popen(
            ["docker", "run", *options, image, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                url = f"postgresql://postgres:{_password(process)}@/postgres"
                way = {"DIRECT_URL": url, "DATABASE_URL": url, "PGHOST": folder, "PGPORT": "5432"}
                yield RunningServer({**way, **_STATEMENT_TIMEOUT}, name)
            finally:
                process.communicate()  # closes its input, which ends the container


def _password(process: subprocess.Popen[str]) -> str:
    """Read the output of the container up to `ready`, and return the password in it."""
    password, said = "", []
    for line in process.stdout or ():
        words = line.split()
        if words[:1] == ["password"]:
            password = words[1]
        elif words == ["ready"]:
            return password
        else:
            said.append(line)
    raise BenchmarkError("the server did not start:\n" + "".join(said)[-1000:])


def docker(*arguments: str) -> str:
    """Run `docker` and return its output.

    Raises:
        BenchmarkError: it failed.
    """
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"docker {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def docker_problem() -> str | None:
    """Why `docker` does not work on this machine; None if it works."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    done = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "no container engine answers"
