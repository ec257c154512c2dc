"""The table of diagnoses as a whole, and which of several comes first."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import pytest

from grader.judging.diagnosis import DIAGNOSES, Diagnosis, families, first_diagnosis
from grader.judging.diagnosis.families import FAMILIES, KINDS
from grader.judging.diagnosis.file_findings import ADVISORY, BLOCKING
from grader.observations.model import ModelsPass, Observations, OneShotPass, RowsStep
from grader.observations.steps import Limit
from tests.unit.judging.diagnosis.examples import (
    EFFECTS,
    ERROR_TEXTS,
    FINDINGS,
    FUNCTIONS,
    PROBLEMS,
    with_problem,
)
from tests.unit.judging.diagnosis.outputs import failed, read_cases
from tests.unit.observation_builders import one_shot, perfect, untouched, with_one_shot, with_stair

ERROR = "ERROR [flask_migrate] Error: Target database is not up to date."


def first(observations: Observations) -> Diagnosis:
    found = first_diagnosis(observations)
    assert found is not None
    return found


def test_every_diagnosis_has_an_example_and_every_example_an_entry() -> None:
    shown = {case.id for case in read_cases()}
    shown |= {expected for _, expected in ERROR_TEXTS}
    shown |= {*EFFECTS, *FINDINGS.values(), *PROBLEMS.values(), *FUNCTIONS}
    shown |= {name for name, kind in KINDS.items() if kind.limit is not None}
    assert shown == set(DIAGNOSES)


def test_ids_and_summaries_are_fit_for_the_docs() -> None:
    for identifier, summary in DIAGNOSES.items():
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", identifier)
        assert summary
        assert "\n" not in summary
        assert not summary.endswith(".")
        assert len(summary) < 100
    assert len(set(DIAGNOSES.values())) == len(DIAGNOSES)


def test_every_diagnosis_is_declared_once_and_says_what_shows_it() -> None:
    kinds = [(name, kind) for family in FAMILIES for name, kind in family.kinds.items()]
    assert len(kinds) == len(KINDS)
    for name, kind in kinds:
        assert bool(kind.patterns) == bool(kind.explain or (kind.cause and kind.fix)), name
        assert kind.patterns or kind.files or kind.otherwise, name
        assert kind.limit is None or kind.fix, name


def test_every_family_is_listed() -> None:
    modules = [import_module(f"{families.__name__}.{item.name}") for item in iter_modules(families.__path__)]
    assert {id(module.FAMILY) for module in modules} == {id(family) for family in FAMILIES}


def test_every_limit_has_a_diagnosis() -> None:
    assert {kind.limit for kind in KINDS.values()} == {None, *Limit}


def test_kinds_of_findings_are_mended_in_one_order() -> None:
    declared = [name for kind in KINDS.values() for name in kind.files]
    assert sorted(declared) == sorted((*BLOCKING, *ADVISORY))


def test_text_is_cause_and_fix() -> None:
    assert Diagnosis("an_id", "It broke.", "Mend it.").text == "It broke. Mend it."


def test_there_is_nothing_to_do_when_everything_is_right() -> None:
    assert first_diagnosis(perfect()) is None


def test_unsound_revisions_come_before_the_command_that_fails_over_them() -> None:
    observations = replace(with_problem("several_heads"), one_shot=OneShotPass(failed(ERROR)))
    assert first(observations).id == "several_heads"


def test_the_first_command_that_failed_comes_before_small_remarks() -> None:
    observations = replace(with_problem("no_message"), one_shot=OneShotPass(failed(ERROR)))
    assert first(observations).id == "not_up_to_date"


def test_remarks_come_last() -> None:
    assert first(with_problem("no_message")).id == "no_message"


@pytest.mark.parametrize("part", ["current", "history", "downgrade", "reapply"])
def test_every_command_of_the_exercise_is_looked_at(part: str) -> None:
    assert first(with_one_shot(perfect(), **{part: failed(ERROR)})).id == "not_up_to_date"


def test_the_other_passes_are_looked_at() -> None:
    broken = failed(ERROR)
    for observations in (
        with_stair(perfect(), 2, up=broken),
        with_stair(perfect(), 2, down=broken),
        with_stair(perfect(), 2, again=broken),
        replace(perfect(), rows=(RowsStep("aaa1", "up", broken),)),
        replace(perfect(), models=ModelsPass(broken)),
    ):
        assert first(observations).id == "not_up_to_date"


def test_a_way_back_that_fails_comes_before_what_only_the_stairway_saw() -> None:
    observations = with_one_shot(EFFECTS["left_behind"], downgrade=failed(ERROR))
    assert one_shot(observations).upgrade.succeeded
    assert first(observations).id == "not_up_to_date"


@pytest.mark.parametrize("cause", ["migrations_not_committed", "stamped_version"])
def test_what_the_upgrade_left_comes_before_the_commands_that_fail_over_it(cause: str) -> None:
    observations = with_one_shot(EFFECTS[cause], downgrade=failed(ERROR))
    assert first(observations).id == cause


def test_without_migrations_and_findings_there_is_nothing_to_say() -> None:
    assert first_diagnosis(untouched()) is None
