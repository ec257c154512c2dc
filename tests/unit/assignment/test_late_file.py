"""The table `[late]`: what it means, and that each contradiction is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.assignment.late import LateRule
from grader.assignment.late_file import late_rule
from grader.assignment.tables import LateTable
from grader.assignment.toml_file import TomlFile
from grader.errors import ConfigurationError


def rule(folder: Path, text: str) -> LateRule:
    path = folder / "assignment.toml"
    path.write_text(f"[late]\n{text}\n")
    file = TomlFile.read(path)
    return late_rule(file, file.decoded(LateTable, ("late",)))


def test_a_date_with_its_zone(tmp_path: Path) -> None:
    read = rule(tmp_path, "due = 2026-05-04T23:59:00+02:00\npercent_per_day = 10\nmost = 50")
    assert read.due == datetime(2026, 5, 4, 21, 59, tzinfo=UTC)
    assert (read.per_day, read.in_percent, read.most) == (10.0, True, 50.0)
    assert read.in_zone(datetime(2026, 5, 4)) is None  # noqa: DTZ001 - without a zone on purpose


def test_a_zone_holds_for_the_due_date_and_for_times_of_the_roster(tmp_path: Path) -> None:
    read = rule(tmp_path, 'due = 2026-05-04T23:59:00\nzone = "Europe/Berlin"\npoints_per_day = 5')
    assert read.due == datetime(2026, 5, 4, 21, 59, tzinfo=UTC)
    winter = read.in_zone(datetime(2026, 1, 4, 12, 0))  # noqa: DTZ001 - without a zone on purpose
    assert winter is not None
    assert winter.utcoffset() == timedelta(hours=1)
    known = datetime(2026, 1, 4, tzinfo=UTC)
    assert read.in_zone(known) is known


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("due = 2026-05-04T23:59:00\npoints_per_day = 5", 2, "`late.due` needs a time zone"),
        ("due = 2026-05-04\npoints_per_day = 5", 2, "`late.due` must be a date with a time"),
        (
            'due = 2026-05-04T23:59:00Z\nzone = "Europe/Atlantis"\npoints_per_day = 5',
            3,
            '`late.zone` is "Europe/Atlantis", which is no time zone',
        ),
        ('due = 2026-05-04T23:59:00Z\nzone = "../x"\npoints_per_day = 5', 3, "no time zone"),
        ("due = 2026-05-04T23:59:00Z", 1, "`late` says what is late, but not what it costs"),
        (
            "due = 2026-05-04T23:59:00Z\npoints_per_day = 5\npercent_per_day = 5",
            4,
            "does not go with `points_per_day`",
        ),
        ("due = 2026-05-04T23:59:00Z\nnothing_after_days = 3\nmost = 5", 4, "`late.most` needs"),
        (
            "due = 2026-05-04T23:59:00Z\nnothing_after_days = 3\ngrace_days = 5",
            3,
            "`late.nothing_after_days` is less than `grace_days`",
        ),
        ("due = 2026-05-04T23:59:00Z\npoints_a_day = 3", 3, "Did you mean `points_per_day`?"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        rule(tmp_path, text)
    assert f"line {line}: " in caught.value.message
    assert message in caught.value.message
