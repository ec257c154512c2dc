"""Submissions that keep the grader from looking at their databases, or that say a fault is not theirs.

None of them may be an `error`: that is for faults of the grader.
"""

from __future__ import annotations

from tests.catalogue.case import APP, BLOCKED_BY_UPGRADE, Case, extra, replace

DEPTH = 9800
"""As deep as the parser takes it. PostgreSQL can store it and not print it."""
DEEP = f'"CASE WHEN " + "(" * {DEPTH} + "true" + ") IS TRUE" * {DEPTH} + " THEN 1 END"'
TOO_DEEP = f"""\
deep = {DEEP}
op.execute(f"CREATE TABLE deep (one integer DEFAULT {{deep}})")"""
DEEP_COLUMN = f"db.Column(db.Integer, server_default=db.text({DEEP}))"
OTHERS_LACK = """\
print('ERROR: extension "postgis" is not available')
raise RuntimeError('extension "postgis" is not available')"""
UNSEEN: tuple[Case, ...] = (
    Case(
        "hostile_too_deep",
        "A revision makes a default that PostgreSQL cannot print.",
        (extra(TOO_DEEP, 'op.drop_table("deep")'),),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("version", "schema")},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("could not be looked at", "nested too deeply")},
    ),
    Case(
        "hostile_too_deep_below",
        "A downgrade makes a default that PostgreSQL cannot print.",
        (extra("pass", TOO_DEEP),),
        score=85.0,
        failed={
            "downgrade": ("schema",),
            "reversible_chain": ("revision_4d7e91c03ab2",),
            "data_survival": ("down_4d7e91c03ab2",),
        },
        skipped={"reapply": "downgrade"},
        hints={"downgrade": ("could not be looked at",)},
    ),
    Case(
        "hostile_too_deep_models",
        "The models have a default that PostgreSQL cannot print.",
        (
            replace(
                APP,
                (
                    "    bio = db.Column(db.Text)\n",
                    f"    bio = db.Column(db.Text)\n    deep = {DEEP_COLUMN}\n",
                ),
            ),
        ),
        score=90.0,
        failed={"models_match": ("own_models",)},
        hints={"models_match": ("could not be looked at",)},
    ),
    Case(
        "hostile_says_it_lacks",
        "A revision fails and prints that the server lacks an extension, which nothing asks it for.",
        (extra(OTHERS_LACK),),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("command", "version", "schema")},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
    ),
)
"""They get what they show."""
