"""The twelve criteria, in the order in which they are judged: each after those it requires."""

from __future__ import annotations

from grader.judging.criteria.chain import history
from grader.judging.criteria.downgrading import downgrade, reversible_chain, username_length
from grader.judging.criteria.models import models_match
from grader.judging.criteria.practice import configuration, data_survival, reapply
from grader.judging.criteria.schema import category_table, user_columns
from grader.judging.criteria.upgrading import current_revision, upgrade_head
from grader.judging.rubric import Criterion

CRITERIA: tuple[Criterion, ...] = (
    upgrade_head,
    user_columns,
    category_table,
    current_revision,
    history,
    downgrade,
    models_match,
    username_length,
    configuration,
    reapply,
    reversible_chain,
    data_survival,
)

__all__ = ["CRITERIA"]
