"""Which containers are removed: whose owner is gone, and what if the engine is removing one already."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import docker
import docker.errors
import pytest
import requests

from grader.runtime.engine import container

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="owners are known by /proc")


def test_a_running_process_is_not_gone() -> None:
    assert not container.is_gone(container.this_process())
    assert not container.is_gone(container._name(os.getppid()))


def test_another_process_with_the_same_number_does_not_count() -> None:
    place, _, process = container.this_process().rpartition("/")
    pid, _, _ = process.partition("-")

    assert container.is_gone(f"{place}/{pid}-1")


@pytest.mark.parametrize("owner", ["", "nonsense", "other-boot/pid:[1]/1-1", "/", "a/b/c-d"])
def test_unknown_owner_is_not_gone(owner: str) -> None:
    assert not container.is_gone(owner)


def test_without_proc_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_name", lambda _pid: "")

    assert not container.is_gone("")
    assert not container.is_gone("x/1-1")


class BusyEngine(SimpleNamespace):
    """An engine that refuses to remove a container, for the reason given."""

    status: HTTPStatus
    waited: int = 0

    def remove_container(self, _container: str, **_options: object) -> None:
        """Refuse."""
        response = requests.Response()
        response.status_code = self.status
        raise docker.errors.APIError("refused", response=response)

    def wait(self, _container: str, **_options: object) -> dict[str, Any]:
        """Count."""
        self.waited += 1
        return {"StatusCode": 0}


def test_a_removal_that_is_under_way_is_waited_for() -> None:
    busy = BusyEngine(status=HTTPStatus.CONFLICT)

    container.remove(cast("docker.APIClient", busy), "c0ffee")

    assert busy.waited == 1


def test_another_refusal_is_a_fault() -> None:
    with pytest.raises(docker.errors.APIError):
        container.remove(
            cast("docker.APIClient", BusyEngine(status=HTTPStatus.INTERNAL_SERVER_ERROR)), "c0ffee"
        )
