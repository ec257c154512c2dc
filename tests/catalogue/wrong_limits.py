"""Submissions that leave more in the database than is read, or take more time than a trial has."""

from __future__ import annotations

from tests.catalogue.case import BLOCKED_BY_UPGRADE, CATEGORIES, INITIAL, Case, breaks_at, replace

LONG_COMMENTS = """\
    for name in ("id", "username", "email", "full_name", "bio", "avatar_url"):
        op.execute(f"COMMENT ON COLUMN users.{name} IS '{name * 99_000:.199000}'")
    for name in ("id", "title", "content", "status", "view_count", "created_at"):
        op.execute(f"COMMENT ON COLUMN posts.{name} IS '{name * 99_000:.199000}'")
"""
"""Each comment is a little shorter than what is kept as a hash."""
WAIT = """\
    import time

    time.sleep(5)
"""

WRONG_LIMITS: tuple[Case, ...] = (
    breaks_at(
        3,
        "wrong_schema_too_large",
        "A revision writes comments of megabytes.",
        (replace(CATEGORIES, ("def upgrade() -> None:\n", f"def upgrade() -> None:\n{LONG_COMMENTS}")),),
        "more in the database than the grader reads",
        "take loops that make others out",
        flags=("limit_hit",),
        diagnoses=("schema_too_large",),
    ),
    Case(
        "wrong_slow_chain",
        "A revision waits so long that there is no time for the rest of the trial.",
        (replace(INITIAL, ("def upgrade() -> None:\n", f"def upgrade() -> None:\n{WAIT}")),),
        trial_seconds=1.5,
        score=4.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",), "history": ("listed", "changes")},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("had taken longer than they may",)},
        flags=("limit_hit",),
        diagnoses=("trial_limit",),
    ),
)
"""Limits on a whole submission."""
