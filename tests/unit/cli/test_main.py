"""The command line: arguments, messages about mistakes, and exit codes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from grader import __version__
from grader.cli import grade_run
from grader.cli import main as cli
from grader.cli.commands import doctor, grade
from grader.errors import (
    GraderError,
    HarnessFault,
    NothingToGradeError,
    UnavailableError,
    UsageError,
)
from grader.judging.judge import error_report, judge
from grader.report.formats import FORMATS
from grader.report.model import GradeReport, SubmissionInfo
from tests.unit.observation_builders import assignment, perfect


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the signal handlers after the test."""
    before = {number: signal.getsignal(number) for number in cli.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: str) -> int:
    """The command's exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def said(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text


# --- the parser -------------------------------------------------------------------------------------------


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"grader {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("grade",), ("image",), ("frobnicate",), ("grade", "x", "--what")])
def test_commands_that_do_not_exist_or_lack_something(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert "usage: grader" in said(capsys)


@pytest.mark.parametrize("arguments", [("--help",), ("grade", "--help"), ("image", "build", "--help")])
def test_help(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 0
    assert "usage: grader" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", ["0", "-1", "1.5", "many", "", "²"])
def test_jobs_must_be_a_number_of_submissions(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "x", f"--jobs={jobs}") == 2
    assert "is not a whole number of at least 1" in said(capsys)


@pytest.mark.parametrize("percent", ["-0.1", "100.1", "nan", "inf", "half", ""])
def test_fail_under_must_be_a_percentage(percent: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "x", f"--fail-under={percent}") == 2
    assert "is not a number from 0 to 100" in said(capsys)


def test_isolation_must_be_a_known_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "x", "--isolation=firm") == 2
    text = said(capsys)
    assert "invalid choice: 'firm'" in text
    assert "none" in text


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        ("pdf", "no report format called pdf"),
        ("json,pdf,odt", "called pdf, odt"),
        ("", "--format names no format"),
        (" , ", "--format names no format"),
    ],
)
def test_formats_must_be_known_ones(formats: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "x", f"--format={formats}") == 2
    text = said(capsys)
    assert message in text
    assert f"Use any of: {', '.join(FORMATS)}." in text


def test_formats_may_have_spaces_between_them() -> None:
    assert grade.formats_in(" json, md ,") == ["json", "md"]


def test_defaults() -> None:
    arguments = cli.parser().parse_args(["grade", "x"])
    assert (arguments.out, arguments.all, arguments.fail_under) == (Path("reports"), False, None)
    assert (arguments.postgres, arguments.isolation) == ("auto", "auto")
    assert arguments.jobs is None


# --- mistakes that show before anything starts ------------------------------------------------------------


def test_a_path_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", str(tmp_path / "nobody"), f"--out={tmp_path}/out") == 2
    assert "nobody does not exist\nName a submission's folder or archive.\n" in said(capsys)
    assert not (tmp_path / "out").exists()


def test_all_takes_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "--all", str(tmp_path), str(tmp_path)) == 2
    assert "--all takes one folder" in said(capsys)


def test_all_of_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", "--all", str(tmp_path)) == 3
    assert "holds no submission" in said(capsys)


def test_an_assignment_file_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grade", str(tmp_path), f"--assignment={tmp_path}/none.toml") == 2
    assert "none.toml" in said(capsys)


def test_an_unknown_kind_of_postgresql(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("grade", str(tmp_path), f"--out={tmp_path}/out", "--isolation=none")
    assert run(*arguments, "--postgres=oracle") == 2
    assert "oracle" in said(capsys)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hunter2@",
        "mysql://ada:hunter2@localhost/db",
        "postgresql://ada:hunter2@localhost:notaport/db",
        "postgresql://ada:hunter2@localhost/db?what=ever",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("grade", str(tmp_path), f"--out={tmp_path}/out", "--isolation=none", f"--postgres={url}") == 2
    text = said(capsys)
    assert "PostgreSQL URL" in text
    assert "hunter2" not in text


# --- how a command ends -----------------------------------------------------------------------------------


def ending_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a command that ends with this error."""

    def fail(_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(doctor, "run", fail)
    return run("doctor")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a message", next_step="a step"), 2),
        (GraderError("a message", next_step="a step"), 2),
        (NothingToGradeError("a message", next_step="a step"), 3),
        (UnavailableError("a message", next_step="a step"), 4),
        (HarnessFault("a message", next_step="a step"), 5),
    ],
)
def test_an_expected_error_is_a_message_a_next_step_and_an_exit_code(
    error: GraderError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending_with(error, monkeypatch) == code
    assert said(capsys) == "grader: a message\na step\n"


def test_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending_with(KeyboardInterrupt(), monkeypatch) == 130
    assert "interrupted" in said(capsys)


def test_a_bug_is_not_taken_for_a_low_score_and_shows_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = RuntimeError("postgresql://ada:hunter2@host/db \x1b[31m\n::error::x")
    assert ending_with(error, monkeypatch) == 5
    text = capsys.readouterr().err
    assert "Traceback (most recent call last)" in text
    assert "this is a fault of the grader itself" in text
    assert "hunter2" not in text
    assert "\x1b" not in text
    assert "\n::error" not in text


def test_messages_are_shown_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "x" * 300
    assert ending_with(UsageError(f"[bold]{long}[/bold] :smile:"), monkeypatch) == 2
    assert said(capsys) == f"grader: [bold]{long}[/bold] :smile:\n"


def test_a_hangup_interrupts_unless_it_is_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    cli.install_signal_handlers()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGHUP)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` leaves it
    cli.install_signal_handlers()
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_a_second_signal_does_not_interrupt_the_clean_up() -> None:
    signal.signal(signal.SIGTERM, cli.interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    for number in cli.SIGNALS:
        signal.raise_signal(number)


# --- exit codes of a run ----------------------------------------------------------------------------------


def report(score: float) -> GradeReport:
    return replace(judge(perfect(), assignment()), score=score)


BROKEN = error_report(assignment(), SubmissionInfo("ada", "ada/", ""), "no space left on device")


@pytest.mark.parametrize(
    ("reports", "fail_under", "code"),
    [
        ([report(0)], None, 0),
        ([report(0)], 0.0, 0),
        ([report(49.9), report(100)], 50.0, 1),
        ([report(50), report(100)], 50.0, 0),
        ([report(100)], 100.0, 0),
        ([BROKEN], None, 5),
        ([BROKEN, report(0)], 50.0, 5),
    ],
)
def test_exit_code_of_a_run(reports: list[GradeReport], fail_under: float | None, code: int) -> None:
    assert grade_run.exit_code(reports, fail_under) == code
