"""Tables that create_all() makes beside the revisions, in the words of a hint."""

from __future__ import annotations

from dataclasses import replace

from grader.judging.diagnosis import create_all
from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.traceback_text import ErrorText
from grader.observations.files import Landmark, LandmarkKind
from tests.unit.judging.diagnosis.outputs import failed
from tests.unit.judging.diagnosis.project import PROJECT

RUNS = "INFO  [alembic.runtime.migration] Running upgrade {}, x"


def clue(*lines: int, running: str = " -> a1") -> Clue:
    landmarks = tuple(Landmark(LandmarkKind.CREATE_ALL, "app.py", line) for line in lines)
    submission = replace(PROJECT.submission, landmarks=landmarks)
    step = failed(RUNS.format(running))
    return Clue(step, replace(PROJECT, submission=submission), ErrorText(""))


def test_calls_are_named_with_file_and_line() -> None:
    calls = create_all.calls(clue(7, 12))
    assert create_all.listed(calls) == "create_all() in app.py, line 7 and create_all() in app.py, line 12"
    assert create_all.take_out(calls) == "Take app.py, line 7 and app.py, line 12 out"
    assert create_all.take_out(calls[:1]) == "Take create_all() out of app.py, line 7"
    assert create_all.take_out(()) == "Take create_all() out of everything that env.py imports"


def test_tables_that_no_revision_makes_need_a_revision_before_the_first_one() -> None:
    said = create_all.first_revision(clue(7))
    assert "Move the files out of alembic/versions" in said
    assert "write the new id as down_revision into alembic/versions/a1_initial.py" in said


def test_a_later_revision_finds_its_tables_made_by_the_first_one() -> None:
    assert create_all.first_revision(clue(7, running="a1 -> b2")) == "only the revisions make tables."


def test_without_any_revision_the_first_one_is_made() -> None:
    seen = clue(7)
    bare = replace(seen.observations, graph=None)
    assert create_all.first_revision(replace(seen, observations=bare)).startswith("then make the first")
