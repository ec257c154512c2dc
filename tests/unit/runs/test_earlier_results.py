"""Which results of an earlier run are taken over, and which submissions are graded again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from grader.errors import GraderError, HarnessFault
from grader.files.atomic import write_atomically
from grader.report.class_record import NOTHING_KNOWN, ClassRecord
from grader.report.overrides import Word
from grader.runs import earlier_results
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_memory import ReducedResult
from grader.runs.seal import SEAL, Seal
from grader.submission.sources import Source
from grader.submission.staging import StagingArea
from tests.unit.runners import Scripted, Told, write_class
from tests.unit.saved_folders import files

KEY = Seal(b"a key")
FORMATS = ("html", "json", "md")


class Class:
    """A class that is graded again and again."""

    def __init__(self, top: Path, count: int) -> None:
        self.out = top / "out"
        self.sources = write_class(top / "class", count)
        self.runner = Scripted(top / "work")

    def grade(
        self,
        *,
        formats: tuple[str, ...] = FORMATS,
        fresh: bool = False,
        seal: Seal = KEY,
        sources: list[Source] | None = None,
        record: ClassRecord = NOTHING_KNOWN,
    ) -> tuple[list[str], list[str], list[ReducedResult]]:
        """Grade; returns the ids that were tried, the ids that were taken over, and all results."""
        self.runner.tried.clear()
        told = Told()
        order = RunSpec(self.out, formats, jobs=1, fresh=fresh, record=record, seal=seal, retry_after=())
        results = grade_all(self.sources if sources is None else sources, self.runner, order, told)
        assert sorted(told.finished + told.unchanged) == sorted(item.report.submission.id for item in results)
        assert [item.report.submission.id for item in results if item.taken_over] == told.unchanged
        return list(self.runner.tried), told.unchanged, results


@pytest.fixture
def graded(tmp_path: Path) -> Class:
    """Three submissions, graded once."""
    made = Class(tmp_path, 3)
    assert made.grade()[0] == ["s0", "s1", "s2"]
    return made


def test_an_unchanged_submission_is_not_graded_again(graded: Class) -> None:
    before = files(graded.out)
    times = {path: path.stat().st_mtime_ns for path in graded.out.rglob("*")}
    tried, taken_over, results = graded.grade()
    assert (tried, taken_over) == ([], ["s0", "s1", "s2"])
    assert all(item.report.score == 100.0 for item in results)
    assert files(graded.out) == before
    assert {path: path.stat().st_mtime_ns for path in graded.out.rglob("*")} == times


def test_a_taken_over_result_equals_a_new_one(graded: Class) -> None:
    _, _, new = graded.grade(fresh=True)
    _, _, old = graded.grade()
    assert [replace(item, taken_over=False) for item in old] == new


def test_fresh_grades_everything_again(graded: Class) -> None:
    assert graded.grade(fresh=True)[0] == ["s0", "s1", "s2"]


def test_only_new_changed_and_failed_submissions_are_graded(graded: Class) -> None:
    def fail(submission_id: str) -> None:
        if submission_id == "s2":
            raise HarnessFault("no server")

    (graded.sources[1].path / "README.md").write_text("something new")
    graded.sources.append(Source("s3", graded.sources[0].path))
    graded.runner._script = fail
    (graded.sources[2].path / "README.md").write_text("something new")
    tried, taken_over, results = graded.grade()
    assert (tried, taken_over) == (["s1", "s2", "s3"], ["s0"])
    assert results[2].report.status == "error"
    graded.runner._script = lambda _: None
    assert graded.grade()[:2] == (["s2"], ["s0", "s1", "s3"])
    assert graded.grade()[0] == []


def test_another_assignment_is_graded_again(graded: Class) -> None:
    graded.runner.rubric = replace(graded.runner.rubric, sha256="another")
    assert graded.grade()[0] == ["s0", "s1", "s2"]
    graded.runner.rubric = replace(graded.runner.rubric, id="another")
    assert graded.grade()[0] == ["s0", "s1", "s2"]


def test_another_grader_version_grades_again(graded: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier_results, "__version__", "99")
    assert graded.grade()[0] == ["s0", "s1", "s2"]


@pytest.mark.parametrize("kind", [("embedded", "none"), ("container", "bubblewrap")])
def test_another_backend_or_isolation_is_graded_again(graded: Class, kind: tuple[str, str]) -> None:
    graded.runner.pairs = frozenset({kind})
    assert graded.grade()[0] == ["s0", "s1", "s2"]


def test_other_package_versions_are_graded_again(graded: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda _: "99")
    assert graded.grade()[0] == ["s0", "s1", "s2"]


def test_a_missing_format_is_written_without_a_trial(graded: Class) -> None:
    before = files(graded.out)
    (graded.out / "s1" / "report.html").unlink()
    (graded.out / "s2" / "report.md").unlink()
    assert graded.grade()[0] == []
    assert files(graded.out) == before
    assert graded.grade(formats=(*FORMATS, "gradescope"))[0] == []
    assert (graded.out / "s0" / "results.json").exists()


def test_a_file_of_another_format_does_not_go_stale(graded: Class) -> None:
    page = graded.out / "s0" / "report.html"
    page.write_text("of an earlier run")
    (graded.sources[0].path / "README.md").write_text("something new")
    assert graded.grade(formats=("md",))[0] == ["s0"]
    assert page.read_text() != "of an earlier run"


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def make_up(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"alembic upgrade head", b"alembic upgrade  head"))


@pytest.mark.parametrize("name", ["grade.json", "observations.json", SEAL])
@pytest.mark.parametrize("damage", [Path.unlink, cut_short, lambda path: path.write_text("{}")])
def test_damaged_files_are_graded_again(graded: Class, name: str, damage: Callable[[Path], object]) -> None:
    damage(graded.out / "s1" / name)
    assert graded.grade()[0] == ["s1"]
    assert graded.grade()[0] == []


def test_changed_observations_are_not_trusted(graded: Class) -> None:
    make_up(graded.out / "s1" / "observations.json")
    assert graded.grade()[0] == ["s1"]


def test_the_result_of_another_submission_is_not_trusted(graded: Class) -> None:
    shutil.rmtree(graded.out / "s1")
    shutil.copytree(graded.out / "s0", graded.out / "s1")
    shutil.rmtree(graded.sources[1].path)
    shutil.copytree(graded.sources[0].path, graded.sources[1].path)
    assert graded.grade()[0] == ["s1"]


def test_the_results_of_another_user_are_not_trusted(graded: Class) -> None:
    assert graded.grade(seal=Seal(b"another key"))[0] == ["s0", "s1", "s2"]


@pytest.mark.parametrize("key", [b"a key", None])
def test_without_a_key_nothing_is_taken_over(graded: Class, key: bytes | None) -> None:
    graded.grade(seal=Seal(None), fresh=True)
    assert not (graded.out / "s0" / SEAL).exists()
    assert graded.grade(seal=Seal(key))[0] == ["s0", "s1", "s2"]


def test_a_changed_verdict_is_judged_again(graded: Class) -> None:
    before = files(graded.out)
    path = graded.out / "s1" / "grade.json"
    path.write_bytes(path.read_bytes().replace(b'"score": 100.0', b'"score": 12.0'))
    tried, taken_over, results = graded.grade()
    assert (tried, taken_over) == ([], ["s0", "s1", "s2"])
    assert results[1].report.score == 100.0
    assert [item.edited for item in results] == [False, True, False]
    after = files(graded.out)
    assert b'"score": 12.0' in after.pop("s1/grade.edited.json")
    assert after == before


def test_without_grade_json_nothing_is_taken_over(tmp_path: Path) -> None:
    made = Class(tmp_path, 1)
    for _ in range(2):
        assert made.grade(formats=("md",))[0] == ["s0"]


def test_a_submission_that_is_gone_is_an_error(graded: Class) -> None:
    shutil.rmtree(graded.sources[1].path)
    tried, taken_over, results = graded.grade()
    assert (tried, taken_over) == ([], ["s0", "s2"])
    assert results[1].report.status == "error"


def test_a_missing_file_that_cannot_be_written_ends_the_run(
    graded: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _: bytes) -> None:
        raise GraderError(f"{path}: cannot be written")

    (graded.out / "s1" / "report.md").unlink()
    monkeypatch.setattr(earlier_results, "write_atomically", refuse)
    with pytest.raises(GraderError, match=r"s1/report\.md: cannot be written"):
        graded.grade()


def test_temporary_files_of_a_killed_run_are_removed(graded: Class) -> None:
    left = graded.out / "s1" / ".0123456789abcdef.tmp"
    left.write_text("half of a re")
    graded.grade(fresh=True)
    assert not left.exists()


# --- reports inside of the submission ---------------------------------------------------------------------


def test_reports_are_no_part_of_the_submission(tmp_path: Path) -> None:
    (source,) = write_class(tmp_path, 1)
    runner = Scripted(tmp_path / "work")
    out = source.path / "reports"
    runner._staging = StagingArea(tmp_path / "work", without=out)
    order = RunSpec(out, FORMATS, jobs=1, seal=KEY)
    digests = set()
    for _ in range(3):
        (result,) = grade_all([source], runner, order, Told())
        digests.add(result.report.submission.sha256)
        write_atomically(out / "index.html", os.urandom(16))
    assert runner.tried == ["s0"]
    assert len(digests) == 1


def test_other_folders_called_reports_are_part_of_it(tmp_path: Path) -> None:
    (source,) = write_class(tmp_path, 1)
    runner = Scripted(tmp_path / "work")
    order = RunSpec(tmp_path / "out", FORMATS, jobs=1, seal=KEY)
    grade_all([source], runner, order, Told())
    write_atomically(source.path / "reports" / "notes.md", b"the student's own")
    grade_all([source], runner, order, Told())
    assert runner.tried == ["s0", "s0"]


# --- what is kept -----------------------------------------------------------------------------------------


def test_graded_files_are_kept_on_demand(tmp_path: Path) -> None:
    (source,) = write_class(tmp_path, 1)
    runner = Scripted(tmp_path / "work")
    runner._staging = StagingArea(tmp_path / "work", keep=True)
    order = RunSpec(tmp_path / "out", FORMATS, jobs=1, seal=KEY)
    for _ in range(2):  # what is taken over is only looked at
        grade_all([source], runner, order, Told())
        (kept,) = (tmp_path / "work").iterdir()
        assert kept.name.startswith("s0-")
        assert (kept / "submission" / "alembic.ini").exists()


def test_graded_files_are_not_kept_by_default(graded: Class) -> None:
    assert list(graded.runner.staging.folder.iterdir()) == []


def test_points_by_hand_come_and_go_without_another_trial(graded: Class) -> None:
    before = files(graded.out)
    words = {"s1": (Word(None, 12.0, "Copied.", "M. Keller", "2026-05-10"),)}
    tried, taken_over, results = graded.grade(record=ClassRecord(words=words))
    assert (tried, taken_over) == ([], ["s0", "s1", "s2"])
    assert [item.report.score for item in results] == [100.0, 12.0, 100.0]
    assert graded.grade()[0] == []
    assert files(graded.out) == before


def test_what_a_person_judged_instead_of_the_grader_is_tried_again(graded: Class) -> None:
    def fail(_: str) -> None:
        raise HarnessFault("no server")

    (graded.sources[2].path / "README.md").write_text("something new")
    graded.runner._script = fail
    record = ClassRecord(words={"s2": (Word(None, 70.0, "Read.", "M. Keller", "2026-05-10"),)})
    _, _, results = graded.grade(record=record)
    assert (results[2].report.status, results[2].report.score) == ("graded", 70.0)
    graded.runner._script = lambda _: None
    tried, _, results = graded.grade(record=record)
    assert tried == ["s2"]
    assert results[2].report.computed is not None
    assert results[2].report.computed.score == 100.0
