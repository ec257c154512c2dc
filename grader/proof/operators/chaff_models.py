"""Mistakes in what Alembic learns of the models: no metadata, another one, classes that are not imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.environment import configure_calls, flask_apps, metadata_given
from grader.proof.operators.models import Model
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.project import Project
from grader.proof.operators.source import (
    Source,
    called,
    calls,
    constant,
    import_line,
    keyword,
    sqlalchemy_prefix,
    texts,
)


@chaff("env.py gives no metadata: target_metadata is None.")
def metadata_none(project: Project) -> Iterator[Change]:
    """As `alembic init` writes it."""
    env, given = project.env, metadata_given(project)
    if given:
        edits = [env.replace(node, "None") for node in given]
        yield change("env.py gives None as target_metadata.", (env, edits))


@chaff("env.py gives an empty MetaData.")
def metadata_empty(project: Project) -> Iterator[Change]:
    """One that no class belongs to."""
    env, given = project.env, metadata_given(project)
    if given:
        prefix, imports = sqlalchemy_prefix(env)
        edits = [*(env.replace(node, f"{prefix}MetaData()") for node in given), *imports]
        yield change("env.py gives an empty MetaData as target_metadata.", (env, edits))


@chaff("env.py does not hand its metadata to context.configure.")
def metadata_not_given(project: Project) -> Iterator[Change]:
    """Leaves `target_metadata=` out of each call."""
    env = project.env
    found = [
        (call, given) for call in configure_calls(project) if (given := keyword(call, "target_metadata"))
    ]
    if found:
        edits = [edit for call, given in found for edit in env.drop_arguments(call, given)]
        yield change("env.py calls context.configure without target_metadata.", (env, edits))


@chaff("The module of the models is not imported.")
def models_not_imported(project: Project) -> Iterator[Change]:
    """Deletes an import of `env.py` that is there for its effect. Applies where there is one."""
    env = project.env
    names = {node.id for node in ast.walk(env.tree) if isinstance(node, ast.Name)}
    files = {model.source.path for model in project.models}
    for statement in env.tree.body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        bound = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
        module = statement.module if isinstance(statement, ast.ImportFrom) else ""
        parts = [f"{module}.{alias.name}".strip(".").replace(".", "/") for alias in statement.names]
        of_models = any(
            path.endswith((f"{part}.py", f"{part}/__init__.py")) for part in parts for path in files
        )
        if not bound & names and of_models:
            sentence = f"env.py lacks the line `{env.text(statement)}`."
            yield change(sentence, (env, env.drop_statements(statement)))


@chaff("A class is missing from the models.")
def model_left_out(project: Project) -> Iterator[Change]:
    """The revisions make its table. Applies to classes that no key and no other code at import time names."""
    for model in project.models:
        if not _is_used(project, model):
            sentence = f"{model.source.path} has no class {model.node.name} for the table {model.table}."
            yield change(sentence, (model.source, model.source.drop_statements(model.node)))


@chaff("A revision makes tables by create_all.")
def create_all_in_revision(project: Project) -> Iterator[Change]:
    """The first revision makes all that the models are today, and drops it on the way back.

    Applies where `env.py` takes the metadata from an imported name.
    """
    base, given = project.steps[0], metadata_given(project)
    metadata = _where_from(project, given[0]) if given else None
    line = _import_of(project, metadata) if metadata is not None else None
    if line is not None and metadata is not None:
        written = ast.unparse(metadata)
        edits = [
            base.source.rewrite_body(base.functions["upgrade"], f"{written}.create_all(op.get_bind())"),
            base.source.rewrite_body(base.functions["downgrade"], f"{written}.drop_all(op.get_bind())"),
            import_line(base.source, line),
        ]
        yield change(f"upgrade() of {base.label} is {written}.create_all().", (base.source, edits))


@chaff("env.py makes tables by create_all.")
def create_all_in_env(project: Project) -> Iterator[Change]:
    """Over the engine, before it connects. Applies to an `env.py` that connects in one plain `with`."""
    env, given = project.env, metadata_given(project)
    for node in ast.walk(env.tree):
        if isinstance(node, ast.With) and called(node.items[0].context_expr) == "connect" and given:
            call = node.items[0].context_expr
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                line = f"{env.text(given[-1])}.create_all({env.text(call.func.value)})"
                yield change(f"env.py runs {line}.", (env, [env.insert_before(node, line)]))
                return


@chaff("The app makes tables by create_all.")
def create_all_in_app(project: Project) -> Iterator[Change]:
    """In an application context, when the app is made. Applies to Flask-SQLAlchemy."""
    for source in project.python_files():
        for app, statement, db in flask_apps(source):
            place = _after_models(project, source, statement)
            lines = (f"with {app}.app_context():", f"    {db}.create_all()")
            edits = [
                source.insert_after(place, "", *lines)
                if place is not statement
                else source.insert_after(place, *lines)
            ]
            yield change(f"{source.path} runs {db}.create_all().", (source, edits))


def _after_models(project: Project, source: Source, statement: ast.stmt) -> ast.stmt:
    """The last class of a module that is both the app's and the models'; else the statement itself."""
    classes = [model.node for model in project.models if model.source is source]
    return classes[-1] if classes and statement in source.tree.body else statement


def _where_from(project: Project, node: ast.expr) -> ast.expr | None:
    """Follow `target_metadata` to what it was set to, at the top of `env.py`."""
    if not isinstance(node, ast.Name):
        return node
    for statement in project.env.tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == node.id:
            return statement.value
    return None


def _import_of(project: Project, node: ast.expr) -> str | None:
    """The import of `env.py` that binds the first name of an expression such as `db.Model.metadata`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    for statement in project.env.tree.body:
        if isinstance(statement, ast.ImportFrom) and isinstance(node, ast.Name):
            for alias in statement.names:
                if (alias.asname or alias.name) == node.id and not statement.level:
                    return f"from {statement.module} import {alias.name}" + (
                        f" as {alias.asname}" if alias.asname else ""
                    )
    return None


def _is_used(project: Project, model: Model) -> bool:
    name = model.node.name
    for other in project.models:
        for call in calls(other.node, "ForeignKey", "ForeignKeyConstraint", "Field", "relationship"):
            more = keyword(call, "foreign_key")
            strings = [constant(item) for item in (*call.args, *([more.value] if more else []))]
            strings += [text for item in call.args for text in texts(item) or ()]
            named = any(text and (text.startswith(f"{model.table}.") or text == name) for text in strings)
            if named and other is not model:
                return True
    return any(_names_at_import(source, name) for source in (*project.python_files(), project.env))


def _names_at_import(source: Source, name: str) -> bool:
    """Whether a file uses a name when it is loaded: outside of the bodies of functions."""
    pending: list[ast.AST] = list(source.tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += [
                *node.decorator_list,
                *ast.iter_child_nodes(node.args),
                *([node.returns] if node.returns else []),
            ]
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        if (isinstance(node, ast.Name) and node.id == name) or name in names:
            return True
        pending += ast.iter_child_nodes(node)
    return False
