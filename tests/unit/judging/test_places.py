"""The lines that a hint or an annotation names for a table, a column or a rule."""

from __future__ import annotations

from dataclasses import replace

from grader.judging import places
from grader.judging.rubric import Check, Place, Verdict
from grader.observations.files import Mention, ModelFile
from grader.observations.model import Observations
from tests.unit.observation_builders import CHAIN, perfect


def with_mentions(*mentions: Mention, revision: int = 1, models: tuple[ModelFile, ...] = ()) -> Observations:
    """Sound observations in which a revision of `CHAIN` (from 1) names these, and the models those."""
    observations = perfect()
    graph = observations.graph
    assert graph is not None
    revisions = list(graph.revisions)
    upgrade = revisions[revision - 1].upgrade
    assert upgrade is not None
    revisions[revision - 1] = replace(revisions[revision - 1], upgrade=replace(upgrade, mentions=mentions))
    return replace(
        observations,
        graph=replace(graph, revisions=tuple(revisions)),
        submission=replace(observations.submission, models=models),
    )


TABLE = Mention("users", (), 21)
BIO = Mention("users", ("bio",), 23)
KEY = Mention("users", ("bio", "email"), 25)
PATH = f"alembic/versions/{CHAIN[0]}.py"


def test_the_line_of_a_column_comes_before_that_of_its_table() -> None:
    observations = with_mentions(TABLE, BIO, KEY)
    assert places.of_revision(observations, CHAIN[0], "users", ("bio",)) == Place(PATH, 23)
    assert places.of_revision(observations, CHAIN[0], "users", ("email",)) == Place(PATH, 25)
    assert places.of_revision(observations, CHAIN[0], "users", ("email", "bio")) == Place(PATH, 25)
    assert places.of_revision(observations, CHAIN[0], "users", ("name",)) == Place(PATH, 21)
    assert places.of_revision(observations, CHAIN[0], "users") == Place(PATH, 21)


def test_where_nothing_names_it_the_line_is_that_of_upgrade() -> None:
    observations = with_mentions(TABLE)
    assert places.of_revision(observations, CHAIN[0], "posts", ("bio",)) == Place(PATH, 20)
    assert places.of_downgrade(observations, CHAIN[0]) == Place(PATH, 30)


def test_an_unknown_revision_has_no_place() -> None:
    assert places.of_revision(perfect(), None, "users") is None
    assert places.of_revision(perfect(), "nowhere", "users") is None
    assert places.of_downgrade(perfect(), None) is None
    assert places.of_revision(replace(perfect(), graph=None), CHAIN[0], "users") is None


def test_a_rule_is_found_by_exactly_its_columns() -> None:
    observations = with_mentions(BIO, KEY, revision=2)
    assert places.of_rule(observations, "users", ("email", "bio")) == Place(
        f"alembic/versions/{CHAIN[1]}.py", 25
    )
    assert places.of_rule(observations, "users", ("email",)) is None
    assert places.of_rule(observations, "posts", ("bio",)) is None


def test_a_column_of_the_models_in_one_of_several_files() -> None:
    files = (ModelFile("a.py", (Mention("posts", (), 3),)), ModelFile("b.py", (TABLE, BIO)))
    observations = with_mentions(models=files)
    assert places.of_models(observations, "users", ("bio",)) == Place("b.py", 23)
    assert places.of_models(observations, "users", ("name",)) == Place("b.py", 21)
    assert places.of_models(observations, "public.posts") == Place("a.py", 3)
    assert places.of_models(observations, "tags") is None


def test_a_failed_check_gets_the_place_of_its_revision() -> None:
    failed = Check("a", "a", passed=False, expected="x", found="y", revision=CHAIN[0])
    own = replace(failed, place=Place("app.py", 1))
    verdict = places.completed(
        Verdict((failed, own, replace(failed, passed=True), replace(failed, revision=None))), perfect()
    )
    assert isinstance(verdict, Verdict)
    assert [check.place for check in verdict.checks] == [Place(PATH, 8), Place("app.py", 1), None, None]
