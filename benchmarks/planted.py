"""Chooses the submissions of the catalogue, and says which kind of mistake each wrong one has.

The catalogue has many kinds of right answers, and wrong ones with one planted mistake each. Starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.results import Detection, Planted
from tests.catalogue import CASES
from tests.catalogue.case import Case

SAMPLE = (
    *("right_reference", "right_without_optional_step", "right_own_constraint_names", "right_flask_migrate"),
    *("right_raw_sql", "wrong_exit_in_env", "wrong_create_all_in_env", "wrong_stamped", "wrong_syntax"),
    *("wrong_several_heads", "wrong_pooled_connection", "wrong_env_file_committed", "wrong_empty_downgrade"),
    *(
        "wrong_enum_left_behind",
        "wrong_hidden_downgrade",
        "wrong_not_null_on_rows",
        "wrong_shrunk_below_data",
    ),
    *("wrong_avatar_text", "wrong_view_for_table", "wrong_model_not_migrated", "wrong_current_silent"),
)
"""A few of each kind, for a quick run."""
_KINDS = {
    "the chain does not reach its head": ("upgrade_head",),
    "the schema is not what was asked for": (
        *("user_columns", "category_table", "models_match", "username_length"),
    ),
    "`current` or the history is wrong": ("current_revision", "history"),
    "the way back is broken": ("downgrade", "reapply", "reversible_chain"),
    "rows are lost, or stop the chain": ("data_survival",),
    "set-up: connection, passwords, stray files": ("configuration",),
}
"""Each kind of mistake, with the criteria that it fails. The last kind is for all other cases."""


def kind_of(case: Case) -> str:
    """The first kind of mistake that matches the failed criteria of a wrong submission."""
    for kind, criteria in _KINDS.items():
        if set(criteria) & set(case.failed):
            return kind
    return list(_KINDS)[-1]


def chosen_cases(names: Sequence[str] | None) -> tuple[Case, ...]:
    """The cases with these names; all cases for None.

    Raises:
        ValueError: the catalogue has no case with one of the names.
    """
    if names is None:
        return CASES
    known = {case.name: case for case in CASES}
    if missing := set(names) - set(known):
        raise ValueError(f"the catalogue has no {', '.join(sorted(missing))}")
    return tuple(known[name] for name in names)


def planted_in(cases: Sequence[Case]) -> Planted:
    """The mistakes in the cases, by kind, and the right answers."""
    wrong = [case for case in cases if not is_right(case)]
    return Planted(
        faults={
            kind: tuple(case.name for case in wrong if kind_of(case) == kind)
            for kind in _KINDS
            if any(kind_of(case) == kind for case in wrong)
        },
        right=tuple(case.name for case in cases if is_right(case)),
        whole_catalogue=len(cases) == len(CASES),
    )


def is_right(case: Case) -> bool:
    """Whether a case is a right answer."""
    return case.name.startswith("right_")


def detection(tool: str, cases: Sequence[Case], complains: Mapping[str, bool]) -> Detection:
    """The results of a tool over the cases.

    Args:
        tool: its name.
        cases: all cases that it was given.
        complains: for each case name: whether the tool found the mistake of a wrong case, or complained about
            a right one.
    """
    return Detection(
        tool,
        found=tuple(case.name for case in cases if not is_right(case) and complains[case.name]),
        flagged=tuple(case.name for case in cases if is_right(case) and complains[case.name]),
    )
