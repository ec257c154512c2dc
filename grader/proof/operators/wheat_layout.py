"""Right answers in another layout: folders, settings, `env.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.proof.operators.environment import (
    configure_calls,
    connecting,
    flask_apps,
    sources_with,
    with_script_location,
    with_setting,
)
from grader.proof.operators.mutant import Change, change, wheat
from grader.proof.operators.project import Project
from grader.proof.operators.source import called, calls, constant, import_line

_LOCATION = re.compile(r"^script_location[ \t]*=[ \t]*(\S.*?)\s*$", re.MULTILINE)
_FLASK_ENV = '''"""As Flask-Migrate makes it, without comments."""

from alembic import context
from flask import current_app

config = context.config
target_db = current_app.extensions["migrate"].db
url = target_db.engine.url.render_as_string(hide_password=False)
config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


def run_migrations_offline():
    context.configure(url=url, target_metadata=target_db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    with target_db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
'''


@wheat("The script folder has another name.")
def other_script_folder(project: Project) -> Iterator[Change]:
    """Applies where alembic.ini names the folder, and no folder of revisions."""
    location = _location(project)
    folder = project.layout.script_location
    if location is None or project.ini is None or not location.endswith(folder.rpartition("/")[2]):
        return
    name = "schema_changes"
    data = with_script_location(project, location.removesuffix(folder.rpartition("/")[2]) + name)
    new = Project.below(folder.rpartition("/")[0], name)
    yield Change(f"The script folder is called {name}.", {**_moved(project, folder, new), project.ini: data})


@wheat("The revisions lie in another folder.")
def other_versions_folder(project: Project) -> Iterator[Change]:
    """`version_locations`. Applies where alembic.ini names none, beside a script folder."""
    data = with_setting(project, "version_locations = %(here)s/revisions")
    if (
        _location(project) is None
        or data is None
        or project.ini is None
        or len(project.layout.version_locations) != 1
    ):
        return
    new = Project.below(project.ini.rpartition("/")[0], "revisions")
    files = _moved(project, project.layout.version_locations[0], new)
    yield Change("The revisions lie in the folder revisions.", {**files, project.ini: data})


@wheat("The exercise lies in a sub-folder.")
def sub_folder(project: Project) -> Iterator[Change]:
    """Does not apply where the assignment says where alembic.ini is, or to Flask-Migrate."""
    if project.alembic_root is None and project.layout.flavour == "alembic":
        files: dict[str, bytes | None] = dict.fromkeys(project.files)
        files |= {f"exercise/{path}": data for path, data in project.files.items()}
        yield Change("All files lie in the folder exercise.", files)


@wheat("The settings are in pyproject.toml.")
def settings_in_pyproject(project: Project) -> Iterator[Change]:
    """Without logging. Applies where there is no such file, and alembic.ini names the script folder."""
    location = _location(project)
    if location is None or project.ini is None or project.alembic_root is not None:
        return
    path = Project.below(project.ini.rpartition("/")[0], "pyproject.toml")
    if path in project.files:
        return
    text = (
        '[project]\nname = "exercise"\nversion = "1"\n\n[tool.alembic]\n'
        f'script_location = "{location}"\nprepend_sys_path = ["."]\n'
    )
    env = project.env
    logging = [item for item in env.tree.body if any(True for _ in calls(item, "fileConfig"))]
    files = {env.path: env.edited(*env.drop_statements(*logging))} if logging else {}
    yield Change("pyproject.toml holds the settings.", {**files, project.ini: None, path: text.encode()})


@wheat("The project uses Flask-Migrate.")
def flask_migrate(project: Project) -> Iterator[Change]:
    """Applies to a Flask app beside alembic.ini that `flask` finds by itself."""
    layout = project.layout
    if layout.flavour != "alembic" or layout.root != "." or project.ini is None or not project.pooled:
        return
    for source in project.python_files():
        if source.path not in ("app.py", "wsgi.py"):
            continue
        for app, statement, db in flask_apps(source):
            if statement not in source.tree.body:
                continue
            edits = [
                import_line(source, "from flask_migrate import Migrate"),
                source.insert_after(statement, f"Migrate({app}, {db})"),
            ]
            nodes = [
                n
                for n in ast.walk(source.tree)
                if isinstance(n, ast.Constant) and n.value == project.pooled[0]
            ]
            edits += [source.replace(node, f'"{project.direct[0]}"') for node in nodes]
            files = {
                **_moved(project, layout.script_location, "migrations"),
                project.ini: None,
                "migrations/alembic.ini": b"[alembic]\n",
                "migrations/env.py": _FLASK_ENV.encode(),
                source.path: source.edited(*edits),
            }
            yield Change(
                f"{source.path} has Migrate({app}, {db}), and `flask db` runs the migrations.", files
            )
            return


@wheat("env.py is asynchronous.")
def async_env(project: Project) -> Iterator[Change]:
    """Applies to an `env.py` that makes an engine of a URL and connects in one plain function."""
    env, found = project.env, connecting(project)
    if found is None or called(found.engine) != "create_engine" or not found.engine.args:
        return
    url = found.engine.args[0]
    before = [item for item in found.function.body if item.lineno < found.assigned.lineno]
    body = "\n".join(f"    {line}" for item in found.block.body for line in env.lines_of(item))
    first = "".join(f"    {line}\n" for item in before if not _is_text(item) for line in env.lines_of(item))
    more = [*map(env.text, found.engine.args[1:]), *map(env.text, found.engine.keywords)]
    rest = "".join(f", {item}" for item in more)
    variable = found.block.items[0].optional_vars
    name = ast.unparse(variable) if variable is not None else "connection"
    text = (
        f"def migrate({name}):\n{body}\n\n\n"
        f"async def connect_and_migrate():\n{first}"
        f'    url = make_url({env.text(url)}).set(drivername="postgresql+psycopg")\n'
        f"    {found.name} = create_async_engine(url{rest})\n"
        f"    async with {found.name}.connect() as {name}:\n"
        f"        await {name}.run_sync(migrate)\n"
        f"    await {found.name}.dispose()\n\n\n"
        f"def {found.function.name}():\n    asyncio.run(connect_and_migrate())"
    )
    imports = (
        import_line(env, "import asyncio"),
        import_line(env, "from sqlalchemy import make_url"),
        import_line(env, "from sqlalchemy.ext.asyncio import create_async_engine"),
    )
    yield change(
        "env.py connects by an asynchronous engine.", (env, [*imports, env.replace(found.function, text)])
    )


@wheat("env.py puts the URL into the settings, with %% for %.")
def url_in_config(project: Project) -> Iterator[Change]:
    """And makes the engine of them. Applies as `async_env` does."""
    env, found = project.env, connecting(project)
    if found is not None and called(found.engine) == "create_engine" and found.engine.args:
        url = env.text(found.engine.args[0])
        rest = "".join(f", {env.text(item)}" for item in found.engine.keywords)
        section = "context.config.get_section(context.config.config_ini_section, {})"
        edits = [
            env.insert_before(
                found.assigned, f'context.config.set_main_option("sqlalchemy.url", {url}.replace("%", "%%"))'
            ),
            env.replace(found.engine, f'engine_from_config({section}, prefix="sqlalchemy."{rest})'),
            import_line(env, "from sqlalchemy import engine_from_config"),
        ]
        yield change("env.py sets sqlalchemy.url and makes the engine of the settings.", (env, edits))


@wheat("The URL names a driver.")
def driver_in_url(project: Project) -> Iterator[Change]:
    """`postgresql+psycopg2://`. Applies as `async_env` does."""
    env, found = project.env, connecting(project)
    if found is not None and called(found.engine) == "create_engine" and found.engine.args:
        url = found.engine.args[0]
        text = f'{env.text(url)}.replace("postgresql://", "postgresql+psycopg2://", 1)'
        yield change("env.py connects by the driver psycopg2.", (env, [env.replace(url, text)]))


@wheat("Variables are read in another way.")
def variables_read_otherwise(project: Project) -> Iterator[Change]:
    """`os.environ["..."]` for `os.environ.get("...")`, and the reverse, for the direct connection."""
    for name in project.direct:
        for source, nodes in sources_with(project, name):
            asked = [
                source.replace(call, f'{source.text(call.func.value)}["{name}"]')
                for call in calls(source.tree, "get")
                if isinstance(call.func, ast.Attribute)
                and len(call.args) == 1
                and constant(call.args[0]) == name
            ]
            looked_up = [
                source.replace(node, f'{source.text(node.value)}.get("{name}")')
                for node in ast.walk(source.tree)
                if isinstance(node, ast.Subscript) and node.slice in nodes and isinstance(node.ctx, ast.Load)
            ]
            if asked or looked_up:
                edits = [*asked, *looked_up]
                yield change(f"{source.path} reads {name} in another way.", (source, edits))


@wheat("Each revision has a transaction of its own.")
def transaction_per_revision(project: Project) -> Iterator[Change]:
    """`transaction_per_migration=True`, in each call of `context.configure`."""
    env = project.env
    found = list(configure_calls(project))
    edits = [edit for call in found for edit in [env.set_keyword(call, "transaction_per_migration", "True")]]
    if edits and all(keyword.arg is not None for call in found for keyword in call.keywords):
        yield change("env.py runs each revision in a transaction of its own.", (env, edits))


def _location(project: Project) -> str | None:
    """What alembic.ini says of the script folder, where it says nothing of folders of revisions."""
    if project.ini is None or project.layout.flavour != "alembic":
        return None
    text = project.files[project.ini].decode(errors="replace")
    found = _LOCATION.search(text)
    own = re.search(r"^version_locations[ \t]*=[ \t]*\S", text, re.MULTILINE)
    return found[1] if found and own is None else None


def _moved(project: Project, old: str, new: str) -> dict[str, bytes | None]:
    """The files of a folder in another place."""
    inside = [path for path in project.files if path.startswith(f"{old}/")]
    gone: dict[str, bytes | None] = dict.fromkeys(inside)
    return {**gone, **{new + path.removeprefix(old): project.files[path] for path in inside}}


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
