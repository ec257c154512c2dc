"""What shows that a step failed for something that was not there, and what does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.observations.lacks import Lack, LackKind
from grader.trial.lacks import lacks
from tests.unit.observation_builders import one_shot, perfect, with_one_shot

TRACEBACK = "INFO  [alembic.runtime.migration] Running upgrade\nTraceback (most recent call last):\n"
NEWER_FILE = 'x = f"{d["key"]}"\n'


def found(
    error: str,
    submission: Path = Path("/nowhere"),
    *,
    backend: str = "embedded",
    python: str = "3.11.2",
    exit_code: int = 1,
) -> tuple[Lack, ...]:
    """What was lacking where the upgrade ended with this error."""
    observations = perfect()
    upgrade = replace(one_shot(observations).upgrade, exit_code=exit_code, stderr=TRACEBACK + error)
    environment = replace(observations.environment, backend=backend, python=python)
    observations = replace(with_one_shot(observations, upgrade=upgrade), environment=environment)
    return lacks(observations, submission)


@pytest.mark.parametrize(
    ("error", "lack"),
    [
        ('psycopg2.errors.X: extension "citext" is not available\n', Lack(LackKind.EXTENSION, "citext")),
        (
            'sqlalchemy.exc.X: (psycopg.X) extension "postgis" is not available',
            Lack(LackKind.EXTENSION, "postgis"),
        ),
        ('X: permission denied to create extension "vector"\nHINT: ...', Lack(LackKind.EXTENSION, "vector")),
        (
            'X: collation "en_US.utf8" for encoding "UTF8" does not exist',
            Lack(LackKind.COLLATION, "en_US.utf8"),
        ),
        ('X: collation "de-AT-x-icu" for encoding "UTF8" does not exist', Lack(LackKind.ICU, "de-AT-x-icu")),
        ("X: ICU is not supported in this build", Lack(LackKind.ICU, "ICU")),
        ("X: function uuidv7() does not exist\nLINE 1: ", Lack(LackKind.POSTGRES, "uuidv7()", "18")),
        (
            'X: syntax error at or near "VIRTUAL"\nLINE 1: ...b int GENERATED ALWAYS AS (a) VIRTUAL)',
            Lack(LackKind.POSTGRES, "VIRTUAL", "18"),
        ),
        (
            "ImportError: cannot import name 'override' from 'typing' (lib/python3.11/typing.py)",
            Lack(LackKind.NEWER_PYTHON, "typing.override", "3.12"),
        ),
        (
            "AttributeError: module 'itertools' has no attribute 'batched'",
            Lack(LackKind.NEWER_PYTHON, "itertools.batched", "3.12"),
        ),
        (
            "AttributeError: 'PosixPath' object has no attribute 'walk'",
            Lack(LackKind.NEWER_PYTHON, "PosixPath.walk", "3.12"),
        ),
        (
            "X: unrecognized collation provider: builtin",
            Lack(LackKind.POSTGRES, "a built-in collation", "17"),
        ),
        (
            "ModuleNotFoundError: No module named 'annotationlib'",
            Lack(LackKind.NEWER_PYTHON, "annotationlib", "3.14"),
        ),
    ],
)
def test_it_is_told_from_the_error(error: str, lack: Lack) -> None:
    assert found(error) == (lack,)
    assert found(error, exit_code=0) == ()
    assert found(f"{error}\n{TRACEBACK}ValueError: something else") == ()


@pytest.mark.parametrize(
    "error",
    [
        'X: extension "pgcripto" is not available',
        'X: extension "dblink" is not available',
        'X: permission denied to create extension "dblink"',
        'X: collation "nocase" for encoding "UTF8" does not exist',
        "X: function uuid_generate_v4() does not exist",
        'X: syntax error at or near "VIRTUAL"\nLINE 1: CREATE VIRTUAL TABLE t (a int)',
        'X: syntax error at or near "WITHOUT"\nLINE 1: CREATE TABLE t (a int) WITHOUT ROWID',
        "ImportError: cannot import name 'overide' from 'typing'",
        "ModuleNotFoundError: No module named 'app'",
        "ModuleNotFoundError: No module named 'distutils'",
    ],
)
def test_what_is_the_submissions_own_mistake_is_no_lack(error: str) -> None:
    assert found(error) == ()


def test_a_python_that_has_it_lacks_nothing() -> None:
    gone = "ModuleNotFoundError: No module named 'distutils'"
    assert found(gone, python="3.13.5") == (Lack(LackKind.OLDER_PYTHON, "distutils", "3.12"),)
    added = "ImportError: cannot import name 'override' from 'typing'"
    assert found(added, python="3.13.5") == ()


def test_a_server_with_icu_lacks_none_of_its_collations() -> None:
    error = 'X: collation "xx-x-icu" for encoding "UTF8" does not exist'
    assert found(error, backend="container") == ()


def test_a_file_for_a_newer_python_is_told_from_a_mistake(tmp_path: Path) -> None:
    error = '  File "app.py", line 1\n    x\nSyntaxError: f-string: unmatched'
    app = tmp_path / "app.py"
    app.write_text(NEWER_FILE, encoding="utf-8")
    assert found(error, tmp_path) == (Lack(LackKind.NEWER_PYTHON, "app.py", "3.12"),)
    assert found(error, tmp_path, python="3.12.1") == ()
    app.write_text(f"{NEWER_FILE}def f()\n    pass\n", encoding="utf-8")
    assert found(error, tmp_path) == ()
    outside = error.replace("app.py", str(Path(__file__)))
    assert found(outside, tmp_path) == ()
