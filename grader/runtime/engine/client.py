"""Talking to the container engine, and what to tell a person when it does not answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import docker
import docker.errors
import requests
import requests.exceptions
from testcontainers.core.docker_client import DockerClient, get_docker_host

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.engine.attachment import AttachmentError

_ENGINE_SECONDS = 20
_DEFAULT_ENGINE = "unix:///var/run/docker.sock"
_versions: dict[str, str] = {}
"""The version of the API that each engine speaks, by the engine's address."""
_programs: dict[str, str] = {}
"""What each engine says that it is, with its version, by the engine's address."""
_ENGINE_ERRORS = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)


@contextmanager
def engine(*, seconds: int = _ENGINE_SECONDS) -> Iterator[docker.DockerClient]:
    """Talk to the container engine within the block.

    Raises:
        UnavailableError: no engine answers, or it refused what was asked of it.
    """
    try:
        _knock()
        client = DockerClient(timeout=seconds, **client_options()).client
        try:
            _versions[engine_address()] = client.api.api_version
            client.api.hooks["response"].append(partial(_remember_program, engine_address()))
            yield client
        finally:
            client.close()
    except _ENGINE_ERRORS as error:
        reason = _reason(error)
        hint = "Start Docker and check with `docker info`, or use `--postgres embedded`."
        if "permission denied" in reason.lower():
            hint = "Add your user to the group `docker`, log in again, and check with `docker info`."
        raise UnavailableError(f"No container engine can be used: {reason}.", next_step=hint) from error


def client_options() -> dict[str, Any]:
    """Arguments for another client of the same engine: with the known version it need not ask for it."""
    return {"version": _versions.get(engine_address())}


@contextmanager
def engine_faults(doing: str, instead: str) -> Iterator[None]:
    """Turn the engine's failures into faults of the harness.

    Args:
        doing: what is being done, as the end of "The container engine failed while ...".
        instead: the option that does without the engine.

    Raises:
        HarnessFault: the engine, or a container, failed within the block.
    """
    try:
        yield
    except (AttachmentError, *_ENGINE_ERRORS) as error:
        raise HarnessFault(
            f"The container engine failed while {doing}: {error}",
            next_step=f"Check with `grader doctor` and grade again; or use `{instead}`.",
        ) from error


def _knock() -> None:
    """Fail at once, and with a plain reason, if nobody listens on the engine's Unix socket.

    The docker client would try several times, wrap the reason up, and leave its sockets unclosed.
    """
    address = engine_address()
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_ENGINE_SECONDS)
            probe.connect(address.removeprefix("unix://"))


def engine_address() -> str:
    """Where the engine is, as `DOCKER_HOST` spells it."""
    return get_docker_host() or _DEFAULT_ENGINE


def engine_identity() -> tuple[str, str]:
    """The engine's address, and what it is with its version: `Docker/27.5.1 (linux)`.

    It costs nothing where the engine has answered something before.

    Raises:
        UnavailableError: no engine answers.
    """
    address = engine_address()
    if address not in _programs:
        with engine() as client:
            client.ping()
    return address, _programs.get(address, "")


def _remember_program(address: str, response: requests.Response, *_: object, **__: object) -> None:
    """Keep what an engine says of itself in the head of every answer."""
    _programs[address] = response.headers.get("Server", "")


def _reason(error: BaseException) -> str:
    """The innermost cause: docker's own messages wrap it several times over."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
