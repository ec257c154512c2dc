"""Wrong answers about variables and addresses, and what an example file does not make up for."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, Case, nothing_ran, replace, write

_TAKEN = replace(
    ENV,
    ("from sqlalchemy import create_engine, pool", "import sqlalchemy as sa\nfrom sqlalchemy import pool"),
    (
        "create_engine(direct_url(), poolclass=pool.NullPool)",
        'sa.create_engine(sa.make_url(direct_url()).set(host="localhost", port=5432))',
    ),
)
_NEEDS_KEY = replace(
    APP, ("app = Flask(__name__)\n", 'app = Flask(__name__)\napp.secret_key = os.environ["SECRET_KEY"]\n')
)

WRONG_ENVIRONMENTS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_variable_that_no_example_names",
        "The app needs a variable; the committed example names another one.",
        (_NEEDS_KEY, write(".env.example", "SECRET=change-me\n")),
        "SECRET_KEY",
        ".env.example",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_variable_in_a_committed_env",
        "The app needs a variable that stands only in a committed .env.",
        (_NEEDS_KEY, write(".env", "SECRET_KEY=development\n")),
        "SECRET_KEY",
        ".env.example",
        diagnoses=("environment_variable_missing",),
    ),
    nothing_ran(
        "wrong_host_of_their_own",
        "env.py puts the host and the port of the student's own machine into the URL.",
        (_TAKEN,),
        "nothing answers",
        "DIRECT_URL",
        diagnoses=("database_unreachable",),
    ),
    Case(
        "wrong_pooled_variable",
        "The migrations run over a variable that the example shows with the pooler's port.",
        (
            replace(ENV, ('os.environ.get("DIRECT_URL")', 'os.environ.get("SUPABASE_DB_URL")')),
            write(
                ".env.example",
                "SUPABASE_DB_URL=postgresql://postgres:password@db.example.org:6543/postgres\n",
            ),
        ),
        failed={"configuration": ("connection",)},
        diagnoses=("pooled_connection",),
    ),
)
"""None of them gets all points."""
