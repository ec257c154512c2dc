"""Wrong submissions whose models are not what the tables are made of."""

from __future__ import annotations

from tests.catalogue.case import APP, Case, append, replace

BIO = "    bio = db.Column(db.Text)\n"
AVATAR = "    avatar_url = db.Column(db.String(255))\n"
COLUMN_BY_DDL = """

from sqlalchemy import DDL, event

event.listen(User.__table__, "after_create", DDL("ALTER TABLE users ADD COLUMN avatar_url VARCHAR(255)"))
"""

WRONG_MODELS: tuple[Case, ...] = (
    Case(
        "wrong_column_by_ddl",
        "A DDL element adds the column that the model does not have.",
        (replace(APP, (AVATAR, "")), append(APP, COLUMN_BY_DDL)),
        score=90.0,
        failed={"models_match": ("own_models",)},
        hints={"models_match": ("Define each column in its model",)},
        diagnoses=("columns_changed_by_ddl",),
    ),
)
"""Half of `models_match` is lost."""
