"""From real outputs of failed commands to causes and fixes."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judging.diagnosis import DIAGNOSES, Diagnosis, diagnose_step
from grader.observations.files import UrlNames
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import GraphProblem, ProblemKind
from grader.observations.steps import Limit, StepAction
from tests.unit.judging.diagnosis.examples import ERROR_TEXTS
from tests.unit.judging.diagnosis.outputs import Case, failed, read_cases
from tests.unit.judging.diagnosis.project import PROJECT
from tests.unit.observation_builders import EMPTY, INITIAL, snapshot, step, with_snapshots

CASES = {case.name: case for case in read_cases()}
FRAME = '  File "alembic/versions/b2_second.py", line 12, in upgrade\n    op.execute()\n'


def diagnosed(step_: StepRecord, observations: Observations = PROJECT) -> Diagnosis:
    found = diagnose_step(step_, observations)
    assert found is not None
    return found


def traceback(error: str, *frames: str) -> str:
    return f"Traceback (most recent call last):\n{''.join(frames) or FRAME}{error}\n"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_real_outputs_get_their_cause_and_fix(case: Case) -> None:
    found = diagnosed(case.step, case.observations)

    assert found.id == case.id
    place = found.path or "-"
    assert (f"{place}:{found.line}" if found.line else place) == case.place
    for words in case.says:
        assert words in found.text


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_texts_are_sentences_of_a_bearable_length(case: Case) -> None:
    found = diagnosed(case.step, case.observations)

    for part in (found.cause, found.fix):
        assert part[0].isupper() or part[0] in '`"[' or part[0].isalpha(), part
        assert part.endswith((".", ".`", "?")), part
        assert "\n" not in part
        assert "  " not in part
        assert not re.search(r"\{\w*\}", part), part
        assert len(part) < 500
    assert found.text == f"{found.cause} {found.fix}"
    assert found.id in DIAGNOSES


def test_every_real_output_is_recognised_but_those_that_no_rule_can_know() -> None:
    unknown = {case.name for case in CASES.values() if case.id == "unrecognised_error"}
    assert unknown == {"app_err", "keyboard"}


def test_names_the_revision_whose_file_the_error_comes_from() -> None:
    assert diagnosed(CASES["not_null"].step).revision == "b2"
    assert diagnosed(CASES["create_all_env"].step).revision == "a1"


def test_names_the_running_revision_when_no_traceback_does() -> None:
    found = diagnosed(CASES["version_rows_dup"].step)
    assert (found.path, found.revision) == ("alembic/versions/b2_second.py", "b2")


def test_a_query_in_a_revision_is_no_query_while_loading_though_nothing_is_logged() -> None:
    error = 'psycopg.errors.UndefinedTable: relation "users" does not exist'
    helper = '  File "app.py", line 9, in seed\n    ask()\n'
    assert "while app.py is loaded" in diagnosed(failed(traceback(error, helper))).text
    assert "while app.py is loaded" not in diagnosed(failed(traceback(error, FRAME, helper))).text


def test_a_table_that_env_py_makes_is_not_blamed_on_a_revision() -> None:
    error = (
        'psycopg.errors.DuplicateTable: relation "users" already exists\n'
        "[SQL: CREATE TABLE users (id SERIAL NOT NULL)]"
    )
    in_env = '  File "alembic/env.py", line 46, in later\n    create()\n'
    found = diagnosed(failed(traceback(error, in_env), StepAction.DOWNGRADE, "a1"))
    assert (found.path, found.line) == ("alembic/env.py", 46)
    assert "no revision" in found.text
    assert "op.create_table" not in found.text


def test_a_table_that_a_downgrade_misspells_is_not_one_that_is_gone() -> None:
    seen = seen_before_the_second_revision()
    up = step(StepAction.UPGRADE, "b2", versions=("b2",), state=INITIAL)
    seen = replace(seen, stairway=(seen.stairway[0], replace(seen.stairway[1], up=up)))

    def said(table: str) -> str:
        error = f'psycopg.errors.UndefinedTable: relation "{table}" does not exist'
        return diagnosed(failed(traceback(error), StepAction.DOWNGRADE, "a1"), seen).text

    assert "is not there (any more)" in said("users")
    assert "Is users meant? Spell the name as upgrade() does." in said("user")


def test_copes_with_absolute_paths() -> None:
    case = CASES["not_null"]
    output = re.sub(r'File "(alembic/)', r'File "/srv/stage/x1/\1', case.step.stderr)
    output = output.replace('"site-packages', '"/usr/lib/python3/site-packages')
    found = diagnosed(failed(output))
    assert (found.path, found.line) == ("alembic/versions/b2_second.py", 12)


def test_takes_no_absolute_path_for_the_students_that_no_known_file_vouches_for() -> None:
    found = diagnosed(
        failed(traceback("ValueError: no", '  File "/opt/harness/worker.py", line 3, in run\n'))
    )
    assert (found.id, found.path) == ("unrecognised_error", None)


def test_asks_the_last_of_several_errors_first() -> None:
    first = traceback('psycopg.errors.UndefinedTable: relation "users" does not exist')
    last = traceback("NameError: name 'sa' is not defined")
    handled = "\nDuring handling of the above exception, another exception occurred:\n\n"
    assert diagnosed(failed(first + handled + last)).id == "name_undefined"


def test_goes_back_to_the_error_behind_an_exit_that_says_nothing() -> None:
    first = traceback('psycopg.errors.UndefinedTable: relation "users" does not exist')
    last = traceback("Failure: migration failed")
    handled = "\nDuring handling of the above exception, another exception occurred:\n\n"
    assert diagnosed(failed(first + handled + last)).id == "table_missing"


def test_the_students_sql_is_not_taken_for_the_error() -> None:
    error = 'IntegrityError: (CheckViolation) check constraint "ck" of relation "t" is violated by some row'
    statement = "\n[SQL: SELECT 'relation \"users\" already exists; permission denied for table x']"
    assert diagnosed(failed(traceback(error + statement))).id == "check_violated"


def test_a_key_error_is_no_missing_variable_unless_it_comes_from_the_environment() -> None:
    error = "KeyError: 'SQLALCHEMY_DATABASE_URI'"
    frame = '  File "app.py", line 3, in <module>\n    uri = app.config["SQLALCHEMY_DATABASE_URI"]\n'
    assert diagnosed(failed(traceback(error, frame))).id == "unrecognised_error"


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("several_heads", "multi_heads", "several_heads"),
        ("duplicate_id", "dup", "duplicate_revision"),
        ("missing_parent", "missing_parent", "missing_parent"),
        ("cycle", "cycle", "revision_cycle"),
        ("long_id", "long_id", "long_revision_id"),
        ("no_revision_id", "no_revision_var", "revision_id_missing"),
    ],
)
def test_says_what_the_revision_files_say_where_they_know_more(kind: str, name: str, expected: str) -> None:
    problem = GraphProblem(
        ProblemKind(kind), "b.py: this is wrong. Mend line 7.", "alembic/versions/b.py", 7, "b2"
    )
    assert PROJECT.graph is not None
    observations = replace(PROJECT, graph=replace(PROJECT.graph, problems=(problem,)))

    found = diagnosed(CASES[name].step, observations)

    assert found == Diagnosis(
        expected, "b.py: this is wrong.", "Mend line 7.", "alembic/versions/b.py", 7, "b2"
    )


def seen_before_the_second_revision() -> Observations:
    """The stairway has been up the first revision and failed at the second."""
    up = step(StepAction.UPGRADE, "a1", versions=("a1",), state=INITIAL)
    stairs = (
        StairwayStep("a1", snapshot(EMPTY).digest, up),
        StairwayStep("b2", snapshot(INITIAL).digest, failed("")),
    )
    return with_snapshots(replace(PROJECT, stairway=stairs), EMPTY, INITIAL)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("undef_table", "there are: posts, users. Is users meant?"),
        ("session_of_the_app", "The table users is there, but the query runs over another connection"),
        ("undef_column", "The table has: id, username."),
        ("undef_constraint", "users has: uq_username, users_pkey."),
        ("dup_table_db", "the revision a1 has made it before"),
        ("dup_column", "the revision a1 has made it before"),
    ],
)
def test_names_what_was_there_before_the_revision(name: str, words: str) -> None:
    found = diagnosed(CASES[name].step, seen_before_the_second_revision())
    assert found.id == CASES[name].id
    assert words in found.cause
    assert "create_all" not in found.text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dup_type", "the downgrade left it behind"),
        ("dup_table_db", 'op.drop_table("users")'),
        ("dup_column", 'op.drop_column("users", "username")'),
        ("dup_index", "Let downgrade() undo"),
    ],
)
def test_what_exists_after_a_downgrade_was_left_behind_by_it(name: str, words: str) -> None:
    again = replace(CASES[name].step, action=StepAction.REAPPLY)
    assert words in diagnosed(again).text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ('relation "posts" does not exist', "opposite order of upgrade()"),
        ('column "bio" of relation "users" does not exist', "only what its upgrade() added"),
        ('column "bio" of relation "users" contains null values', "Fill them first in downgrade()"),
    ],
)
def test_an_error_on_the_way_back_is_mended_in_downgrade(error: str, words: str) -> None:
    going_down = failed(traceback(f"psycopg.errors.Some: {error}"), StepAction.DOWNGRADE, "-1")
    assert words in diagnosed(going_down).text


@pytest.mark.parametrize(("error", "expected"), ERROR_TEXTS)
def test_error_texts_that_need_more_than_a_small_project_to_provoke(error: str, expected: str) -> None:
    assert diagnosed(failed(traceback(error))).id == expected


def test_a_package_of_the_exercise_is_named_as_pip_knows_it() -> None:
    found = diagnosed(failed(traceback("ModuleNotFoundError: No module named 'dotenv'")))
    assert 'pip install "python-dotenv"' in found.fix


def test_db_as_target_metadata_is_told_from_a_missing_context() -> None:
    frame = '  File "site-packages/werkzeug/local.py", line 519, in _get_current_object\n'
    making = failed(
        traceback("RuntimeError: Working outside of application context.", frame),
        StepAction.CREATE_TABLES,
        None,
    )
    found = diagnosed(making)
    assert (found.id, found.path) == ("target_metadata_unusable", "alembic/env.py")


@pytest.mark.parametrize(
    ("limit", "expected", "words"),
    [
        (Limit.TIME, "time_limit", "after 30 s"),
        (Limit.OUTPUT, "output_limit", "print()"),
        (Limit.MEMORY, "memory_limit", "portions"),
        (Limit.KILLED, "killed", "os.kill"),
    ],
)
def test_a_limit_is_named_with_the_revision_that_ran_into_it(limit: Limit, expected: str, words: str) -> None:
    output = "INFO  [alembic.runtime.migration] Running upgrade a1 -> b2, second"
    found = diagnosed(replace(failed(output), exit_code=None, seconds=30.2, limit=limit))

    assert found.id == expected
    assert words in found.text
    assert "the revision b2 was running" in found.cause
    assert (found.path, found.revision) == ("alembic/versions/b2_second.py", "b2")


HOSTILE = (
    "Traceback (most recent call last):\n",
    '  File "',
    '  File "a.py", line 1, in x\n',
    'relation "',
    'column "a" of relation "',
    "cannot import name 'a' from '",
    "No module named 'a.",
    "Running upgrade a -> ",
    "KeyError: '",
    "ERROR [a] ",
    "[SQL: ",
    "cannot drop table ",
    "CREATE INDEX ",
    "DETAIL:  Key (",
    "'",
    '"',
    "(",
    "A",
    " ",
    "\n",
    "-> ",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_floods_of_anything_are_read_in_linear_time(piece: str) -> None:
    flood = piece * (64 * 1024 // len(piece))
    for output in (flood, traceback(f"Error: {flood}"), f"INFO [x] {flood}\n{traceback('Error: a')}"):
        began = time.process_time()
        assert diagnosed(failed(output)).id in DIAGNOSES
        assert time.process_time() - began < 2.0


@given(st.lists(st.sampled_from((*HOSTILE, "x", "{0}", "%s", "\N{LINE SEPARATOR}", ": "))).map("".join))
def test_any_output_gets_a_diagnosis(output: str) -> None:
    found = diagnosed(failed(output))
    assert found.id in DIAGNOSES
    assert "\n" not in found.text
    assert len(found.text) < 1500


@given(st.text(max_size=300))
def test_any_error_message_gets_a_diagnosis(message: str) -> None:
    assert diagnosed(failed(traceback(f"ValueError: {message}"))).id in DIAGNOSES


def test_a_full_disk_of_the_step_is_not_called_the_servers() -> None:
    full = "OSError: [Errno 28] No space left on device"
    assert diagnosed(failed(traceback(full))).id == "unrecognised_error"


# --- an assignment that names the variables of the connections otherwise ----------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize(
    "urls",
    [UrlNames(("MIGRATIONS_DSN",), ("APP_DSN",)), UrlNames(("SHOP_DSN",), ("SHOP_DSN",))],
    ids=["two", "one"],
)
def test_texts_name_the_variables_of_the_assignment(case: Case, urls: UrlNames) -> None:
    facts = replace(case.observations.submission, urls=urls)

    found = diagnosed(case.step, replace(case.observations, submission=facts))

    for name in (r"\bDIRECT_URL\b", r"\bDATABASE_URL\b"):
        assert not re.search(name, found.text) or re.search(name, case.step.output), found.text


def test_a_variable_that_this_assignment_does_not_set_is_replaced() -> None:
    case = CASES["direct_keyerror"]
    facts = replace(case.observations.submission, urls=UrlNames(("SHOP_DSN",), ("SHOP_DSN",)))

    found = diagnosed(case.step, replace(case.observations, submission=facts))

    assert found.cause == (
        "Your code reads the environment variable DIRECT_URL, which is not set (alembic/env.py, line 20)."
    )
    assert 'read os.environ["SHOP_DSN"] instead' in found.fix


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ('extension "citext" already exists', "citext is there from the beginning in this exercise"),
        ("must be owner of extension citext", "drops the extension citext"),
        (
            'permission denied to create extension "postgis"',
            "needs only citext, ltree, there from the beginning",
        ),
        ('extension "vector" is not available', "needs only citext, ltree, there from the beginning"),
    ],
)
def test_extensions_that_the_assignment_names(error: str, words: str) -> None:
    facts = replace(PROJECT.submission, extensions=("citext", "ltree"))
    failed_step = failed(traceback(f"psycopg2.errors.SomeError: {error}"))

    assert words in diagnosed(failed_step, replace(PROJECT, submission=facts)).text
    assert words not in diagnosed(failed_step).text
