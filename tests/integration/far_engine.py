"""A second container engine that sees no file of ours, reached over TCP, as an engine on another machine is.

It is a `dockerd` in namespaces of its own. Its mounts hide the folders for temporary files. It has a network
of its own, because without a bridge it would remove the one of the first engine. So it listens on a Unix
socket, and a port on loopback of this process leads there, with or without TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from grader.runtime.sandbox.loopback import CERTIFICATE
from tests.waiting import wait_until

_START = """
set -e
mount --make-rprivate /
for hidden in /tmp /run "$2"; do mount -t tmpfs tmpfs "$hidden"; done
exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/socket" \
    --bridge=none --iptables=false --ip6tables=false
"""
_PLACE = Path("/var/lib")
"""Where the first engine has its layers, too; not among temporary files."""
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class FarEngine:
    """The engine, and how it is reached."""

    client: docker.DockerClient
    """By its Unix socket."""
    environment: Mapping[str, str]
    """The variables that lead a command to it, over TCP."""
    encrypted: Mapping[str, str]
    """The same with TLS."""

    def left(self) -> list[str]:
        """The containers and volumes that there are."""
        containers: list[Any] = self.client.containers.list(all=True, ignore_removed=True)
        volumes: list[Any] = self.client.volumes.list()
        return [*(item.name for item in containers), *(item.name for item in volumes)]


def why_not() -> str | None:
    """Why no such engine can be had here; None if one can."""
    missing = [name for name in ("dockerd", "unshare", "containerd") if shutil.which(name) is None]
    if missing:
        return f"a second engine needs {', '.join(missing)}"
    return None if os.geteuid() == 0 else "only root can start a second engine"


@contextmanager
def far_engine(first: docker.DockerClient, images: Sequence[str]) -> Iterator[FarEngine]:
    """Start an engine that has these images of the first one; nothing is left of it after the block."""
    with ExitStack() as stack:
        top = Path(tempfile.mkdtemp(prefix="grader-far-engine-", dir=_PLACE))
        stack.callback(shutil.rmtree, top, ignore_errors=True)
        log = stack.enter_context((top / "log").open("wb"))
        process = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", _START, "sh", str(top), tempfile.gettempdir()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        stack.callback(_stop, process)
        address = top / "socket"
        wait_until(lambda: address.exists() or process.poll() is not None, "the engine listens")
        assert process.poll() is None, (top / "log").read_text()
        client = docker.DockerClient(f"unix://{address}", timeout=600)
        stack.callback(client.close)
        for image in images:
            client.images.load(first.images.get(image).save(named=True))
        keys = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("ca.pem", "cert.pem", "key.pem"):  # one file holds both, and vouches for itself
            shutil.copy(CERTIFICATE, keys / name)
        plain, encrypted = stack.enter_context(_ports(address))
        yield FarEngine(
            client,
            {"DOCKER_HOST": f"tcp://127.0.0.1:{plain}"},
            {
                "DOCKER_HOST": f"tcp://127.0.0.1:{encrypted}",
                "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": str(keys),
                "REQUESTS_CA_BUNDLE": str(keys / "ca.pem"),  # docker lets one of the machine's own win
            },
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@contextmanager
def _ports(address: Path) -> Iterator[tuple[int, int]]:
    """Two free ports on loopback that lead to the engine, the second one with TLS."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            inner_reader, inner_writer = await asyncio.open_unix_connection(address)
            with contextlib.closing(inner_writer):
                ways = [_pass_on(reader, inner_writer), _pass_on(inner_reader, writer)]
                tasks = [asyncio.ensure_future(way) for way in ways]
                await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
                for task in tasks:
                    task.cancel()

    async def listen() -> list[asyncio.Server]:
        return [await asyncio.start_server(lead, "127.0.0.1", 0, ssl=tls) for tls in (None, _tls())]

    async def close() -> None:
        for server in servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        plain, encrypted = (server.sockets[0].getsockname()[1] for server in servers)
        yield plain, encrypted
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
