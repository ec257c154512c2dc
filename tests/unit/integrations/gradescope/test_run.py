"""The program in Gradescope's container, without a server: faults, and the choice of isolation."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import HarnessFault, UnavailableError
from grader.integrations.gradescope.other_user import OtherUserBackend
from grader.integrations.gradescope.run import main, strongest
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.text.console import plain_console


@pytest.fixture
def no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without namespaces."""
    monkeypatch.setattr(BubblewrapBackend, "problem", lambda _: "not permitted")


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who is not root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)


def test_a_fault_leaves_no_result_not_even_an_earlier_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results" / "results.json"
    results.parent.mkdir()
    results.write_text('{"score": 100}')
    assert main(["--autograder", str(tmp_path)]) == 2
    assert not results.exists()
    printed = capsys.readouterr().out
    assert "there is no score" in printed
    assert f"{tmp_path}/source/assignment/assignment.toml" in printed


@pytest.mark.usefixtures("no_walls")
def test_another_user_is_taken_where_there_are_no_namespaces(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")
    assert strongest(plain_console()).name == "another user"
    assert capsys.readouterr().out == "Nothing stronger: bubblewrap: not permitted\n"


def test_bubblewrap_is_taken_where_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BubblewrapBackend, "problem", lambda _: None)
    assert strongest(plain_console()).name == "bubblewrap"


@pytest.mark.usefixtures("no_walls", "anybody")
def test_code_is_never_run_without_any_isolation() -> None:
    with pytest.raises(UnavailableError) as caught:
        strongest(plain_console())
    assert caught.value.next_step == (
        "bubblewrap: not permitted; another user: another user can only be had by root, on Linux"
    )


def test_another_user_needs_a_socket(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault), OtherUserBackend().sandbox(tmp_path, None):
        pass
