"""What late work costs: a rule of the assignment, and what follows from it for a time of submission.

Must not know where the time of a submission comes from, or which points there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LateRule:
    """When the work was due, and what each day costs after that."""

    due: datetime
    """With a time zone."""
    zone: str | None = None
    """The name of the zone of times that name none; None if there is none, so that they mean nothing."""
    grace_days: float = 0.0
    """Days after `due` that cost nothing."""
    per_day: float = 0.0
    """What each day costs that has begun after the days of grace."""
    in_percent: bool = False
    """Whether `per_day` and `most` are percent of the maximum, and not points."""
    most: float | None = None
    """The most that can be lost; None for everything."""
    nothing_after_days: float | None = None
    """Days after `due` after which there are no points at all; None if there is no such end."""

    def in_zone(self, moment: datetime) -> datetime | None:
        """A time with its zone, or with the rule's; None if neither is there."""
        if moment.tzinfo is not None or self.zone is None:
            return moment if moment.tzinfo is not None else None
        return moment.replace(tzinfo=ZoneInfo(self.zone))

    def days_late(self, submitted: datetime, due: datetime | None = None) -> int:
        """The days that have begun after the due date and the days of grace; 0 if nothing has to be paid.

        Args:
            submitted: when the work was handed in, with a time zone.
            due: when it was due for this person, if that is another time.
        """
        late = submitted - (due or self.due) - self.grace_days * _DAY
        return max(0, math.ceil(late / _DAY))

    def counts_no_more(self, submitted: datetime, due: datetime | None = None) -> bool:
        """Whether the work came so late that it has no points at all."""
        if self.nothing_after_days is None:
            return False
        return submitted - (due or self.due) > self.nothing_after_days * _DAY

    def penalty(self, days: int, max_score: float) -> float:
        """The points that so many days cost, with two decimals; not more than the rule allows to lose."""
        cost = self.per_day * days
        if self.most is not None:
            cost = min(cost, self.most)
        return round(cost * max_score / 100 if self.in_percent else cost, 2)
