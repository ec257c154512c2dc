"""Which submissions a command names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import NothingToGradeError, UsageError
from grader.submission.sources import Source, sources_in, sources_named


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
        path.touch()
    assert ids(sources_named([folder, *archives])) == [
        "ada lovelace & co",
        "grace",
        "linus",
        "edsger",
        "notes.txt",
    ]


def test_a_folder_keeps_what_would_be_an_archives_ending(tmp_path: Path) -> None:
    assert ids(sources_named(folders(tmp_path, "ada.zip"))) == ["ada.zip"]


def test_a_path_is_called_by_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder,) = folders(tmp_path, "ada")
    monkeypatch.chdir(folder)
    assert sources_named([Path()]) == [Source("ada", folder)]


def test_same_names_are_told_apart_by_the_folders_they_are_in(tmp_path: Path) -> None:
    paths = folders(tmp_path, "monday/exercise", "tuesday/exercise", "tuesday/other")
    assert ids(sources_named(paths)) == ["monday__exercise", "tuesday__exercise", "other"]


def test_same_names_deep_down(tmp_path: Path) -> None:
    paths = folders(tmp_path, "a/b/c", "d/b/c")
    assert ids(sources_named(paths)) == ["a__b__c", "d__b__c"]


def test_names_that_no_report_could_show_are_made_fit(tmp_path: Path) -> None:
    paths = [tmp_path / "line\nfeed", Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xfc"))]
    for path in paths:
        path.mkdir()
    names = ids(sources_named(paths))
    assert names == ["line_feed", "ü"]


def test_a_folder_and_its_archive_cannot_be_told_apart(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "ada")
    archive = tmp_path / "ada.zip"
    archive.touch()
    with pytest.raises(UsageError, match=r"ada and .*ada\.zip would have the same reports folder") as caught:
        sources_named([folder, archive])
    assert "--out" in caught.value.next_step


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nobody does not exist") as caught:
        sources_named([tmp_path / "nobody"])
    assert caught.value.next_step


@pytest.mark.parametrize("path", ["x" * 5000, "null\0byte"])
def test_a_path_that_cannot_be(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be used") as caught:
        sources_named([Path(path)])
    assert len(caught.value.message) < 6000


def test_a_path_that_is_named_twice(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "ada")
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(UsageError, match="link is named twice"):
        sources_named([folder, tmp_path / "link"])


# --- every child of a folder ------------------------------------------------------------------------------


def test_children_are_folders_and_archives_in_order(tmp_path: Path) -> None:
    folders(tmp_path, "grace", ".git", "__pycache__")
    for name in ("ada.zip", "roster.csv", ".hidden.zip", "README.md"):
        (tmp_path / name).touch()
    found = sources_in(tmp_path)
    assert found == [
        Source("__pycache__", tmp_path / "__pycache__"),
        Source("ada", tmp_path / "ada.zip"),
        Source("grace", tmp_path / "grace"),
    ]


def test_the_folder_of_the_reports_is_no_submission(tmp_path: Path) -> None:
    folders(tmp_path, "ada", "reports")
    assert ids(sources_in(tmp_path, out=tmp_path / "x" / ".." / "reports")) == ["ada"]
    assert ids(sources_in(tmp_path, out=tmp_path / "elsewhere")) == ["ada", "reports"]


def test_a_link_is_called_by_its_own_name(tmp_path: Path) -> None:
    (target,) = folders(tmp_path, "elsewhere/repo-main")
    (class_folder,) = folders(tmp_path, "class")
    (class_folder / "ada").symlink_to(target)
    assert ids(sources_in(class_folder)) == ["ada"]


def test_children_that_would_have_the_same_id(tmp_path: Path) -> None:
    folders(tmp_path, "ada")
    (tmp_path / "ada.zip").touch()
    with pytest.raises(UsageError, match=r"ada and ada\.zip would be the same submission"):
        sources_in(tmp_path)


@pytest.mark.parametrize("names", [(), (".hidden",), ("reports",)])
def test_no_child_at_all(tmp_path: Path, names: tuple[str, ...]) -> None:
    folders(tmp_path, *names)
    with pytest.raises(NothingToGradeError, match="holds no submission"):
        sources_in(tmp_path, out=tmp_path / "reports")


def test_a_folder_of_children_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, reason in (("file", "Not a directory"), ("nobody", "No such file or directory")):
        with pytest.raises(UsageError, match=f"{name} cannot be read: {reason}"):
            sources_in(tmp_path / name)
