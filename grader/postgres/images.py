"""The container image that servers start from: its name, whether it is there, and how it is built.

The name holds a hash of the files that the image is built from, so that an image of another release of the
grader is never mistaken for this one's.
"""

from __future__ import annotations

import hashlib
import io
import socket
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

import docker
import docker.errors
import requests.exceptions
from testcontainers.core.docker_client import DockerClient, get_docker_host

from grader import __version__
from grader.errors import UnavailableError

Progress = Callable[[str], None]
"""Takes a line of text for whoever waits."""

_REPOSITORY = "migration-grader-postgres"
_PROGRAMS = ("initialise", "run-server")
_FILES = ("Dockerfile", *_PROGRAMS)
_ENGINE_SECONDS = 20
_BUILD_SECONDS = 1800
_SHOWN_LINES = 12
_DEFAULT_ENGINE = "unix:///var/run/docker.sock"
BUILD_COMMAND = "grader image build"


def image_name() -> str:
    """Give the name and tag of the image of this release."""
    digest = hashlib.sha256(__version__.encode())
    for name, content in _context_files():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return f"{_REPOSITORY}:{digest.hexdigest()[:16]}"


def image_present() -> bool:
    """Tell whether the engine has the image.

    Raises:
        UnavailableError: no engine answers.
    """
    with engine() as client:
        return _present(client)


def docker_problem() -> str | None:
    """Why no server can be had in a container, and what to do about it; None when one can."""
    try:
        present = image_present()
    except UnavailableError as error:
        return f"{error.message} {error.next_step}"
    return None if present else f"The image {image_name()} is not there: run `{BUILD_COMMAND}`."


def ensure_image(progress: Progress) -> str:
    """Build the image if it is not there; give its name.

    Raises:
        UnavailableError: no engine answers, or the build failed.
    """
    return image_name() if image_present() else build_image(progress)


def build_image(progress: Progress) -> str:
    """Build the image, whether it is there or not; give its name.

    Args:
        progress: called with every line that the engine has to say.

    Raises:
        UnavailableError: no engine answers, or the build failed; the message ends with its last lines.
    """
    name = image_name()
    said: list[str] = []
    with engine(seconds=_BUILD_SECONDS) as client:
        events = client.api.build(
            fileobj=_context(), custom_context=True, tag=name, rm=True, forcerm=True, decode=True
        )
        failure = ""
        for event in events:  # to the end even after a failure: only then the connection is given back
            failure = failure or str(event.get("error", "")).strip()
            for line in str(event.get("stream", "")).splitlines():
                if line.strip():
                    said.append(line.rstrip())
                    progress(line.rstrip())
    if failure:
        raise UnavailableError(_build_failure(failure, said), next_step=_BUILD_NEXT_STEP)
    return name


@contextmanager
def engine(*, seconds: int = _ENGINE_SECONDS) -> Iterator[docker.DockerClient]:
    """Talk to the container engine within the block.

    Raises:
        UnavailableError: no engine answers, or it refused what was asked of it.
    """
    try:
        _knock()
        client = DockerClient(timeout=seconds).client
        try:
            client.ping()
            yield client
        finally:
            client.close()
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        raise UnavailableError(
            f"No container engine can be used: {_reason(error)}.", next_step=_hint(error)
        ) from error


def _knock() -> None:
    """Fail at once, and with a plain reason, if nobody listens on the engine's Unix socket.

    The docker client would try several times, wrap the reason up, and leave its sockets unclosed.
    """
    address = get_docker_host() or _DEFAULT_ENGINE
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_ENGINE_SECONDS)
            probe.connect(address.removeprefix("unix://"))


def _present(client: docker.DockerClient) -> bool:
    try:
        client.images.get(image_name())
    except docker.errors.ImageNotFound:
        return False
    return True


def _context_files() -> Iterator[tuple[str, bytes]]:
    folder = files("grader.postgres").joinpath("image")
    for name in _FILES:
        yield name, folder.joinpath(name).read_bytes()


def _context() -> io.BytesIO:
    """Pack the files that the image is built from, the same bytes on every machine."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in _context_files():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755 if name in _PROGRAMS else 0o644
            archive.addfile(entry, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def _build_failure(error: str, said: list[str]) -> str:
    lines = [*said[-_SHOWN_LINES:], error]
    return "The container image could not be built. The engine said:\n  " + "\n  ".join(lines)


def _reason(error: BaseException) -> str:
    """The innermost cause: docker's own messages wrap it several times over."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__


def _hint(error: BaseException) -> str:
    if "permission denied" in _reason(error).lower():
        return "Add your user to the group `docker`, log in again, and check with `docker info`."
    return "Start Docker and check with `docker info`, or use `--postgres embedded`."


_BUILD_NEXT_STEP = (
    "The build needs the image debian:trixie-slim and Debian's package servers. Without a registry, make "
    "that image with debootstrap and `docker import`; or use `--postgres embedded`."
)
