"""Which submissions a command names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import NothingToGradeError, UsageError
from grader.runs.assignments import load
from grader.submission.sources import Source, sources_changed, sources_in, sources_named

RUBRIC = load()
EMPTY_ZIP = b"PK\5\6" + bytes(18)


def folders(top: Path, *names: str) -> list[Path]:
    made = [top / name for name in names]
    for path in made:
        path.mkdir(parents=True)
    return made


def ids(sources: list[Source]) -> list[str]:
    return [source.id for source in sources]


# --- submissions named one by one -------------------------------------------------------------------------


def test_folders_and_archives_are_called_by_their_names(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "ada lovelace & co")
    archives = [tmp_path / name for name in ("grace.zip", "linus.TAR.GZ", "edsger.tbz2", "notes.txt")]
    for path in archives:
        path.write_bytes(EMPTY_ZIP)
    assert ids(sources_named([folder, *archives], RUBRIC)) == [
        "ada lovelace & co",
        "grace",
        "linus",
        "edsger",
        "notes.txt",
    ]


def test_a_folder_keeps_what_would_be_an_archives_ending(tmp_path: Path) -> None:
    assert ids(sources_named(folders(tmp_path, "ada.zip"), RUBRIC)) == ["ada.zip"]


def test_a_path_is_called_by_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder,) = folders(tmp_path, "ada")
    monkeypatch.chdir(folder)
    assert sources_named([Path()], RUBRIC) == [Source("ada", folder)]


def test_same_names_are_told_apart_by_the_folders_they_are_in(tmp_path: Path) -> None:
    paths = folders(tmp_path, "monday/exercise", "tuesday/exercise", "tuesday/other")
    assert ids(sources_named(paths, RUBRIC)) == ["monday__exercise", "tuesday__exercise", "other"]


def test_same_names_deep_down(tmp_path: Path) -> None:
    paths = folders(tmp_path, "a/b/c", "d/b/c")
    assert ids(sources_named(paths, RUBRIC)) == ["a__b__c", "d__b__c"]


def test_names_that_no_report_could_show_are_made_fit(tmp_path: Path) -> None:
    paths = [tmp_path / "line\nfeed", Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xfc"))]
    for path in paths:
        path.mkdir()
    names = ids(sources_named(paths, RUBRIC))
    assert names == ["line_feed", "ü"]


def test_a_folder_and_its_archive_cannot_be_told_apart(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "ada")
    archive = tmp_path / "ada.zip"
    archive.write_bytes(EMPTY_ZIP)
    with pytest.raises(UsageError, match=r"ada and .*ada\.zip would have the same reports folder") as caught:
        sources_named([folder, archive], RUBRIC)
    assert "--out" in caught.value.next_step


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nobody does not exist") as caught:
        sources_named([tmp_path / "nobody"], RUBRIC)
    assert caught.value.next_step


@pytest.mark.parametrize("path", ["x" * 5000, "null\0byte"])
def test_a_path_that_cannot_be(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be used") as caught:
        sources_named([Path(path)], RUBRIC)
    assert len(caught.value.message) < 6000


def test_a_path_that_is_named_twice(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "ada")
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(UsageError, match="link is named twice"):
        sources_named([folder, tmp_path / "link"], RUBRIC)


# --- every child of a folder ------------------------------------------------------------------------------


def test_children_are_folders_and_archives_in_order(tmp_path: Path) -> None:
    folders(tmp_path, "grace", ".git")
    for name in ("ada.zip", "roster.csv", ".hidden.zip", "README.md"):
        (tmp_path / name).write_bytes(EMPTY_ZIP)
    told: list[str] = []
    found = sources_in(tmp_path, RUBRIC, notify=told.append)
    assert told == ["Not graded, as they are no folders or archives: README.md, roster.csv"]
    assert found == [
        Source("ada", tmp_path / "ada.zip"),
        Source("grace", tmp_path / "grace"),
    ]


def test_the_folder_of_the_reports_is_no_submission(tmp_path: Path) -> None:
    folders(tmp_path, "ada", "reports")
    assert ids(sources_in(tmp_path, RUBRIC, out=tmp_path / "x" / ".." / "reports")) == ["ada"]
    assert ids(sources_in(tmp_path, RUBRIC, out=tmp_path / "elsewhere")) == ["ada", "reports"]


def test_children_that_would_have_the_same_id(tmp_path: Path) -> None:
    folders(tmp_path, "ada")
    (tmp_path / "ada.zip").write_bytes(EMPTY_ZIP)
    with pytest.raises(UsageError, match=r"ada and ada\.zip would be the same submission"):
        sources_in(tmp_path, RUBRIC)


@pytest.mark.parametrize("names", [(), (".hidden",), ("reports",)])
def test_no_child_at_all(tmp_path: Path, names: tuple[str, ...]) -> None:
    folders(tmp_path, *names)
    with pytest.raises(NothingToGradeError, match="holds no submission"):
        sources_in(tmp_path, RUBRIC, out=tmp_path / "reports")


def test_a_folder_of_children_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, reason in (("file", "Not a directory"), ("nobody", "No such file or directory")):
        with pytest.raises(UsageError, match=f"{name} cannot be read: {reason}"):
            sources_in(tmp_path / name, RUBRIC)


# --- names that meet others -------------------------------------------------------------------------------


def test_names_that_a_file_system_takes_for_one_get_folders_of_their_own(tmp_path: Path) -> None:
    folders(tmp_path, "Ada", "ada", "Zo\u00eb", "Zoe\u0308", "index.html", "GRADES.CSV", "left\u200fright")
    found = {source.path.name: source.id for source in sources_in(tmp_path, RUBRIC)}
    assert len(found) == 7
    assert (found["Ada"], found["Zo\u00eb"], found["left\u200fright"]) == (
        "Ada",
        "Zo\u00eb",
        "left_right",
    )
    assert found["ada"].startswith("ada~")
    assert found["index.html"].startswith("index.html~")


def test_a_name_that_is_changed_depends_on_it_alone(tmp_path: Path) -> None:
    folders(tmp_path, "class/summary.json", "class/ada", "other/summary.json")
    (named,) = sources_named([tmp_path / "other" / "summary.json"], RUBRIC)
    assert named.id in ids(sources_in(tmp_path / "class", RUBRIC))


def test_the_only_archive_in_a_folder_is_what_was_handed_in(tmp_path: Path) -> None:
    for name in ("Ada Lovelace_17_assignsubmission_file_", "Grace Hopper_18_assignsubmission_file_"):
        (folder,) = folders(tmp_path, name)
        (folder / "exercise.zip").write_bytes(EMPTY_ZIP)
    found = sources_in(tmp_path, RUBRIC)
    assert [(source.id, source.path.name) for source in found] == [
        ("Ada Lovelace_17", "exercise.zip"),
        ("Grace Hopper_18", "exercise.zip"),
    ]
    assert found[0].handed_in_as == "Ada Lovelace_17_assignsubmission_file_"
    assert found[0].columns == {"moodle_id": "17"}
    assert sources_changed(tmp_path, [found[0].path.parent], RUBRIC) == found[:1]


def test_of_several_attempts_the_last_counts_and_is_named(tmp_path: Path) -> None:
    for name in ("doejane_12345_67890_work", "doejane_LATE_12345_67999_work-1", "roejohn_12346_67891_x"):
        (tmp_path / f"{name}.zip").write_bytes(EMPTY_ZIP)
    said: list[str] = []
    found = sources_in(tmp_path, RUBRIC, notify=said.append)
    assert [(source.id, source.path.name) for source in found] == [
        ("doejane_12345", "doejane_LATE_12345_67999_work-1.zip"),
        ("roejohn_12346", "roejohn_12346_67891_x.zip"),
    ]
    (line,) = said
    assert line.startswith(
        "Of doejane_12345, the last attempt is graded: doejane_LATE_12345_67999_work-1.zip,"
    )
    assert line.endswith(", not doejane_12345_67890_work.zip.")


def test_an_export_of_gradescope_says_whose_each_folder_is(tmp_path: Path) -> None:
    folders(tmp_path, "submission_551", "submission_552")
    (tmp_path / "submission_metadata.yml").write_text(
        "---\nsubmission_551:\n  :submitters:\n  - :name: Ada Lovelace\n    :email: ada@example.org\n"
    )
    said: list[str] = []
    found = sources_in(tmp_path, RUBRIC, notify=said.append)
    assert [source.id for source in found] == ["Ada Lovelace_551", "submission_552"]
    assert found[0].columns == {"email": "ada@example.org"}
    assert not said
