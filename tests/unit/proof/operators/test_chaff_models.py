"""Mistakes in what Alembic learns of the models."""

from __future__ import annotations

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import ENV, chain, revision, small
from tests.unit.proof.operators.changes import changes, made

FIRST = {"a1": revision("a1", ())}


def test_no_metadata_or_an_empty_one_is_given(reference: Project) -> None:
    for operator, given in (
        ("metadata_none", "target_metadata=None"),
        ("metadata_empty", "target_metadata=sqlalchemy.MetaData()"),
    ):
        (found,) = changes(reference, operator)
        assert len([line for line in found if given in line]) == 2
    (found,) = changes(reference, "metadata_not_given")
    assert not [line for line in found if line[0] == "+" and "target_metadata" in line]


def test_an_import_for_its_effect_is_deleted() -> None:
    line = "import models  # noqa: F401"
    env = ENV.replace("from models import Base", f"from base import Base\n{line}")
    project = chain(FIRST, **{"migrations/env": env, "base": "Base = None\n"})
    assert changes(project, "models_not_imported") == [[f"- {line}"]]
    assert made(small(), "models_not_imported") == ()


def test_a_class_that_nothing_names_is_deleted(reference: Project) -> None:
    assert [mutant.sentence for mutant in made(reference, "model_left_out")] == [
        "app.py has no class Post for the table posts."
    ]
    assert len(made(small(), "model_left_out")) == 1


def test_tables_are_made_by_create_all_in_three_places(reference: Project) -> None:
    (in_env,) = changes(reference, "create_all_in_env")
    assert in_env == ["+ target_metadata.create_all(engine)"]
    (in_app,) = changes(reference, "create_all_in_app")
    assert in_app == ["+ with app.app_context():", "+ db.create_all()"]
    (in_revision,) = changes(reference, "create_all_in_revision")
    assert "+ from app import db" in in_revision
    assert "+ db.Model.metadata.create_all(op.get_bind())" in in_revision


def test_an_app_of_a_factory_makes_tables_in_it() -> None:
    factory = (
        "from flask import Flask\nfrom models import db\n\n\ndef create_app():\n    app = Flask(__name__)\n"
        "    db.init_app(app)\n    return app\n"
    )
    (found,) = changes(chain(FIRST, app=factory), "create_all_in_app")
    assert found == ["+ with app.app_context():", "+ db.create_all()"]
    assert made(small(), "create_all_in_app") == ()
