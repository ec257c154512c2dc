"""Links in a submission that lead to a step's own `.env`."""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.runtime.env_links import TARGET, env_links
from grader.runtime.sandbox.worker import ENV_FILE_DESCRIPTOR


def test_links_are_there_within_the_block_only(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".env").touch()
    with env_links(tmp_path, (".env", "sub/.env", "sub/.env.local")):
        for name in (".env", "sub/.env", "sub/.env.local"):
            assert (tmp_path / name).readlink() == Path(TARGET)
    assert (tmp_path / ".env").read_bytes() == b""
    assert not (tmp_path / ".env").is_symlink()
    assert list((tmp_path / "sub").iterdir()) == []


def test_what_the_submission_has_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / "a.env").write_text("A=1\n")
    with env_links(tmp_path, (".env", "a.env")):
        assert (tmp_path / "a.env").read_text() == "A=1\n"
        assert (tmp_path / ".env").is_dir()


def test_a_folder_that_the_submission_removed_is_no_fault_of_the_grader(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".env").touch()
    (tmp_path / "other").mkdir()
    with env_links(tmp_path, ("sub/.env", "other/.env")):
        shutil.rmtree(tmp_path / "sub")
        shutil.rmtree(tmp_path / "other")
        (tmp_path / "other").write_text("a file now")
    assert not (tmp_path / "sub").exists()


def test_the_links_lead_to_what_the_worker_opens() -> None:
    assert f"/dev/fd/{ENV_FILE_DESCRIPTOR}" == TARGET
