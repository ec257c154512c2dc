"""The texts that pytest shows: complete, readable, and safe for a terminal and a log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.integrations.pytest_plugin import wording
from grader.report.model import CheckReport, CriterionReport, GradeReport, PartReport, Standing, Status
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


def test_the_ending_ends_with_the_score_and_the_next_step() -> None:
    lines = list(wording.ending(sample(), ["username_length", "configuration"]))
    assert lines[0] == "Note: A database password stands in alembic.ini, line 61."
    assert lines[1].startswith("Optional, username_length: ")
    assert lines[2].startswith("Optional, configuration: Take the URL out of alembic.ini")
    assert lines[3] == "Checklist: 1 of 3 done, 1 optional left, 1 for you to look at"
    assert lines[4] == "Next on the checklist: Make and apply the migration"
    assert lines[5] == "75 of 100 points, bonus 0 of 5"
    assert lines[6].startswith("Next step: Change the type of avatar_url")
    assert len(lines) == 7
    assert list(wording.ending(sample("perfect"), ["username_length"])) == [
        "Checklist: 4 of 4 done, 1 for you to look at",
        "100 of 100 points, bonus 5 of 5",
        "Everything passed: there is nothing left to do.",
    ]


def in_part_two() -> GradeReport:
    """The sample of an exercise with two parts: its student is at the second one."""
    report = sample()
    first, second = ("set_up", "columns")
    return replace(
        report,
        parts=(
            PartReport(first, "Set it up", Standing.DONE),
            PartReport(second, "Two columns for users", Standing.CURRENT),
            PartReport("last", "Back and forth", Standing.LATER),
        ),
        checklist=tuple(
            replace(item, part=first if place == 0 else second) for place, item in enumerate(report.checklist)
        ),
        criteria=tuple(
            replace(item, part="last", not_yet=True) if item.id == "downgrade" else item
            for item in report.criteria
        ),
    )


def test_the_ending_names_the_part_and_one_thing_to_do() -> None:
    lines = list(wording.ending(in_part_two(), []))
    assert lines[1] == "Part 2 of 3, Two columns for users: 4 of 7 criteria done"
    assert lines[2] == "  ✗ Make and apply the migration"
    assert not any(line.startswith("Next on the checklist") for line in lines)
    assert [line for line in lines if line.startswith("Next step: ")] == [lines[-1]]


def test_an_optional_criterion_of_a_later_part_gives_no_advice_yet() -> None:
    report = in_part_two()
    later = tuple(
        replace(item, not_yet=True) if item.id == "username_length" else item for item in report.criteria
    )
    assert any("username_length" in text for text in wording.ending(report, ["username_length"]))
    lines = list(wording.ending(replace(report, criteria=later), ["username_length"]))
    assert not any("username_length" in text for text in lines)


def test_what_is_not_due_yet_names_its_part() -> None:
    report = in_part_two()
    assert wording.not_yet(criterion("downgrade", report), report) == "belongs to part 3, Back and forth"


def on_screen(report: GradeReport, name: str, *others: str, width: int = 80) -> str:
    return wording.failed_on_screen(
        criterion(name, report), report, {name, *others}, width=width, at_length=False
    )


def test_the_same_advice_is_one_paragraph_and_references() -> None:
    report = sample()
    same = tuple(
        replace(item, hint="Name the constraint.") if item.id in ("history", "downgrade") else item
        for item in report.criteria
    )
    report = replace(report, criteria=same, next_step=criterion("user_columns").hint)
    assert on_screen(report, "user_columns").endswith('What to do: See "Next step" at the end.')
    assert on_screen(report, "history", "downgrade").endswith("What to do: Name the constraint.")
    assert on_screen(report, "downgrade", "history").endswith("What to do: The same as for `history`.")
    # What is not on the screen is not referred to.
    assert on_screen(report, "downgrade").endswith("What to do: Name the constraint.")
    assert wording.failed(criterion("downgrade", report), at_length=False).endswith("Name the constraint.")


def test_what_follows_from_one_missing_table_is_counted() -> None:
    missing = [
        CheckReport(name, name, Status.FAILED, "a table", "there is no table categories", follows=cause)
        for name, cause in (("table", None), ("column", "table"), ("key", "table"))
    ]
    failed = replace(criterion("user_columns"), checks=tuple(missing))
    report = sample()
    text = wording.failed_on_screen(failed, report, set(), width=80, at_length=False)
    assert text.count("there is no table categories") == 1
    assert "and 2 more checks that need it" in text
    at_length = wording.failed_on_screen(failed, report, set(), width=80, at_length=True)
    assert at_length.count("there is no table categories") == 3
    assert wording.failed(failed, at_length=False).count("there is no table categories") == 3


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_terminal(width: int) -> None:
    report = in_part_two()
    texts = [
        *wording.ending(report, ["username_length", "configuration"], width=width),
        *(on_screen(report, name, width=width) for name in ("user_columns", "history", "downgrade")),
    ]
    lines = [line for text in texts for line in text.splitlines()]
    too_long = [line for line in lines if len(line) > min(width, wording.WIDEST)]
    assert all(" " not in line.strip() for line in too_long), too_long  # a word that is longer alone
    assert any(len(line) > width * 0.7 for line in lines)


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
