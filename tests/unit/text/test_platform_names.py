"""The names that platforms give to what was handed in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.text.platform_names import HandIn, newest, read_name

NAMES: Mapping[str, tuple[str, dict[str, str]]] = {
    "doejane_12345_67890_exercise": ("doejane_12345", {"canvas_id": "12345"}),
    "doejane_LATE_12345_67890_exercise": ("doejane_12345", {"canvas_id": "12345"}),
    "\u00f6zj\u00fcrgen_12345_67890_my_111_222_x": ("\u00f6zj\u00fcrgen_12345", {"canvas_id": "12345"}),
    "anon_Ab1cD_67890_exercise": ("anon_Ab1cD", {}),
    "LATE_anon_Ab1cD_67890_exercise": ("anon_Ab1cD", {}),
    "Jane Doe_17_assignsubmission_file": ("Jane Doe_17", {"moodle_id": "17"}),
    "Jane Doe_17_assignsubmission_file_": ("Jane Doe_17", {"moodle_id": "17"}),
    "Jane Doe_17_assignsubmission_file_work": ("Jane Doe_17", {"moodle_id": "17"}),
    "Participant_17_assignsubmission_file": ("Participant_17", {"moodle_id": "17"}),
    "Default group_assignsubmission_file": ("Default group", {}),
}


@pytest.mark.parametrize("name", NAMES)
def test_who_handed_it_in(name: str) -> None:
    found = read_name(name)
    assert found is not None
    assert (found.id, dict(found.columns)) == NAMES[name]
    assert not found.is_text


@pytest.mark.parametrize(
    "name", ["ada", "exercise-4-ada", "team_4_2_final", "submission_551", "12345_67890_x", "ada_LATE", ""]
)
def test_a_name_of_ones_own(name: str) -> None:
    assert read_name(name) is None


def test_a_text_is_no_file() -> None:
    found = read_name("Jane Doe_17_assignsubmission_onlinetext")
    assert found is not None
    assert found.is_text


def last(*names: str) -> str | None:
    found: list[tuple[str, HandIn]] = []
    for name in names:
        hand_in = read_name(name)
        assert hand_in is not None
        found.append((name, hand_in))
    return newest(found)


def test_the_last_of_several_attempts() -> None:
    first, second, third = "jd_123_999_work", "jd_LATE_123_1000_work-1", "jd_LATE_123_1001_work-2"
    assert last(first, second) == last(second, first) == second
    assert last(second, third, first) == third


def test_files_that_may_belong_together_have_no_last_one() -> None:
    assert last("jd_123_999_app", "jd_123_1000_models") is None
    assert last("Jane_17_assignsubmission_file_a", "Jane_17_assignsubmission_file_b") is None
