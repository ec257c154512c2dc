"""How the items of a checklist are ticked, and that nothing is held against anybody that was not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.assignment.checklist import ChecklistItem, CriterionPart, Fact, ModelPart
from grader.judging.judge import error_report, judge
from grader.observations.files import Mention, ModelFile
from grader.observations.lacks import Lack, LackKind
from grader.observations.model import Observations, OneShotPass
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import StepAction
from grader.report.model import SubmissionInfo, Tick
from tests.unit.observation_builders import (
    assignment,
    exits_at_once,
    perfect,
    step,
    untouched,
)


def tick(item: ChecklistItem, observations: Observations) -> Tick:
    (entry,) = judge(observations, replace(assignment(), checklist=(item,))).checklist
    return entry.tick


def of_models(*parts: ModelPart) -> ChecklistItem:
    return ChecklistItem("in the model", models=parts)


def of_fact(fact: Fact) -> ChecklistItem:
    return ChecklistItem("done", facts=(fact,))


def of_criterion(criterion: str, check: str | None = None) -> ChecklistItem:
    return ChecklistItem("judged", criteria=(CriterionPart(criterion, check),))


def with_facts(observations: Observations, **facts: Any) -> Observations:
    return replace(observations, submission=replace(observations.submission, **facts))


@pytest.mark.parametrize("fact", list(Fact))
def test_all_facts_of_a_right_answer(fact: Fact) -> None:
    assert tick(of_fact(fact), with_facts(perfect(), url_in_config=False)) is Tick.DONE


@pytest.mark.parametrize("fact", list(Fact))
def test_nothing_of_a_template_is_done(fact: Fact) -> None:
    installed = fact is Fact.ALEMBIC_INSTALLED
    assert tick(of_fact(fact), untouched()) is (Tick.LOOK if installed else Tick.OPEN)


def test_a_url_in_the_configuration_is_open_and_an_unread_one_is_not() -> None:
    item = of_fact(Fact.NO_URL_IN_CONFIG)
    assert tick(item, with_facts(perfect(), url_in_config=True)) is Tick.OPEN
    assert tick(item, perfect()) is Tick.LOOK


def test_models_that_were_not_looked_at() -> None:
    item = of_fact(Fact.MODELS_LOADED)
    assert tick(item, replace(perfect(), models=None)) is Tick.LOOK
    assert tick(item, replace(exits_at_once(), models=None)) is Tick.OPEN


def test_a_criterion_and_one_of_its_checks() -> None:
    failing = replace(perfect(), one_shot=None, stairway=())
    assert tick(of_criterion("upgrade_head"), perfect()) is Tick.DONE
    assert tick(of_criterion("upgrade_head", "version"), perfect()) is Tick.DONE
    assert tick(of_criterion("upgrade_head"), exits_at_once()) is Tick.OPEN
    assert tick(of_criterion("upgrade_head", "command"), exits_at_once()) is Tick.DONE
    assert tick(of_criterion("downgrade"), exits_at_once()) is Tick.OPEN
    # The check itself was not judged.
    assert tick(of_criterion("downgrade", "command"), exits_at_once()) is Tick.LOOK
    assert tick(of_criterion("downgrade"), failing) is not Tick.DONE


def test_models_cannot_be_seen_before_there_is_a_revision() -> None:
    """An env.py that ends well without any revision may have the models, or not."""
    nothing_yet = replace(untouched(), graph=RevisionGraph((), (), ()), submission=perfect().submission)
    ends_well = step(StepAction.UPGRADE, "head", versions=())
    ended_well = replace(nothing_yet, one_shot=OneShotPass(ends_well))
    assert tick(of_fact(Fact.MODELS_LOADED), ended_well) is Tick.LOOK
    failed = replace(nothing_yet, one_shot=OneShotPass(replace(ends_well, exit_code=1)))
    assert tick(of_fact(Fact.MODELS_LOADED), failed) is Tick.OPEN


def test_what_could_not_be_judged_is_neither_done_nor_open() -> None:
    lacking = replace(perfect(), lacks=(Lack(LackKind.EXTENSION, "postgis", "0a1"),))
    assert tick(of_criterion("upgrade_head"), lacking) is Tick.LOOK


def test_what_names_nothing_is_for_a_person() -> None:
    assert tick(ChecklistItem("look at it"), perfect()) is Tick.LOOK


def test_an_item_is_open_if_any_part_of_it_is() -> None:
    both = ChecklistItem("x", facts=(Fact.REVISION_MADE,), criteria=(CriterionPart("downgrade"),))
    assert tick(both, perfect()) is Tick.DONE
    assert tick(both, exits_at_once()) is Tick.OPEN


def test_models_by_the_tables_that_they_make() -> None:
    assert tick(of_models(ModelPart("users"), ModelPart("users", "bio")), perfect()) is Tick.DONE
    assert tick(of_models(ModelPart("users", "bio", "text")), perfect()) is Tick.DONE
    assert tick(of_models(ModelPart("users", "bio", "integer")), perfect()) is Tick.OPEN
    assert tick(of_models(ModelPart("users", "bio"), ModelPart("users", "nick")), perfect()) is Tick.OPEN


def test_other_names_do_as_well() -> None:
    item = of_models(ModelPart("people", "about"))
    given = replace(
        assignment(), checklist=(item,), aliases={"people": ("users",), "people.about": ("text", "bio")}
    )
    assert judge(perfect(), given).checklist[0].tick is Tick.DONE


def test_models_by_their_source_where_no_tables_were_made() -> None:
    source = ModelFile("app.py", (Mention("users", (), 3), Mention("users", ("bio",), 4)))
    unmade = with_facts(replace(exits_at_once(), models=None), models=(source,))
    assert tick(of_models(ModelPart("users"), ModelPart("users", "bio")), unmade) is Tick.DONE
    assert tick(of_models(ModelPart("users", "nick")), unmade) is Tick.OPEN
    assert tick(of_models(ModelPart("users", "bio", "text")), unmade) is Tick.LOOK


def test_an_entry_names_the_criteria_that_it_follows_from() -> None:
    item = ChecklistItem(
        "x", optional=True, criteria=(CriterionPart("history", "line"), CriterionPart("history", "messages"))
    )
    (entry,) = judge(perfect(), replace(assignment(), checklist=(item,))).checklist
    assert (entry.text, entry.optional, entry.criteria) == ("x", True, ("history",))


def test_what_was_not_tried_has_no_checklist() -> None:
    given = replace(assignment(), checklist=(ChecklistItem("look at it"),))
    assert error_report(given, SubmissionInfo("ada", "ada/", ""), "broken").checklist == ()
