"""The list in Gradescope's export."""

from __future__ import annotations

import os
from pathlib import Path

from grader.submission.gradescope_list import GRADESCOPE_LIST, read_gradescope_list

LIST = """---
submission_551:
  :submitters:
  - :name: Ada Lovelace
    :sid: '17'
    :email: ada@example.org
  :created_at: 2026-11-30 10:00:00.000000000 Z
  :score: 85.0
  :results:
    :tests:
    - :name: Somebody Else
      :email: else@example.org
  :history:
  - :submitters:
    - :name: Nobody
submission_552:
  :submitters:
  - :name: 'Grace O''Hopper'
    :email: grace@example.org
  - :name: "Linus"
    :email: linus@example.org
"""


def test_the_people_of_each_folder(tmp_path: Path) -> None:
    (tmp_path / GRADESCOPE_LIST).write_text(LIST)
    found = read_gradescope_list(tmp_path)
    assert {name: (item.id, dict(item.columns)) for name, item in found.items()} == {
        "submission_551": ("Ada Lovelace_551", {"email": "ada@example.org"}),
        # Two people share it: no address is that of its only author.
        "submission_552": ("Grace O'Hopper and Linus_552", {}),
    }


def test_a_group_of_many(tmp_path: Path) -> None:
    people = "".join(f"  - :name: P{number}\n" for number in range(5))
    (tmp_path / GRADESCOPE_LIST).write_text(f"submission_1:\n  :submitters:\n{people}")
    assert read_gradescope_list(tmp_path)["submission_1"].id == "P0 and P1 and P2 and others_1"


def test_no_list(tmp_path: Path) -> None:
    assert not read_gradescope_list(tmp_path)
    os.mkfifo(tmp_path / GRADESCOPE_LIST)
    assert not read_gradescope_list(tmp_path)
