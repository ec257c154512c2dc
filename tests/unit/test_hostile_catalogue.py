"""The hostile submissions: written out as their catalogue says, and not mistaken for others."""

from __future__ import annotations

from tests import catalogue, hostile
from tests.catalogue.__main__ import contents
from tests.hostile.__main__ import HERE


def test_names_say_that_they_are_hostile_and_are_unique() -> None:
    names = [case.name for case in hostile.CASES]

    assert all(name.startswith("hostile_") for name in names)
    assert len(set(names)) == len(names)
    assert not set(names) & {case.name for case in catalogue.CASES}


def test_the_submissions_on_disk_are_those_of_the_catalogue() -> None:
    expected = {
        f"{case.name}/{path}": data for case in hostile.CASES for path, data in contents(case).items()
    }
    found = {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for path in HERE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    differing = sorted(
        path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path)
    )

    assert not differing, (
        f"tests/hostile/submissions is not as the catalogue says; run `python -m tests.hostile`. {differing}"
    )
