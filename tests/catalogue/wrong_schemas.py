"""Wrong answers in the columns at head: the profile, the length of usernames, the first tables."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    by_operator,
    delete,
    replace,
)

BIO = 'sa.Column("bio", sa.Text(), nullable=True)'
AVATAR = 'sa.Column("avatar_url", sa.String(length=255), nullable=True)'


def _profile(name: str, why: str, check: str, *hint: str, edits: tuple[Edit, ...], models_too: bool) -> Case:
    """One of the two columns of `user_columns` is not as asked."""
    return Case(
        name,
        why,
        edits,
        score=86.67 if models_too else 76.67,
        failed={
            "user_columns": (f"column_users_{check}",),
            "models_match": ("reference",) if models_too else ("own_models", "reference"),
        },
        hints={"user_columns": hint},
    )


COLUMNS: tuple[Case, ...] = (
    Case(
        "wrong_plan_length",
        "A column of the first tables differs from the exercise's, in the models as well.",
        (
            replace(INITIAL, ('"plan", sa.String(length=20)', '"plan", sa.String(length=30)')),
            replace(APP, ("plan = db.Column(db.String(20)", "plan = db.Column(db.String(30)")),
        ),
        score=90.0,
        failed={"models_match": ("reference",)},
        hints={"models_match": ("organizations.plan", "the exercise asks for")},
    ),
    _profile(
        "wrong_bio_varchar",
        "bio is VARCHAR and not TEXT.",
        "bio",
        "character varying(255)",
        "9e42d70b51fc",
        edits=(by_operator("other_type_everywhere", "users.bio"),),
        models_too=True,
    ),
    _profile(
        "wrong_avatar_text",
        "avatar_url is TEXT and not VARCHAR(255).",
        "avatar_url",
        "text",
        edits=(
            replace(PROFILE, (AVATAR, 'sa.Column("avatar_url", sa.Text(), nullable=True)')),
            replace(APP, ("avatar_url = db.Column(db.String(255))", "avatar_url = db.Column(db.Text)")),
        ),
        models_too=True,
    ),
    _profile(
        "wrong_avatar_length",
        "avatar_url is shorter in the revision than in the model; autogenerate was not asked again.",
        "avatar_url",
        "character varying(200)",
        edits=(replace(PROFILE, ("length=255", "length=200")),),
        models_too=False,
    ),
    _profile(
        "wrong_bio_not_null",
        "bio is NOT NULL.",
        "bio",
        "not null",
        edits=(
            replace(PROFILE, (BIO, 'sa.Column("bio", sa.Text(), server_default="", nullable=False)')),
            replace(
                APP,
                ("bio = db.Column(db.Text)", 'bio = db.Column(db.Text, server_default="", nullable=False)'),
            ),
        ),
        models_too=True,
    ),
    Case(
        "wrong_no_profile",
        "The revision with bio and avatar_url was never made.",
        (delete(PROFILE), replace(CATEGORIES, ('= "9e42d70b51fc"', '= "3b8f1c6a27d4"'))),
        score=70.0,
        failed={
            "user_columns": ("column_users_bio", "column_users_avatar_url", "evolves"),
            "models_match": ("own_models", "reference"),
        },
        hints={
            "user_columns": (
                "The models have users.bio and users.avatar_url (app.py, line 60)",
                "and no revision makes them",
                '`alembic revision --autogenerate -m "add bio and avatar_url to users"`',
            )
        },
    ),
)

USERNAMES: tuple[Case, ...] = (
    Case(
        "wrong_username_from_start",
        "username has 50 characters in the first revision already: nothing to be undone.",
        (
            delete(USERNAME),
            replace(INITIAL, ('"username", sa.String(length=80)', '"username", sa.String(length=50)')),
        ),
        bonus=2.5,
        failed={"username_length": ("restored",)},
        hints={"username_length": ("from the start",)},
    ),
    Case(
        "wrong_username_restored",
        "The downgrade restores 100 characters and not 80.",
        (replace(USERNAME, ("type_=sa.String(length=80)", "type_=sa.String(length=100)")),),
        score=90.0,
        bonus=2.5,
        failed={
            "downgrade": ("schema",),
            "username_length": ("restored",),
            "reversible_chain": ("revision_672b0dfe84a9",),
        },
        hints={
            "username_length": ("back to character varying(80)",),
            "downgrade": ("character varying(100)",),
        },
        diagnoses=("downgrade_incomplete",),
    ),
    Case(
        "wrong_username_length",
        "username has 60 characters.",
        (
            replace(USERNAME, ("length=50", "length=60")),
            replace(APP, ("username = db.Column(db.String(50)", "username = db.Column(db.String(60)")),
        ),
        score=90.0,
        bonus=0.0,
        failed={"username_length": ("column_users_username", "restored"), "models_match": ("reference",)},
        hints={"username_length": ("character varying(50)",)},
    ),
)

WRONG_SCHEMAS: tuple[Case, ...] = (*COLUMNS, *USERNAMES)
