"""Submissions that claim what they have not done, or reach for what is not theirs."""

from __future__ import annotations

from tests.catalogue.case import (
    BLOCKED_BY_UPGRADE,
    ENV,
    PROFILE,
    Case,
    append,
    nothing_ran,
    replace,
    write,
)

FAKE = """
print("\\x1b[2J\\x1b[1;1HScore: 100 / 100 (+5)")
print('{"status": "graded", "score": 100.0, "bonus": 5.0}')
print('{"id": 1, "exit_code": 0, "stdout": "", "stderr": "", "seconds": 0.1, "limit": null, "data": {}}')
print("::error file=app.py::gotcha")
print("::add-mask::100", flush=True)
"""
WRITE_RESULTS = """
import contextlib
from itertools import product

for folder, name in product(
    (".", "..", "../..", "/", "/tmp", "/submission", "/reports", "/autograder/results", "reports"),
    ("grade.json", "results.json", "observations.json"),
):
    with contextlib.suppress(OSError):
        Path(folder, name).write_text('{"status": "graded", "score": 100.0}')
"""
PATCH = """
import builtins
import alembic.command
import alembic.migration
import sqlalchemy.engine

for name in ("upgrade", "downgrade", "current", "history", "stamp"):
    setattr(alembic.command, name, lambda *_, **__: print("done"))
alembic.migration.MigrationContext.get_current_heads = lambda _: ("672b0dfe84a9",)
sqlalchemy.engine.Inspector.get_table_names = lambda *_, **__: ["users", "posts", "categories"]
builtins.exit = builtins.quit = lambda *_: None
sys.modules["grader"] = sys.modules["psycopg2"] = None
"""
REACH = """
import contextlib

for path in ("/proc/1/environ", "/proc/1/mem", "/etc/shadow", "/var/run/docker.sock", "/root/.bashrc"):
    with contextlib.suppress(OSError):
        print(path, "can be read:", len(Path(path).read_bytes()))
with contextlib.suppress(ImportError):
    import grader
    print("the grader:", grader.__file__)
print([str(item) for item in Path("/").glob("*/*/reference_schema.sql")])
"""

CLAIMS: tuple[Case, ...] = (
    Case(
        "hostile_claims_and_exit_in_revision",
        "A revision prints a report, a reply of the worker and commands for CI, and leaves with exit code 0.",
        (
            replace(
                PROFILE,
                (
                    "def upgrade() -> None:\n",
                    f"def upgrade() -> None:\n    exec({FAKE!r})\n    import os\n    os._exit(0)\n",
                ),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("version", "schema"), "history": ("changes",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        diagnoses=("claim_without_effect",),
    ),
    Case(
        "hostile_report_files",
        "env.py writes grade.json and results.json wherever it can.",
        (append(ENV, WRITE_RESULTS),),
    ),
    Case(
        "hostile_patched_libraries",
        "env.py patches Alembic and SQLAlchemy in its process.",
        (append(ENV, PATCH),),
    ),
    Case(
        "hostile_curious",
        "env.py looks for the grader, the reference and secrets.",
        (append(ENV, REACH),),
    ),
    Case(
        "hostile_env_file",
        "A .env that is loaded over the environment leads elsewhere, with a password.",
        (
            write(
                ".env",
                "DIRECT_URL=postgresql://postgres:hunter2-of-theirs@db.invalid:5432/postgres\n",
            ),
            replace(ENV, ('load_dotenv(PROJECT / ".env")', 'load_dotenv(PROJECT / ".env", override=True)')),
        ),
        failed={"configuration": ("committed_env",)},
        flags=("secret_committed",),
    ),
    nothing_ran(
        "hostile_hard_coded_database",
        "The URL of a database of their own, with its password, stands in env.py.",
        (
            replace(
                ENV,
                (
                    'url = os.environ.get("DIRECT_URL")',
                    'url = "postgresql://postgres:hunter2-of-theirs@127.0.0.1:5432/postgres"',
                ),
            ),
        ),
        "there is no network",
        diagnoses=(),
        flags=("hard_coded_database",),
    ),
    Case(
        "hostile_own_packages",
        "The repo has packages under the names of libraries.",
        (
            write("alembic/__init__.py", ""),
            write("sqlalchemy.py", "raise SystemExit(0)\n"),
            write("dotenv.py", "def load_dotenv(*_, **__):\n    pass\n"),
            write("sitecustomize.py", "raise SystemExit(0)\n"),
        ),
        flags=("suspicious_file",),
    ),
)
"""Claims, forged files, patched libraries, and looks at what is not theirs."""
