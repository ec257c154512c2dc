"""Mistakes with extensions, schemas and the syntax of other Pythons, which every backend judges alike."""

from __future__ import annotations

from tests.catalogue.case import EXTRA_ID, Case, breaks_at, extra

_CHAIN = (f"revision_{EXTRA_ID}",)
_VIEW = 'op.execute("CREATE VIEW ids AS SELECT id FROM posts")'


def _left_behind(
    name: str, why: str, upgrade: str, *hint: str, diagnosis: str, needs: tuple[str, ...] = ()
) -> Case:
    """The last revision makes something that its downgrade does not take back."""
    return Case(
        name,
        why,
        (extra(f"{_VIEW}\n{upgrade}", 'op.execute("DROP VIEW ids")'),),
        score=90.0,
        failed={"downgrade": ("schema",), "reversible_chain": (*_CHAIN, "base")},
        hints={"downgrade": hint},
        diagnoses=(diagnosis,),
        needs=needs,
    )


WRONG_POSTGRES: tuple[Case, ...] = (
    breaks_at(
        5,
        "wrong_untrusted_extension",
        "An extension that reaches other servers, which only a superuser may create.",
        (extra('op.execute("CREATE EXTENSION dblink")'),),
        "only a superuser",
        flags=("privilege_attempt",),
        diagnoses=("permission_denied",),
    ),
    breaks_at(
        5,
        "wrong_misspelt_extension",
        "An extension that nobody has, under a name close to one that is known.",
        (extra('op.execute("CREATE EXTENSION pgcripto")'),),
        '"pgcrypto"',
        diagnoses=("extension_unavailable",),
    ),
    breaks_at(
        5,
        "wrong_schema_there_already",
        "The schema `extensions` is made without asking whether it is there.",
        (extra('op.execute("CREATE SCHEMA extensions")', 'op.execute("DROP SCHEMA extensions")'),),
        "IF NOT EXISTS",
        diagnoses=("object_exists",),
    ),
    _left_behind(
        "wrong_extension_left_behind",
        "The downgrade leaves an extension.",
        'op.execute("CREATE EXTENSION IF NOT EXISTS citext")',
        "extension citext",
        diagnosis="left_behind",
        needs=("contrib",),
    ),
    _left_behind(
        "wrong_schema_left_behind",
        "The downgrade leaves a schema.",
        'op.execute("CREATE SCHEMA IF NOT EXISTS reports")',
        "schema reports",
        diagnosis="downgrade_incomplete",
    ),
)
