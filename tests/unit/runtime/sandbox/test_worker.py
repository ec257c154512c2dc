"""How a warden removes what a step has left in the scratch space."""

from __future__ import annotations

import os
import time
from pathlib import Path

from grader.runtime.sandbox.worker import clear, leave_scratch, own_scratch

SECONDS = 60.0


def test_folders_that_are_closed_or_links_are_removed_and_no_target_is(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")
    left = tmp_path / "left"
    (left / "closed").mkdir(parents=True)
    (left / "closed" / "file").write_text("left")
    (left / "closed").chmod(0)
    (left / "link").symlink_to(kept)

    clear(str(left), time.monotonic() + SECONDS)
    (tmp_path / "link").symlink_to(kept)
    clear(str(tmp_path / "link"), time.monotonic() + SECONDS)

    assert list(tmp_path.iterdir()) == [kept]
    assert (kept / "file").read_text() == "kept"


def test_folders_deeper_than_python_recurses_are_removed(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(here)
    clear(str(tmp_path / "d"), time.monotonic() + SECONDS)
    assert list(tmp_path.iterdir()) == []


def test_a_step_has_a_folder_that_ends_with_it(tmp_path: Path) -> None:
    own = Path(own_scratch(str(tmp_path), alone=False))
    (own / "file").write_text("left")
    assert leave_scratch(str(own), str(tmp_path), alone=False)
    assert list(tmp_path.iterdir()) == []


def test_what_is_beside_that_folder_is_noticed_and_goes_before_a_step_that_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "pycache").mkdir()
    (tmp_path / "step-1").mkdir()
    own = own_scratch(str(tmp_path), alone=False)
    (tmp_path / "step-by-step").write_text("left")
    assert not leave_scratch(own, str(tmp_path), alone=False)

    own = own_scratch(str(tmp_path), alone=True)
    assert [str(item) for item in tmp_path.iterdir()] == [own]
    (tmp_path / "step-by-step").write_text("left")
    assert leave_scratch(own, str(tmp_path), alone=True)
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_the_first_step_stays_and_is_not_held_against_a_step(tmp_path: Path) -> None:
    (tmp_path / "interpreter").mkdir()
    (tmp_path / f"step-2-{16 * 'a'}").mkdir()  # the step beside it is clearing its folder
    own = own_scratch(str(tmp_path), ["interpreter"], alone=False)
    assert leave_scratch(own, str(tmp_path), ["interpreter"], alone=False)
    own = own_scratch(str(tmp_path), ["interpreter"], alone=True)
    assert leave_scratch(own, str(tmp_path), ["interpreter"], alone=True)
    assert [item.name for item in tmp_path.iterdir()] == ["interpreter"]
