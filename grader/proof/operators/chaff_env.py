"""Mistakes in settings: the wrong variable, a password in a file, no offline mode, nothing run or kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.environment import (
    offline_choice,
    sources_with,
    transactions,
    with_script_location,
    with_setting,
)
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.project import Project
from grader.proof.operators.source import calls, constant

_URL = "postgresql://postgres:rosebud-7451@db.bqxkzvwm.supabase.co:5432/postgres"
"""An address with a password that nobody has."""


@chaff("Migrations run over the pooled connection.")
def pooled_connection(project: Project) -> Iterator[Change]:
    """`env.py`, or what it asks, reads the other variable. Applies where the exercise has two."""
    pooled = [name for name in project.pooled if name not in project.direct]
    if not pooled:
        return
    for direct in project.direct:
        for source, nodes in sources_with(project, direct):
            edits = [source.replace(node, f'"{pooled[0]}"') for node in nodes]
            yield change(f"{source.path} reads {pooled[0]} instead of {direct}.", (source, edits))
            return


@chaff("The URL of the database stands in the settings file.")
def url_in_settings(project: Project) -> Iterator[Change]:
    """With its password. Applies to alembic.ini."""
    data = with_setting(project, f"sqlalchemy.url = {_URL}")
    if data is not None and project.ini is not None:
        yield Change(f"{project.ini} holds a URL with a password.", {project.ini: data})


@chaff("The URL of the database stands in the code.")
def url_in_code(project: Project) -> Iterator[Change]:
    """As what is taken where the variable is not set. Applies to `os.environ.get` and `os.getenv`."""
    for source in (project.env, *project.python_files()):
        for call in calls(source.tree, "get", "getenv"):
            names = (*project.direct, *project.pooled)
            if len(call.args) == 1 and constant(call.args[0]) in names and not call.keywords:
                edits = [source.add_argument(call, f'"{_URL}"')]
                yield change(f"{source.path} holds a URL with a password.", (source, edits))
                return


@chaff("A .env with a password was committed.")
def env_file_committed(project: Project) -> Iterator[Change]:
    """Beside the settings file."""
    path = Project.below(project.layout.root, ".env")
    names = dict.fromkeys((*project.direct, *project.pooled))
    yield Change(
        f"{path} holds a URL with a password.", {path: "".join(f'{n}="{_URL}"\n' for n in names).encode()}
    )


@chaff("The settings name a script folder that is not there.")
def script_folder_misnamed(project: Project) -> Iterator[Change]:
    """Applies where alembic.ini names one."""
    data = with_script_location(project, "%(here)s/migration_scripts")
    if data is not None and project.ini is not None:
        sentence = f"{project.ini} names the script folder migration_scripts, which there is not."
        yield Change(sentence, {project.ini: data})


@chaff("env.py does not know offline mode.")
def offline_mode_left_out(project: Project) -> Iterator[Change]:
    """It always connects. Applies to an `env.py` that chooses with `is_offline_mode()`."""
    env, choice = project.env, offline_choice(project)
    if choice is not None:
        lines = "\n".join(line for item in choice.orelse for line in env.lines_of(item))
        yield change("env.py connects in offline mode, too.", (env, [env.replace(choice, lines)]))


@chaff("env.py runs no migrations.")
def migrations_not_run(project: Project) -> Iterator[Change]:
    """Leaves `context.run_migrations()` out where it connects."""
    for block in transactions(project):
        run = [
            item
            for item in block.body
            if isinstance(item, ast.Expr) and "run_migrations" in ast.unparse(item)
        ]
        if run:
            edits = project.env.drop_statements(*run)
            yield change("env.py does not call context.run_migrations().", (project.env, edits))


@chaff("env.py does not commit.")
def transaction_left_out(project: Project) -> Iterator[Change]:
    """Runs the migrations outside of `context.begin_transaction()`: PostgreSQL takes all of it back."""
    env = project.env
    for block in transactions(project):
        lines = f"\n{' ' * block.col_offset}".join(line for item in block.body for line in env.lines_of(item))
        yield change("env.py runs the migrations without a transaction.", (env, [env.replace(block, lines)]))
