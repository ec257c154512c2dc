"""`grader export --to gradescope-autograder` at the command line."""

from __future__ import annotations

import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import file as assignment_file
from grader.cli import main as cli


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the signal handlers after the test."""
    before = {number: signal.getsignal(number) for number in cli.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run commands in a temporary folder."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> int:
    """The command's exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["export", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ((), "autograder.zip"),
        (("--out", "ours.zip"), "ours.zip"),
        (("--output", "new/ours.zip", "--assignment", str(assignment_file.default_path())), "new/ours.zip"),
    ],
)
def test_the_zip_is_written_where_it_is_asked_for(
    options: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--to", "gradescope-autograder", *options) == 0
    assert zipfile.ZipFile(name).testzip() is None
    assert f"Written: {name} (" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("reports", "--to", "gradescope-autograder"), "does not go with a folder of reports"),
        (("--to", "gradescope-autograder", "--roster", "class.csv"), "does not go with --roster"),
        (("--to", "gradescope-autograder", "--assignment", "none.toml"), "none.toml"),
        (("--to", "gradescope"), "--to gradescope takes a folder of reports"),
        (("reports", "--to", "csv", "--assignment", "a.toml"), "--assignment goes with"),
    ],
)
def test_options_that_contradict_are_named_and_nothing_is_written(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err
    assert list(Path().iterdir()) == []
