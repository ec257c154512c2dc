"""The texts that pytest shows: complete, readable, and safe for a terminal and a log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.integrations.pytest_plugin import wording
from grader.report.model import CriterionReport, GradeReport, Status
from tests.unit.report.render.samples import HOSTILE, everywhere, sample


def criterion(criterion_id: str, report: GradeReport | None = None) -> CriterionReport:
    return next(item for item in (report or sample()).criteria if item.id == criterion_id)


def test_a_failure_says_what_was_expected_and_found_and_what_to_do() -> None:
    assert wording.failed(criterion("user_columns"), at_length=False) == (
        "New columns of users: 5 / 10 points\n"
        "\n"
        "✗ users.avatar_url (revision 8e31b0c4f6aa)\n"
        "    expected  character varying(255), nullable\n"
        "    found     text, nullable\n"
        "\n"
        "What to do: Change the type of avatar_url to String(255) in a new revision:\n"
        '`op.alter_column("users", "avatar_url", type_=sa.String(255))`.'
    )


def test_values_of_several_lines_stand_below_each_other() -> None:
    assert (
        "    expected  no table categories\n"
        "              no column posts.category_id\n"
        "    found     table categories\n"
        "              column posts.category_id (integer, nullable)\n"
    ) in wording.failed(criterion("downgrade"), at_length=False)


def test_evidence_is_shown_only_in_full_texts() -> None:
    failed = criterion("downgrade")
    assert "Running downgrade" not in wording.failed(failed, at_length=False)
    assert "Running downgrade 3f2a9c1b7d04 -> 8e31b0c4f6aa" in wording.failed(failed, at_length=True)


def test_points_that_are_hidden_are_not_mentioned() -> None:
    hidden = replace(criterion("user_columns"), points=0.0, max_points=0.0)
    assert wording.failed(hidden, at_length=False).startswith("New columns of users\n\n✗")


def test_optional_and_skipped_criteria_take_one_line() -> None:
    assert wording.optional(criterion("username_length")) == (
        "bonus: users.username at head: expected character varying(50), found character varying(80)"
    )
    assert wording.optional(criterion("configuration")).startswith("advice: no database URL with a password")
    assert wording.skipped(criterion("reapply")) == "needs downgrade"
    assert wording.skipped(replace(criterion("reapply"), blocked_by=None)) == "skipped"


def test_a_fault_is_not_blamed_on_the_student() -> None:
    text = wording.fault(sample("error"))
    assert wording.first_line(text).startswith("The PostgreSQL container ended before the first step")
    assert "costs no points" in text
    unjudged = wording.unjudged(criterion("data_survival"))
    assert unjudged.startswith("data_survival: error: could not be judged\n")
    assert unjudged.endswith("No row could be put into any table, so nothing was checked.")


def test_the_ending_starts_with_the_score_and_ends_with_the_next_step() -> None:
    lines = list(wording.ending(sample(), ["username_length", "configuration"]))
    assert lines[0] == "75 of 100 points, bonus 0 of 5"
    assert lines[1] == "Note: A database password stands in alembic.ini, line 61."
    assert lines[2].startswith("Optional, username_length: ")
    assert lines[3].startswith("Optional, configuration: Take the URL out of alembic.ini")
    assert lines[4] == "Checklist: 1 of 3 done, 1 optional left, 1 for you to look at"
    assert lines[5] == "Next on the checklist: Make and apply the migration"
    assert lines[6].startswith("Next step: Change the type of avatar_url")
    assert list(wording.ending(sample("perfect"), ["username_length"])) == [
        "100 of 100 points, bonus 5 of 5",
        "Checklist: 4 of 4 done, 1 for you to look at",
        "Everything passed: there is nothing left to do.",
    ]


def test_the_table_of_a_class_lists_all_submissions() -> None:
    table = wording.class_table([sample(), sample("error")], 100)
    assert all(report.submission.id in table for report in (sample(), sample("error")))
    assert max(map(len, table.splitlines())) <= 100


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_submission_are_safe_in_a_terminal_and_a_log(text: str) -> None:
    report = everywhere(text)
    failed, skipped = report.criteria
    texts = [
        wording.failed(failed, at_length=True),
        wording.optional(failed),
        wording.skipped(skipped),
        wording.unjudged(replace(failed, status=Status.ERROR)),
        wording.fault(replace(report, error=text)),
        wording.no_verdict(text, text),
        *wording.ending(report, ["one"]),
    ]
    for shown in texts:
        assert not any(
            line.lstrip().startswith(("::error", "::stop", "::add", "##[")) for line in shown.splitlines()
        )
        assert shown.replace("\n", "").replace("\t", "").isprintable() or not shown.isascii()
        assert "\x1b" not in shown
        assert "\u202e" not in shown
