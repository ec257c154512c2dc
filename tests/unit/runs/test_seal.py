"""Which observations have a valid seal."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from grader.runs.seal import SEAL, Seal


def sealed(folder: Path, seal: Seal, submission_id: str = "ada", data: bytes = b"{}") -> Path:
    content = seal.of(submission_id, data)
    assert content is not None
    (folder / SEAL).write_bytes(content)
    return folder


def test_a_seal_is_recognised(tmp_path: Path) -> None:
    first = Seal.of_this_user(tmp_path / "state")
    sealed(tmp_path, first)
    again = Seal.of_this_user(tmp_path / "state")
    assert again.is_on(tmp_path, "ada", b"{}")
    assert again == first


def test_a_seal_is_valid_only_for_its_observations_and_submission(tmp_path: Path) -> None:
    seal = Seal(b"key")
    sealed(tmp_path, seal)
    assert not seal.is_on(tmp_path, "ada", b"{ }")
    assert not seal.is_on(tmp_path, "grace", b"{}")
    assert not Seal(b"another").is_on(tmp_path, "ada", b"{}")
    (tmp_path / SEAL).unlink()
    assert not seal.is_on(tmp_path, "ada", b"{}")


def test_submission_ids_that_cannot_be_encoded(tmp_path: Path) -> None:
    assert Seal(b"key").is_on(sealed(tmp_path, Seal(b"key"), "a\udcfc"), "a\udcfc", b"{}")


def test_without_a_key_no_seal_is_valid(tmp_path: Path) -> None:
    nobody = Seal(None)
    assert nobody.of("ada", b"{}") is None
    assert not nobody.is_on(sealed(tmp_path, Seal(b"key")), "ada", b"{}")


def test_only_the_user_can_read_the_key(tmp_path: Path) -> None:
    assert "key" not in repr(Seal.of_this_user(tmp_path / "state"))[5:].replace("key=", "")
    (path,) = (tmp_path / "state").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    path.chmod(0o644)
    assert Seal.of_this_user(tmp_path / "state") == Seal(None)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_file_that_is_not_a_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seal-key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert Seal.of_this_user(tmp_path) == Seal(None)


def test_a_link_is_not_accepted_as_a_key(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(bytes(32))
    target.chmod(0o600)
    (tmp_path / "seal-key").symlink_to(target)
    assert Seal.of_this_user(tmp_path) == Seal(None)


def test_a_home_that_cannot_hold_a_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Seal.of_this_user(tmp_path / "file" / "state") == Seal(None)


def test_the_default_folder_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    Seal.of_this_user()
    assert (tmp_path / "migration-grader" / "seal-key").exists()
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Seal.of_this_user()
    assert (tmp_path / "home" / ".local" / "state" / "migration-grader" / "seal-key").exists()


def test_runs_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    barrier, made = threading.Barrier(8), []

    def make() -> None:
        barrier.wait()
        made.append(Seal.of_this_user(tmp_path / "state"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({seal.key for seal in made}) == 1
    assert None not in {seal.key for seal in made}
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["seal-key"]
