"""The first engine sees the files of this machine; that is found out by a container, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
import requests

from grader.runtime.engine import sharing
from grader.runtime.engine.client import engine
from grader.runtime.postgres.images import postgres_image

if TYPE_CHECKING:
    from grader.runtime.postgres.container import ContainerBackend

pytestmark = pytest.mark.docker

RUN = "test-sharing"


@pytest.fixture
def client(
    container_backend: ContainerBackend, monkeypatch: pytest.MonkeyPatch
) -> Iterator[docker.DockerClient]:
    """The container engine, of which nothing is known yet."""
    assert container_backend.problem() is None
    monkeypatch.setattr(sharing, "_found", {})
    with engine() as found:
        yield found
        left: list[Any] = found.containers.list(all=True, filters={"label": f"migration-grader.run={RUN}"})
        assert left == []


def shared(folder: Path) -> bool:
    """Whether it is."""
    return sharing.shares_files(postgres_image().name, RUN, folder)


def test_files_of_this_machine_are_seen(client: docker.DockerClient, tmp_path: Path) -> None:
    assert client.ping()
    assert shared(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_is_asked_once(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    assert shared(tmp_path)
    monkeypatch.delattr(sharing, "_seen")
    assert shared(tmp_path)


def test_another_kernel_shares_no_sockets(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    monkeypatch.setattr("platform.release", lambda: "24.6.0")
    assert not shared(tmp_path)


def test_a_folder_without_the_file_is_another_one(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    monkeypatch.setattr(Path, "touch", lambda _self: None)
    monkeypatch.setattr(Path, "unlink", lambda _self: None)
    assert not shared(tmp_path)


def test_a_folder_that_the_engine_refuses_is_not_shared(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **_options: object) -> None:
        raise docker.errors.APIError("bind source path does not exist", response=requests.Response())

    monkeypatch.setattr(type(client.containers), "create", refused)
    assert not shared(tmp_path)


def test_a_missing_image_says_nothing(client: docker.DockerClient, tmp_path: Path) -> None:
    assert client.ping()
    assert sharing.shares_files("migration-grader-none-such:1", RUN, tmp_path)
    assert sharing._found == {}
