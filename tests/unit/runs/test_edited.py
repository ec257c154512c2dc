"""A report that was changed by hand is kept; one that was not leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

from grader.runs.edited import EDITED, keep_edited
from tests.unit.saved_folders import a_class, save


def test_a_changed_report_is_kept(tmp_path: Path) -> None:
    folder = save(a_class(), tmp_path) / "ada"
    assert not keep_edited(folder)
    assert not keep_edited(tmp_path / "nobody")
    path = folder / "grade.json"
    changed = path.read_bytes().replace(b'"score": 100.0', b'"score": 99.0')
    path.write_bytes(changed)
    assert keep_edited(folder)
    assert (folder / EDITED).read_bytes() == changed
