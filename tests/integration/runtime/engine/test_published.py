"""Images are taken from a real registry where it has them, and built where it does not."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest

from grader.runtime.engine.client import engine
from grader.runtime.engine.image import Image
from grader.runtime.engine.published import VARIABLE
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import sandbox_image
from tests.conftest import require
from tests.integration import registry
from tests.integration.command import Place

if TYPE_CHECKING:
    from grader.runtime.postgres.container import ContainerBackend

pytestmark = pytest.mark.docker

DOCKERFILE = b"FROM scratch\nCOPY content /\n"


@pytest.fixture
def client(container_backend: ContainerBackend) -> Iterator[docker.DockerClient]:
    """The container engine."""
    assert container_backend.problem() is None
    with engine() as found:
        yield found


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A registry on this machine, with nothing in it."""
    require(registry)
    with registry.running_registry(tmp_path) as found:
        yield found


@pytest.fixture
def image(client: docker.DockerClient) -> Iterator[Image]:
    """An image of a few bytes that neither the engine nor a registry has."""
    made = Image("migration-grader-test", {"Dockerfile": DOCKERFILE, "content": token_hex().encode()})
    yield made
    if client.images.list(name=made.name):
        client.images.remove(made.name)


def publish(client: docker.DockerClient, image: Image, address: str) -> str:
    """Give the image to the registry, and remove it here. Returns its id."""
    list(image.build())
    repository, _, tag = image.name.rpartition(":")
    there = f"{address}/course/{repository}"
    built = client.images.get(image.name)
    built.tag(there, tag=tag)
    pushed = client.images.push(there, tag=tag)
    assert "error" not in pushed, pushed
    client.images.remove(f"{there}:{tag}")
    client.images.remove(image.name)
    return str(built.id)


def test_published_image_is_taken(
    client: docker.DockerClient, image: Image, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = publish(client, image, address)
    monkeypatch.setenv(VARIABLE, f"{address}/course")
    monkeypatch.setattr(Image, "build", lambda _: pytest.fail("it was built"))
    lines: list[str] = []

    image.ensure(lines.append)

    assert client.images.get(image.name).id == published
    assert lines == [f"Looking for {address}/course/{image.name}"]
    assert client.images.list(name=f"{address}/course/*") == []  # nothing under another name is left


def test_image_that_is_not_published_is_built(
    client: docker.DockerClient, image: Image, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{address}/course")
    lines: list[str] = []

    image.ensure(lines.append)

    assert client.images.get(image.name)
    assert lines[1] == f"It is not there, so it is built: {image.name}"


def test_registry_that_does_not_answer_leads_to_a_build(
    client: docker.DockerClient, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "127.0.0.1:1/course")
    lines: list[str] = []

    image.ensure(lines.append)

    assert client.images.get(image.name)
    assert lines[1].startswith("It cannot be taken from there (")
    assert lines[1].endswith(f"), so it is built: {image.name}")


def test_contexts_hold_all_that_an_image_is_built_from(tmp_path: Path) -> None:
    contexts = tmp_path / "contexts"

    done = Place(tmp_path).run("image", "context", contexts)

    assert (done.returncode, done.stderr) == (0, "")
    images = postgres_image(), sandbox_image()
    assert done.stdout.splitlines() == [f"{image.name} {contexts / image.repository}.tar" for image in images]
    for image in images:
        with tarfile.open(contexts / f"{image.repository}.tar") as archive:
            found = {entry.name: archive.extractfile(entry) for entry in archive}
            held = {name: content.read() for name, content in found.items() if content is not None}
        assert held.items() >= image.files.items()
    pins = images[1].files["requirements.txt"].decode().split()
    wheels = [name for name in held if name.startswith("wheels/")]
    assert len(wheels) == len(pins)
