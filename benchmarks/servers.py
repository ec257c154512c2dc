"""PostgreSQL servers for what is measured beside the grader, started by plain `docker` command lines.

Two kinds, both from the grader's image, since it may be the only one to be had: one that initialises its
cluster when it starts, as the official image does, and one with the cluster that is in the image. Uses
nothing of the grader.
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
"""The database that there is on a fresh server."""
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
"""What the official image's entry does for an empty volume: a cluster, a server that only its own container
reaches to make the database, and then the server proper. Settings are PostgreSQL's own."""
_PATIENCE = {"PGOPTIONS": "-c statement_timeout=30s"}
"""How long a submission's statement may take: as long as the grader gives it."""
_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Reached:
    """A server that answers, and how a submission's commands reach its database."""

    variables: dict[str, str]
    """`DIRECT_URL`, `DATABASE_URL`, and what libpq needs besides."""
    container: str
    """The container's name or id."""


@contextmanager
def fresh_server(image: str) -> Iterator[Reached]:
    """A server that is initialised now, on a published port, with an empty database.

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
        yield Reached({"DIRECT_URL": url, "DATABASE_URL": url, **_PATIENCE}, name)
    finally:
        docker("rm", "--force", "--volumes", name)


def _wait_until_ready(name: str) -> None:
    """Ask again and again, as a script does; the server that makes the database does not listen on TCP."""
    deadline = time.monotonic() + _READY_SECONDS
    asked = ["docker", "exec", name, "pg_isready", "--quiet", "--host=127.0.0.1"]
    while subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"the server did not start:\n{docker('logs', name)[-1000:]}")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def prepared_server(image: str, settings: Sequence[str] = ()) -> Iterator[Reached]:
    """A server with the image's cluster, reached by a socket; the database is `postgres`.

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
                yield Reached({**way, **_PATIENCE}, name)
            finally:
                process.communicate()  # closes its input, which ends the container


def _password(process: subprocess.Popen[str]) -> str:
    """Read what the image's entry says, up to `ready`; give the password that is in it."""
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
    """Run `docker`; give what it wrote.

    Raises:
        BenchmarkError: it failed.
    """
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"docker {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def docker_problem() -> str | None:
    """Why no `docker` command line works here; None when it does."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    done = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "no container engine answers"
