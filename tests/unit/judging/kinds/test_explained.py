"""`explained`: one check for each revision with code of its own."""

from __future__ import annotations

from dataclasses import replace

from grader.observations.model import Observations
from grader.observations.revisions import Explanation, HandWritten
from grader.report.model import Status
from tests.unit.observation_builders import perfect, untouched
from tests.unit.report_readers import failed_checks, judged

SQL = HandWritten(12, "op.execute")


def explaining(*explanations: Explanation | None) -> Observations:
    """A right answer whose first revisions have these."""
    observations = perfect()
    graph = observations.graph
    assert graph is not None
    padded = (*explanations, *[Explanation(())] * (len(graph.revisions) - len(explanations)))
    revisions = tuple(
        replace(item, explanation=found) for item, found in zip(graph.revisions, padded, strict=True)
    )
    return replace(observations, graph=replace(graph, revisions=revisions))


def test_revisions_that_autogenerate_wrote_need_no_word() -> None:
    result = judged(explaining(), "explained")
    assert (result.status, [check.id for check in result.checks]) == (Status.PASSED, ["explained"])


def test_a_word_is_shown_and_silence_is_named_with_its_line() -> None:
    told = Explanation((SQL,), "Old users need a slug")
    result = judged(explaining(told, Explanation((SQL, HandWritten(14, "a loop")))), "explained")
    assert failed_checks(result) == ["revision_bbb2"]
    assert result.checks[0].found == "“Old users need a slug”"
    assert result.checks[1].found == "op.execute in line 12, a loop in line 14, and no word on it"
    assert result.checks[1].line == 12
    assert "Write a comment above it" in (result.hint or "")


def test_of_many_statements_the_first_are_named() -> None:
    result = judged(explaining(Explanation((SQL,) * 5)), "explained")
    assert result.checks[0].found.count("op.execute") == 3
    assert "..." in result.checks[0].found


def test_what_was_not_looked_at_is_no_fault() -> None:
    assert judged(explaining(None), "explained").status is Status.ERROR


def test_nothing_is_given_for_nothing() -> None:
    result = judged(untouched(), "explained")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")
