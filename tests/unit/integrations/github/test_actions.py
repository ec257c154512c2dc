"""GitHub Actions: workflow commands in the log, the job summary and the output."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from grader.errors import GraderError, NothingToGradeError, UnavailableError
from grader.integrations.github.actions import (
    annotate_errors,
    announce_low,
    commands_stopped,
    folder_in_repository,
    publish,
)
from grader.report.formats.github import SUMMARY_BYTES
from grader.report.render.classroom import classroom_result
from tests.unit.report.render.samples import sample

GUARDED = re.compile(r"::stop-commands::(?P<token>[0-9a-f]{32})\n(?P<inside>.*)::(?P=token)::\n", re.DOTALL)


def test_output_inside_the_block_is_not_taken_for_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with commands_stopped(enabled=True):
        sys.stdout.write("::error::from a submission\n")
    match = GUARDED.fullmatch(capsys.readouterr().out)
    assert match
    assert match["inside"] == "::error::from a submission\n"


def test_commands_work_again_after_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), commands_stopped(enabled=True):
        raise ValueError("broken")
    assert GUARDED.fullmatch(capsys.readouterr().out)


def test_no_token_is_used_twice(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with commands_stopped(enabled=True):
            pass
    first, _, second, _ = capsys.readouterr().out.splitlines()
    assert first != second


def test_elsewhere_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with commands_stopped(enabled=False):
        pass
    assert capsys.readouterr().out == ""


def test_the_summary_goes_after_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# From the step before\n\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    publish([sample()], {})
    assert path.read_text("utf-8").startswith("# From the step before\n\n# grace: 75 of 100 points\n")
    assert capsys.readouterr().out.startswith("::error title=grace%3A ")


def test_the_summary_leaves_room_for_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * (SUMMARY_BYTES - 200))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    publish([sample()], {})
    assert SUMMARY_BYTES - 200 < path.stat().st_size <= SUMMARY_BYTES


def test_without_a_summary_file_none_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    publish([sample("perfect")], {})
    assert capsys.readouterr().out == ""
    assert not list(tmp_path.iterdir())


def test_a_summary_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(GraderError, match="what GitHub is to show cannot be written"):
        publish([sample()], {})


def test_the_output_is_there_for_one_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "output"
    path.write_text("of=before\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    publish([sample(), sample("perfect")], {})
    assert path.read_text() == "of=before\n"
    publish([sample()], {})
    assert path.read_text() == f"of=before\nresult={classroom_result(sample())}\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            NothingToGradeError("No submission has changed.", next_step="There is nothing to do."),
            "::notice title=Nothing to grade::No submission has changed.%0AThere is nothing to do.\n",
        ),
        (
            UnavailableError("100% gone,", next_step=""),
            "::error title=Nothing was graded; no points were lost::100%25 gone,\n",
        ),
        (
            ZeroDivisionError("secret"),
            (
                "::error title=The grader failed%2C not the work::This is a fault of the grader itself; it "
                "says nothing about the work and costs no points. The log has what its maintainers need to "
                "know.\n"
            ),
        ),
    ],
)
def test_an_end_without_a_verdict_is_annotated(
    error: Exception, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for enabled in (True, False):
        with pytest.raises(type(error)), annotate_errors(enabled=enabled):
            raise error
        assert capsys.readouterr().out == (expected if enabled else "")


def test_low_scores_are_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    announce_low(["ada", "a::b"], 62.5)
    announce_low([f"s{number}" for number in range(12)], 100.0)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "::error title=Below 62.5 percent::ada, a::b"
    assert second.endswith("::s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more")


def test_revisions_have_paths_relative_to_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "class" / "ada"
    folder.mkdir(parents=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert folder_in_repository(folder) == "class/ada"
    monkeypatch.delenv("GITHUB_WORKSPACE")
    monkeypatch.chdir(folder)
    assert folder_in_repository(folder) == "."


def test_a_checkout_below_the_workspace_counts_from_its_own_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout" / "class" / "ada"
    folder.mkdir(parents=True)
    (tmp_path / "checkout" / ".git").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert folder_in_repository(folder) == "class/ada"


def test_an_archive_or_a_folder_elsewhere_has_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "repository"
    inside.mkdir()
    (inside / "ada.zip").touch()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(inside))
    assert folder_in_repository(inside / "ada.zip") is None
    assert folder_in_repository(tmp_path) is None
