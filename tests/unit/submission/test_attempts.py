"""Which of a person's files counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submission.attempts import handed_in_as, last_attempts
from grader.text.platform_names import HandIn


def paths(top: Path, *names: str) -> list[Path]:
    for name in names:
        (top / name).touch()
    return [top / name for name in names]


def test_a_name_without_the_ending_of_an_archive(tmp_path: Path) -> None:
    (tmp_path / "x.zip").mkdir()
    assert handed_in_as(tmp_path / "x.zip") == "x.zip"
    assert handed_in_as(tmp_path / "ada.tar.gz") == "ada"


def test_names_of_ones_own_stay(tmp_path: Path) -> None:
    children = paths(tmp_path, "ada.zip", "grace.zip")
    assert last_attempts(children, {}).children == tuple(children)


def test_texts_are_named_and_not_graded(tmp_path: Path) -> None:
    file, text = paths(tmp_path, "Ada_17_assignsubmission_file", "Ada_17_assignsubmission_onlinetext")
    found = last_attempts([file, text], {})
    assert found.children == (file,)
    assert found.notes == ("Not graded, as it is a text and no file: Ada_17_assignsubmission_onlinetext",)


def test_a_list_goes_before_a_name(tmp_path: Path) -> None:
    (child,) = paths(tmp_path, "doejane_12345_67890_x")
    assert last_attempts([child], {child.name: HandIn("Jane_1")}).hand_ins[child].id == "Jane_1"


def test_many_unclear_attempts_are_not_all_named(tmp_path: Path) -> None:
    names = [f"p{n}_{n}_assignsubmission_file_{file}" for n in range(10) for file in ("a.zip", "b.zip")]
    with pytest.raises(UsageError, match="and 2 more") as caught:
        last_attempts(paths(tmp_path, *names), {})
    assert "p0_0 has several files" in caught.value.message
    assert "put them into one folder" in caught.value.next_step
