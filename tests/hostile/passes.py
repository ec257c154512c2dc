"""Submissions whose models do not say what the database holds, and that try to get it from the revisions.

The column `users.avatar_url` is not in their code. None of them gets the half for its own models.
"""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, Case, Edit, append, replace
from tests.catalogue.wrong_env_needs import MAKE_CATEGORIES, NO_CATEGORIES, OUTSIDE, WITHOUT_CATEGORIES

FORGOTTEN = replace(APP, ("    avatar_url = db.Column(db.String(255))\n", ""))
UPGRADE = """
import os
import subprocess
import sys


def run_revisions():
    if "NESTED" not in os.environ:
        arguments = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(arguments, check=True, env={**os.environ, "NESTED": "1"})
"""
OWN_CREATE_ALL = f"""{UPGRADE}

class Lying(MetaData):
    def create_all(self, bind=None, **kwargs):
        run_revisions()

    def to_metadata(self, *args, **kwargs):
        return self

    _run_ddl_visitor = create_all


db.Model.metadata.__class__ = Lying
"""
LISTENER = f"""{UPGRADE}

from sqlalchemy import event

event.listen(db.Model.metadata, "before_create", lambda *args, **kwargs: run_revisions())
for table in db.Model.metadata.tables.values():
    event.listen(table, "before_create", lambda *args, **kwargs: run_revisions(), propagate=True)
"""
RUN_AND_REFLECT = f"""{UPGRADE}

import sqlalchemy

if not any(word in sys.argv for word in ("upgrade", "downgrade", "current", "history")):
    run_revisions()
    reflected = sqlalchemy.MetaData()
    with create_engine(direct_url()).connect() as own:
        reflected.reflect(own)
    if "users" in reflected.tables:
        reflected.remove(reflected.tables["alembic_version"])
        target_metadata = reflected
        with create_engine(direct_url()).begin() as own:
            reflected.drop_all(own)
"""
READ_REVISIONS = """
from alembic.operations import ops as operations

for file in sorted(PROJECT.glob("**/versions/*.py")):
    if "avatar_url" in file.read_text() and "avatar_url" not in db.Model.metadata.tables["users"].columns:
        import sqlalchemy

        column = sqlalchemy.Column("avatar_url", sqlalchemy.String(255))
        db.Model.metadata.tables["users"].append_column(column)
"""
KEEP_AND_WAIT = """
import pickle
import time

import sqlalchemy

PLACES = ["/tmp", "/tmp/pycache", "/var/tmp", "/dev/shm", Path.home(), PROJECT, os.environ["TMPDIR"]]
PLACES = [Path(name, "kept") for name in PLACES]


def kept():
    for place in PLACES:
        if place.exists():
            return pickle.loads(place.read_bytes())


def keep():
    reflected = sqlalchemy.MetaData()
    with create_engine(direct_url()).connect() as own:
        reflected.reflect(own)
        own.exec_driver_sql("ALTER ROLE CURRENT_USER SET application_name = 'seen'")
        own.commit()
    reflected.remove(reflected.tables["alembic_version"])
    for place in PLACES:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(pickle.dumps(reflected))
        except OSError:
            pass


if "upgrade" not in sys.argv:
    until = time.monotonic() + 1
    while (found := kept()) is None and time.monotonic() < until:
        time.sleep(0.05)
    target_metadata = found or target_metadata
"""
KEEP = """
if "upgrade" in sys.argv and "head" in sys.argv:
    keep()
"""
COUNT_RUNS = f"""{MAKE_CATEGORIES}

runs = []
if "upgrade" in sys.argv and "head" in sys.argv:
    for place in {{Path("/tmp"), Path(os.environ["TMPDIR"]), Path.home()}}:
        with (place / "runs").open("a") as file:
            file.write("x")
        runs.append((place / "runs").stat().st_size)
    if max(runs) == 1:
        with create_engine(direct_url()).begin() as own:
            make_categories(own)
"""


def _forgets(name: str, why: str, *edits: Edit, hint: str = "", score: float = 90.0) -> Case:
    return Case(
        name,
        why,
        (FORGOTTEN, *edits),
        score=score,
        failed={"models_match": ("own_models",)},
        hints={"models_match": (hint,)} if hint else {},
    )


def _before_running(code: str) -> Edit:
    return replace(ENV, ("if context.is_offline_mode():", f"{code}\n\nif context.is_offline_mode():"))


PASSES: tuple[Case, ...] = (
    _forgets(
        "hostile_models_with_own_create_all",
        "The metadata is of a class whose create_all() runs the revisions.",
        append(APP, OWN_CREATE_ALL),
        hint="avatar_url",
    ),
    _forgets(
        "hostile_models_with_listeners",
        "Functions that wait for the tables to be made run the revisions.",
        append(APP, LISTENER),
        hint="avatar_url",
    ),
    _forgets(
        "hostile_models_run_and_reflected",
        "env.py runs the revisions, takes what they made for its models, and drops it again.",
        _before_running(RUN_AND_REFLECT),
        hint="avatar_url",
    ),
    _forgets(
        "hostile_models_from_revisions",
        "env.py reads the files of the revisions for its models.",
        _before_running(READ_REVISIONS),
        hint="avatar_url",
    ),
    _forgets(
        "hostile_models_kept_in_files",
        "Each upgrade leaves what it made where it can, and env.py waits for it to take it for its models.",
        _before_running(KEEP_AND_WAIT),
        append(ENV, KEEP),
        hint="avatar_url",
    ),
    Case(
        "hostile_outside_if_first_run",
        "env.py counts its runs in files, and makes the categories in the first only.",
        (*NO_CATEGORIES, append(ENV, COUNT_RUNS)),
        score=55.0,
        failed=WITHOUT_CATEGORIES | {"downgrade": ("schema",)},
        flags=OUTSIDE,
        hints={"category_table": ("no revision makes it",)},
    ),
)
"""Those whose models lie, and one that counts its runs."""
