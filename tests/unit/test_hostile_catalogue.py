"""The names of the hostile submissions."""

from __future__ import annotations

from tests import catalogue, hostile


def test_names_say_that_they_are_hostile_and_are_unique() -> None:
    names = [case.name for case in hostile.CASES]
    assert all(name.startswith("hostile_") for name in names)
    assert len(set(names)) == len(names)
    assert not set(names) & {case.name for case in catalogue.CASES}


def test_those_that_one_sandbox_shows_are_named_as_they_are() -> None:
    assert {case.name for case in hostile.CASES} > hostile.WITHIN_THEIR_PROCESS
    assert len(hostile.BEYOND_THEIR_PROCESS) == len(hostile.CASES) - len(hostile.WITHIN_THEIR_PROCESS)


def test_those_at_the_walls_are_among_those_of_every_sandbox() -> None:
    assert {case.name for case in hostile.BEYOND_THEIR_PROCESS} > hostile.AT_THE_WALLS
