"""Reads the table `[late]` of an assignment file into the rule for late work."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from msgspec import UnsetType

from grader.assignment.late import LateRule
from grader.assignment.tables import LateTable
from grader.assignment.toml_file import TomlFile


def late_rule(file: TomlFile, table: LateTable) -> LateRule:
    """The rule that a table describes.

    Raises:
        ConfigurationError: there is no time zone, or the costs contradict each other; the message names the
            key and the line.
    """
    zone = None if isinstance(table.zone, UnsetType) else _zone(file, table.zone)
    due = table.due if table.due.tzinfo is not None or zone is None else table.due.replace(tzinfo=zone)
    if due.tzinfo is None:
        raise file.problem(
            ("late", "due"),
            f"needs a time zone: write {table.due.isoformat()}+02:00, or add a key `zone`, like "
            'zone = "Europe/Berlin".',
        )
    points, percent = table.points_per_day, table.percent_per_day
    if not isinstance(points, UnsetType) and not isinstance(percent, UnsetType):
        raise file.problem(
            ("late", "percent_per_day"), "does not go with `points_per_day`: give one of them."
        )
    per_day = next((item for item in (points, percent) if not isinstance(item, UnsetType)), None)
    nothing_after = None if isinstance(table.nothing_after_days, UnsetType) else table.nothing_after_days
    if per_day is None and nothing_after is None:
        raise file.problem(
            ("late",),
            "says what is late, but not what it costs: add `points_per_day`, `percent_per_day` or "
            "`nothing_after_days`.",
        )
    most = None if isinstance(table.most, UnsetType) else table.most
    if most is not None and per_day is None:
        raise file.problem(("late", "most"), "needs `points_per_day` or `percent_per_day` beside it.")
    if nothing_after is not None and nothing_after < table.grace_days:
        raise file.problem(("late", "nothing_after_days"), "is less than `grace_days`.")
    return LateRule(
        due=due,
        zone=None if zone is None else zone.key,
        grace_days=table.grace_days,
        per_day=per_day or 0.0,
        in_percent=not isinstance(percent, UnsetType),
        most=most,
        nothing_after_days=nothing_after,
    )


def _zone(file: TomlFile, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise file.problem(
            ("late", "zone"), f'is "{name}", which is no time zone here. For example: "Europe/Berlin".'
        ) from None
