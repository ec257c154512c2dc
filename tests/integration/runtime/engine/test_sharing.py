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
    container_backend: ContainerBackend,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[docker.DockerClient]:
    """The container engine, of which nothing is known yet."""
    assert container_backend.problem() is None
    monkeypatch.setattr(sharing, "_found", {})
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
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


def test_a_yes_is_kept_for_the_next_run(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    assert shared(tmp_path)
    monkeypatch.setattr(sharing, "_found", {})
    monkeypatch.delattr(sharing, "_seen")
    assert shared(tmp_path)


@pytest.mark.parametrize("change", ["boot", "forget", "nothing", "temporary"])
def test_what_may_be_another_engine_is_asked_again(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    assert client.ping()
    assert shared(tmp_path)
    if change == "boot":
        boot = tmp_path / "boot_id"
        boot.write_text("another\n", encoding="ascii")
        monkeypatch.setattr(sharing, "_BOOT", boot)
    elif change == "forget":
        sharing.forget(tmp_path)
    elif change == "nothing":
        sharing.shares_nothing(tmp_path)
    else:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sharing, "_found", {})
    monkeypatch.setattr(sharing, "_seen", lambda *_: False)
    assert not shared(tmp_path)


def test_a_no_is_not_kept(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    with monkeypatch.context() as other:
        other.setattr(sharing, "_seen", lambda *_: False)
        assert not shared(tmp_path)
    monkeypatch.setattr(sharing, "_found", {})
    assert shared(tmp_path)


def test_of_an_engine_behind_an_address_nothing_is_kept(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.ping()
    monkeypatch.setattr(sharing, "engine_address", lambda: "tcp://127.0.0.1:2375")
    assert shared(tmp_path)
    monkeypatch.setattr(sharing, "_found", {})
    monkeypatch.setattr(sharing, "_seen", lambda *_: False)
    assert not shared(tmp_path)


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
