"""What a report says of a submission that could not be judged where it was tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.flags import flags
from grader.judging.judge import judge
from grader.judging.lacks import lacking
from grader.observations.lacks import Lack, LackKind
from grader.observations.model import Observations, decode, encode
from grader.report.model import Status
from tests.unit.observation_builders import assignment, one_shot, perfect, with_one_shot


def without(*items: Lack, backend: str = "embedded", isolation: str = "none") -> Observations:
    """Observations of a submission that was tried where these were lacking."""
    observations = perfect()
    environment = replace(observations.environment, backend=backend, isolation=isolation)
    return replace(observations, lacks=items, environment=environment)


@pytest.mark.parametrize(
    ("observations", "words"),
    [
        (without(Lack(LackKind.EXTENSION, "citext")), ("citext", "--postgres container", "apt-get")),
        (without(Lack(LackKind.EXTENSION, "moddatetime")), ("moddatetime", "--postgres container")),
        (without(Lack(LackKind.EXTENSION, "postgis")), ("postgis", "No server of the grader")),
        (without(Lack(LackKind.EXTENSION, "vector"), backend="container"), ("vector", "No server")),
        (without(Lack(LackKind.ICU, "ICU")), ("collation of ICU", "--postgres container")),
        (without(Lack(LackKind.COLLATION, "en_US.utf8")), ("en_US.utf8", "--postgres container")),
        (without(Lack(LackKind.COLLATION, "en_GB.utf8")), ("en_GB.utf8", "No server")),
        (without(Lack(LackKind.POSTGRES, "uuidv7()", "18")), ("uuidv7()", "release 18", "17.5")),
        (
            without(Lack(LackKind.NEWER_PYTHON, "app.py", "3.12")),
            ("`app.py` needs Python 3.12", "3.11.2", "container"),
        ),
        (
            without(Lack(LackKind.OLDER_PYTHON, "distutils", "3.12"), isolation="container"),
            ("distutils", "from 3.12 on", "bubblewrap"),
        ),
    ],
)
def test_the_error_names_what_has_it(observations: Observations, words: tuple[str, ...]) -> None:
    said = lacking(observations)
    assert said is not None
    assert all(word in said for word in words), said


def test_it_costs_nothing_and_says_nothing_of_the_submission() -> None:
    report = judge(without(Lack(LackKind.EXTENSION, "citext")), assignment())
    assert (report.status, report.score, report.bonus, report.next_step) == ("error", None, None, None)
    assert {item.status for item in report.criteria} == {Status.ERROR}
    assert "citext" in (report.error or "")


def test_nothing_lacking_is_no_error() -> None:
    assert lacking(perfect()) is None
    assert decode(encode(without(Lack(LackKind.ICU, "ICU")))).lacks == (Lack(LackKind.ICU, "ICU"),)


@pytest.mark.parametrize(
    ("line", "raised"),
    [
        ('ERROR: permission denied to create extension "dblink"', True),
        ('ERROR: extension "dblink" is not available', True),
        ('ERROR: permission denied to create extension "vector"', False),
        ('ERROR: extension "citext" is not available', False),
        ('ERROR: extension "pgcripto" is not available', False),
        ("HINT:  Must be superuser to create this extension.", False),
        ("ERROR: must be superuser to create a base type", True),
    ],
)
def test_only_extensions_that_reach_further_are_flagged(line: str, raised: bool) -> None:
    observations = perfect()
    upgrade = replace(one_shot(observations).upgrade, stderr=line)
    found = [flag.id for flag in flags(with_one_shot(observations, upgrade=upgrade))]
    assert found == (["privilege_attempt"] if raised else [])
