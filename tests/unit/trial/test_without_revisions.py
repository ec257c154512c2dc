"""The revision files are away while the models are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.trial.without_revisions import without_revisions
from tests.unit.observation_builders import CHAIN, graph


def written(folder: Path) -> list[Path]:
    chain = graph(*CHAIN[:2])
    paths = [folder / "submission" / revision.path for revision in chain.revisions]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    return paths


def test_they_are_away_within_the_block_and_back_after_it(tmp_path: Path) -> None:
    paths = written(tmp_path)
    other = paths[0].with_name("notes.txt")
    other.write_text("kept")

    with without_revisions(tmp_path / "submission", graph(*CHAIN[:2])):
        assert list(paths[0].parent.iterdir()) == [other]
    assert [path.read_text() for path in paths] == [path.name for path in paths]
    assert [item.name for item in tmp_path.iterdir()] == ["submission"]


def test_they_are_back_after_an_error(tmp_path: Path) -> None:
    paths = written(tmp_path)
    with pytest.raises(KeyError), without_revisions(tmp_path / "submission", graph(*CHAIN[:2])):
        raise KeyError
    assert all(path.exists() for path in paths)


def test_one_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    first, second = written(tmp_path)
    first.unlink()
    with without_revisions(tmp_path / "submission", graph(*CHAIN[:2])):
        assert not second.exists()
    assert second.exists()
