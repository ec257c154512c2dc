"""Two commands do not work in one folder of reports."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path
from typing import NoReturn

import pytest

from grader.errors import UsageError
from grader.files.reservation import reading_in, writing_in


def test_a_second_command_is_refused_and_the_folder_named(tmp_path: Path) -> None:
    with writing_in(tmp_path):
        for other in (writing_in, reading_in):
            with pytest.raises(UsageError, match="at work in") as caught, other(tmp_path):
                pytest.fail("both are at work")
            assert str(tmp_path) in caught.value.message
            assert caught.value.next_step
    with writing_in(tmp_path):
        pass


def test_two_may_read_and_none_may_write_meanwhile(tmp_path: Path) -> None:
    with reading_in(tmp_path), reading_in(tmp_path):  # noqa: SIM117 - one after the other
        with pytest.raises(UsageError), writing_in(tmp_path):
            pytest.fail("somebody reads there")


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with writing_in(tmp_path):
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_by_two_names_is_one(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "link").symlink_to("reports")
    with writing_in(tmp_path / "reports"), pytest.raises(UsageError), writing_in(tmp_path / "link"):
        pytest.fail("both are at work")


def test_what_is_no_folder_is_for_others_to_say(tmp_path: Path) -> None:
    with reading_in(tmp_path / "none"):
        pass


def test_where_there_are_no_locks_the_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with writing_in(tmp_path):
        pass
