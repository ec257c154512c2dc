"""Mistakes in settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.model import Limits
from grader.observations.files import FindingKind
from grader.proof.operators import Project, project_of, write
from grader.submission.staging import stage
from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes, made


def test_another_variable_is_read_where_there_are_two(reference: Project) -> None:
    assert changes(reference, "pooled_connection") == [
        ['- url = os.environ.get("DIRECT_URL")', '+ url = os.environ.get("DATABASE_URL")']
    ]
    one = project_of(reference.files, direct=("DATABASE_URL",), pooled=("DATABASE_URL",))
    assert made(one, "pooled_connection") == ()


def test_env_runs_nothing_keeps_nothing_or_always_connects(reference: Project) -> None:
    assert changes(reference, "migrations_not_run") == [["- context.run_migrations()", "+ pass"]]
    assert changes(reference, "transaction_left_out") == [
        ["- with context.begin_transaction():", "- context.run_migrations()", "+ context.run_migrations()"]
    ]
    (found,) = changes(reference, "offline_mode_left_out")
    assert found[-1] == "+ run_migrations_online()"
    assert made(small(), "offline_mode_left_out") == ()


def test_the_settings_name_no_folder(reference: Project) -> None:
    (found,) = changes(reference, "script_folder_misnamed")
    assert found[-1] == "+ script_location = %(here)s/migration_scripts"


@pytest.mark.parametrize("operator", ["url_in_settings", "url_in_code", "env_file_committed"])
def test_a_password_is_found(reference: Project, operator: str, tmp_path: Path) -> None:
    write(reference, made(reference, operator)[0], tmp_path / "answer")
    staged = stage(tmp_path / "answer", tmp_path / "staged", submission_id="x", limits=Limits())
    kinds = {finding.kind for finding in staged.facts.findings}
    assert kinds & {FindingKind.COMMITTED_ENV, FindingKind.HARD_CODED_URL}
