"""Repositories among the submissions that a command names, and among the children of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.runs.assignments import load
from grader.submission.sources import address_in, sources_in, sources_named

RUBRIC = load()


def bare(folder: Path) -> Path:
    """As much of a bare repository as tells it from another folder."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    return folder


def test_a_bare_repository_is_called_by_its_name_without_the_ending(tmp_path: Path) -> None:
    (one,) = sources_named([bare(tmp_path / "ada.git")], RUBRIC)
    assert (one.id, one.path, one.address) == ("ada", tmp_path / "ada.git", None)
    (tmp_path / "grace.git").mkdir()  # a folder like any other
    assert [source.id for source in sources_in(tmp_path, RUBRIC)] == ["ada", "grace.git"]


def test_a_folder_and_a_repository_of_one_name(tmp_path: Path) -> None:
    bare(tmp_path / "ada.git")
    (tmp_path / "ada").mkdir()
    with pytest.raises(UsageError, match=r"ada and ada\.git would be the same submission"):
        sources_in(tmp_path, RUBRIC)


def test_an_address_is_called_by_its_last_part() -> None:
    (one,) = sources_named(["https://example.org/class/ada.git#main"], RUBRIC)
    assert one.id == "ada"
    assert one.address is not None
    assert (one.address.url, one.address.reference) == ("https://example.org/class/ada.git", "main")
    assert not one.path.exists()


def test_addresses_that_end_alike_are_told_apart_by_what_stands_before() -> None:
    names = sources_named(["https://example.org/ada/work", "git@example.org:grace/work.git"], RUBRIC)
    assert [source.id for source in names] == ["ada__work", "grace__work"]


def test_addresses_and_paths_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    names = sources_named([str(tmp_path / "ada"), "https://example.org/grace.git"], RUBRIC)
    assert [source.id for source in names] == ["ada", "grace"]


@pytest.mark.parametrize("ending", ["", ".git", "#main"])
def test_an_address_that_is_named_twice_is_shown_without_its_password(ending: str) -> None:
    url = "https://ada:hunter2@example.org/ada"
    with pytest.raises(UsageError, match="is named twice") as caught:
        sources_named([url, url + ending], RUBRIC)
    assert "hunter2" not in caught.value.message


def test_a_file_is_a_path_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "git@host:ada").mkdir()
    assert address_in("git@host:ada") is None
    assert address_in("git@host:grace") is not None
