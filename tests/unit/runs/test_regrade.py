"""Regrading gives the same as a new run, changes nothing the second time, and lists every change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.model import Assignment
from grader.cli.commands.regrade import changes_in_words
from grader.errors import ConfigurationError
from grader.files.step_back import write_keeping
from grader.observations.model import encode
from grader.report.formats import FORMATS
from grader.report.formats.interface import Batch
from grader.runs.regrade import Regraded, changed_files, regrade
from tests.unit.observation_builders import assignment, perfect
from tests.unit.saved_folders import a_class, files, graded, named, save

HEAVIER = {"downgrade": 20.0, "upgrade_head": 15.0, "reapply": 10.0}


def run(folder: Path, rubric: Assignment) -> list[Regraded]:
    """Regrade and write."""
    results = regrade(folder, rubric)
    batch = Batch([(item.after, item.details) for item in results])
    write_keeping(folder, changed_files(results, folder, batch))
    return results


def by_name(results: list[Regraded]) -> dict[str, Regraded]:
    return {item.after.submission.id: item for item in results}


def in_order(folder: Path, rubric: Assignment) -> Path:
    """A class as a new run writes it, in the order of the names, without the one in error."""
    graded_ones = [item for item in a_class(rubric) if item.observations is not None]
    return save(sorted(graded_ones, key=lambda item: item.report.submission.id), folder)


def test_the_same_rubric_changes_no_byte(tmp_path: Path) -> None:
    folder = in_order(tmp_path / "reports", assignment())
    before = files(folder)
    results = run(folder, assignment())
    assert files(folder) == before
    assert not any(item.score_changed or item.verdict_changed for item in results)


def test_a_file_that_stays_the_same_is_not_touched(tmp_path: Path) -> None:
    folder = in_order(tmp_path / "reports", assignment())
    page = folder / "ada" / "report.html"
    page.write_bytes(b"an older release's")
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    (changed,) = [item for item in run(folder, assignment()) if item.files]
    assert list(changed.files) == ["report.html"]
    assert [path for path, number in before.items() if path.stat().st_ino != number] == [page]


def test_another_rubric_gives_the_files_of_a_new_run(tmp_path: Path) -> None:
    folder = in_order(tmp_path / "reports", assignment())
    run(folder, assignment(**HEAVIER))
    assert files(folder) == files(in_order(tmp_path / "fresh", assignment(**HEAVIER)))


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    folder = in_order(tmp_path / "reports", assignment())
    run(folder, assignment(**HEAVIER))
    once = files(folder)
    results = run(folder, assignment(**HEAVIER))
    assert files(folder) == once
    assert not any(item.score_changed for item in results)


def test_every_score_that_changed_is_listed_before_and_after(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path / "reports")
    assert list(changes_in_words(run(folder, assignment(reapply=10.0)))) == [
        "ada: 100 of 100 points, bonus 5 of 5 -> 110 of 110 points, bonus 5 of 5",
        "    reapply: passed -> 10 / 10",
        "edsger: 0 of 100 points, bonus 0 of 5 -> 0 of 110 points, bonus 0 of 5",
        "    reapply: skipped -> 0 / 10",
        "grace: 0 of 100 points, bonus 0 of 5 -> 0 of 110 points, bonus 0 of 5",
        "    reapply: skipped -> 0 / 10",
        "linus: no score as before, needs a new run",
        (
            "4 reports: 3 with another score, 0 with the same score and other verdicts or words, 1 to be "
            "graded again"
        ),
    ]


def test_a_criterion_that_comes_or_goes_is_listed(tmp_path: Path) -> None:
    shorter = replace(assignment(), criteria=assignment().criteria[:6])
    folder = save([graded(named(perfect(), "ada"), shorter)], tmp_path / "reports")
    (result,) = run(folder, assignment())
    assert ("models_match", "not judged", "20 / 20") in list(result.changed_criteria)


def test_only_the_formats_that_are_there_are_written(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path / "reports", ["json"])
    before = files(folder)
    run(folder, assignment(**HEAVIER))
    assert files(folder).keys() == before.keys()


def test_a_report_in_error_without_observations_is_not_changed(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path / "reports")
    before = files(folder / "linus")
    linus = by_name(run(folder, assignment(**HEAVIER)))["linus"]
    assert files(folder / "linus") == before
    assert linus.after is linus.before


def test_a_report_in_error_is_judged_when_there_are_observations(tmp_path: Path) -> None:
    seen = named(perfect(), "ada")
    broken = replace(graded(seen, assignment()).report, status="error", score=None, bonus=None, error="a bug")
    folder = save([replace(graded(seen, assignment()), report=broken)], tmp_path / "reports")
    (result,) = run(folder, assignment())
    assert (result.before.score, result.after.score) == (None, 100)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not whole or not JSON"),
        (b'{"submission": {', "not whole or not JSON"),
        (b"{}", "not observations that this grader can read"),
        (encode(replace(named(perfect(), "ada"), schema_version="9")), "written in layout version '9'"),
        (
            encode(named(perfect(), "other")),
            "these are the observations of the submission 'other', not of 'ada'",
        ),
        (
            encode(replace(named(perfect(), "ada"), reference_sha256="0" * 64)),
            "compared with another reference schema",
        ),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_bad_observations_are_named_and_nothing_is_written(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    folder = save(a_class(), tmp_path / "reports")
    path = folder / "ada" / "observations.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    before = files(folder)
    with pytest.raises(ConfigurationError) as caught:
        run(folder, assignment(**HEAVIER))
    assert caught.value.message.startswith(f"{path}: ")
    assert message in caught.value.message
    assert caught.value.next_step
    assert files(folder) == before


def test_types_and_names_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    rubric = assignment()
    seen = replace(named(perfect(), "ada"), reference_sha256=rubric.reference_sha256, types={"text": "text"})
    folder = save([graded(seen, rubric)], tmp_path / "reports")
    with pytest.raises(ConfigurationError, match='names the type "character varying'):
        run(folder, rubric)
    wrong = replace(rubric, aliases={"uesrs": ("people",)})
    known = replace(seen, types={})
    folder = save([graded(known, rubric)], tmp_path / "more")
    with pytest.raises(ConfigurationError, match=r"Did you mean `users`\?"):
        run(folder, wrong)


def test_reports_of_another_assignment_are_refused(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path / "reports")
    with pytest.raises(ConfigurationError, match="graded as 'exercise_4_migrations'") as caught:
        regrade(folder, replace(assignment(), id="exercise_5"))
    assert "--assignment" in caught.value.next_step


def test_observations_without_a_reference_digest_are_accepted(tmp_path: Path) -> None:
    folder = save([graded(named(perfect(), "ada"), assignment())], tmp_path / "reports", FORMATS)
    path = folder / "ada" / "observations.json"
    document = json.loads(path.read_text())
    del document["reference_sha256"]
    path.write_text(json.dumps(document))
    assert regrade(folder, assignment())[0].after.score == 100
