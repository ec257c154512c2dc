"""Errors before any migration runs: modules that cannot be imported, Flask applications that are not set up.

Knows nothing of databases.
"""

from __future__ import annotations

import posixpath
import re

from grader.judging.diagnosis import local_modules, url_source
from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family
from grader.observations.files import FindingKind

_PROVIDED = {
    "alembic": "alembic",
    "dotenv": "python-dotenv",
    "flask": "flask",
    "flask_migrate": "flask-migrate",
    "flask_sqlalchemy": "flask-sqlalchemy",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "sqlalchemy": "sqlalchemy",
    "werkzeug": "werkzeug",
    "jinja2": "jinja2",
    "click": "click",
}
"""Modules that a grading environment has, and the package each comes in."""
_MOST_NAMED = 8
_USUALLY_LOCAL = frozenset(
    (
        *("api", "app", "application", "backend", "config", "core", "database", "db", "env", "extensions"),
        *("main", "model", "models", "my_app", "myapp", "project", "routes", "run", "schema", "schemas"),
        *("server", "services", "settings", "src", "utils", "views", "web", "website", "wsgi"),
    )
)
"""Names that students usually give to their own modules."""
_FOREIGN_DRIVERS = {
    "MySQLdb": "MySQL",
    "pymysql": "MySQL",
    "cx_Oracle": "Oracle",
    "oracledb": "Oracle",
    "pyodbc": "SQL Server",
}


def _driver_missing(clue: Clue, match: re.Match[str]) -> Advice | None:
    name = match[1]
    if name in _FOREIGN_DRIVERS:
        return Advice(
            f"The database URL is one for {_FOREIGN_DRIVERS[name]}: SQLAlchemy looks for the driver {name}.",
            f'The exercise runs on PostgreSQL: take the URL from os.environ["{clue.direct_url}"].',
        )
    if name not in ("psycopg", "psycopg2", "asyncpg", "pg8000"):
        return None
    if name == "psycopg":
        return Advice(
            "No module named 'psycopg': since SQLAlchemy 2.1 a URL that begins with postgresql:// means the "
            "driver psycopg 3, and only psycopg2 (or none) is installed.",
            'Run `pip install "psycopg[binary]"`, or write postgresql+psycopg2:// in the URL.',
        )
    return Advice(
        f"The database URL asks for the driver {name}, which is not installed{clue.here}.",
        f"Leave the URL as {clue.direct_url} gives it (postgresql://…, for which psycopg 3 and psycopg2 are "
        f'there), or run `pip install "{_PROVIDED.get(name, name)}"` on a machine of your own.',
    )


def _shadowed(clue: Clue, match: re.Match[str]) -> Advice | None:
    """A file or folder of the student's that has the name of a package."""
    root = match[1].partition(".")[0].lower()
    if root not in _PROVIDED:
        return None
    groups = match.groupdict()
    path = groups.get("path")
    if path is not None and (
        path.startswith(("/", "<", "unknown")) or "-packages/" in path or "lib/python" in path
    ):
        return None
    finding = next(
        (f for f in clue.observations.submission.findings if f.kind is FindingKind.SHADOWING_FILE), None
    )
    named = path or (finding.path if finding else None)
    what = named or f"A file or folder of yours with the name {root}"
    return Advice(
        f"{what} hides the installed package {_PROVIDED[root]}: Python imports yours instead{clue.here}.",
        f"Give your file or folder another name (not {root}), and delete its __pycache__."
        if root != "alembic"
        else "Delete __init__.py from your alembic folder, and name no file of yours alembic.py.",
        Location(named) if named else None,
    )


def _local_module(clue: Clue, match: re.Match[str]) -> Advice | None:
    """A module of the student's own: not on the path, or not in the submission."""
    name, not_package = match[1], match[2]
    root = name.partition(".")[0]
    facts = clue.observations.submission
    if root in _PROVIDED:
        return None
    if not_package:
        return _no_package(clue, name, not_package.split("'")[1])
    mine = any(f.path.split("/")[0] in (root, f"{root}.py") for f in clue.found.frames if not f.in_library)
    there = local_modules.places_of(root, facts) or local_modules.other_case(root, facts)
    if not (mine or root in _USUALLY_LOCAL or there):
        return None
    found = local_modules.places_of(name, facts)
    if not found:
        return _not_there(clue, name)
    beside = posixpath.dirname(clue.own_frame.path) or "." if clue.own_frame else ""
    return _not_on_path(clue, name, next((item for item in found if item.folder == beside), found[0]))


def _no_package(clue: Clue, name: str, parent: str) -> Advice:
    """`a.b` is imported, and Python has a file as `a`."""
    facts = clue.observations.submission
    found = local_modules.places_of(parent, facts)
    file = next((item.path for item in found if not item.is_package), f"{parent.replace('.', '/')}.py")
    folder = next((item.path for item in found if item.is_package), None)
    if folder is not None:
        return Advice(
            f"There is no module {name}{clue.here}: Python takes the file {file} for {parent}, and not the "
            f"folder {folder}.",
            f"Two things have one name: rename {file} or the folder {folder}, and the imports of it.",
        )
    return Advice(
        f"There is no module {name}: {parent} is a single file ({file}) and no folder{clue.here}.",
        f"Import from {parent} itself (`from {parent} import …`).",
    )


def _cannot_find(clue: Clue, name: str) -> str:
    return f"Python cannot find your module {name}{clue.here}"


def _not_on_path(clue: Clue, name: str, found: local_modules.Found) -> Advice:
    """The module is in the submission, and Python does not look there."""
    facts, frame, layout = clue.observations.submission, clue.own_frame, clue.observations.submission.layout
    where = "the submission's folder" if found.folder == "." else f"the folder {found.folder}"
    cause = f"{_cannot_find(clue, name)}: it is {found.path}, and {where} is not on sys.path."
    if (
        frame
        and posixpath.dirname(frame.path) == found.folder
        and local_modules.is_in_package(frame.path, facts)
    ):
        return Advice(
            cause,
            f"{frame.path} is part of a package and has to import its neighbours with a dot: write "
            f"`from .{name} import …`.",
        )
    # `flask` loads the app before env.py, so the line has to stand in the app.
    flask = layout is not None and layout.flavour == "flask"
    file = frame.path if flask and frame else clue.env_py
    above = "above that import" if frame and frame.path == file else "above its first import of yours"
    line = local_modules.path_line(found.folder, file)
    or_in_settings = ""
    if layout is not None and not flask:
        relative = posixpath.relpath(found.folder, layout.root)
        value = f'["{relative}"]' if clue.config.endswith(".toml") else relative
        or_in_settings = f" (or set `prepend_sys_path = {value}` in {clue.config})"
    if (
        layout is not None
        and or_in_settings
        and frame
        and posixpath.dirname(frame.path) in layout.version_locations
    ):
        # `history` loads the revisions without env.py.
        return Advice(cause, f"Set `prepend_sys_path = {value}` in {clue.config}.")
    return Advice(
        cause,
        f"In {file}, {above}, add `{line}`, with `import sys` and `from pathlib import Path` above it"
        f"{or_in_settings}.",
    )


def _not_there(clue: Clue, name: str) -> Advice:
    """The module is not in the submission."""
    facts = clue.observations.submission
    path = name.replace(".", "/")
    if not facts.python_files:  # an earlier version of the grader did not note them
        line = local_modules.path_line(facts.layout.root if facts.layout else ".", clue.env_py)
        return Advice(
            f"{_cannot_find(clue, name)}: its folder is not on sys.path, or the file was not committed.",
            f"See that {path}.py is in the repository, and add `{line}` to {clue.env_py}, above that import.",
        )
    cause = f"{_cannot_find(clue, name)}: there is no {path}.py in the submission"
    spelled = local_modules.other_case(name, facts)
    if spelled is not None:
        return Advice(
            f"{cause}, but {spelled}.",
            "Upper and lower case count: rename the file, or correct the import.",
        )
    last = name.rpartition(".")[2]
    elsewhere = local_modules.places_of(last, facts) if "." in name else ()
    meant = f" Is {elsewhere[0].path} meant?" if elsewhere else ""
    return Advice(
        f"{cause}, and no folder {path}.{meant}",
        f"Commit {path}.py under exactly this name, or correct the import"
        + (f" in {clue.own_frame.path}." if clue.own_frame else "."),
    )


def _uri_missing(clue: Clue, _: re.Match[str]) -> Advice:
    """SQLALCHEMY_DATABASE_URI is set nowhere, from a variable that is not set, too late, or not loaded."""
    cause = f"SQLALCHEMY_DATABASE_URI has no value when SQLAlchemy(app) or db.init_app(app) runs{clue.here}"
    variable = clue.direct_url if clue.is_flask else clue.pooled_url
    found, frame = url_source.setting(clue), clue.own_frame
    if found is None:
        where = f"In {frame.path}, above line {frame.line}," if frame else "Above that line"
        return Advice(
            f"{cause}: no line sets it.",
            f'{where} write `app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["{variable}"]`, and '
            "load_dotenv() above that.",
        )
    place = url_source.at(found)
    if found.name and found.name not in clue.given_urls:
        return Advice(
            f"{cause}: {described(place)} reads it from the environment variable {found.name}, which is not "
            "set.",
            f'Read os.environ["{variable}"] there, with load_dotenv() above it. '
            f"{url_source.set_while_grading(clue)}.",
            place,
        )
    if frame is not None and frame.path == found.path and found.line > frame.line:
        return Advice(
            f"{cause}: it is set only later, in {described(place)}.",
            f"Move line {found.line} above line {frame.line}, and load_dotenv() above both.",
            place,
        )
    return Advice(
        f"{cause}, although {described(place)} sets it: that line did not run before, or gave None.",
        "Load it before db is initialised (`app.config.from_object(…)` for a class), with load_dotenv() "
        f'above it, and read os.environ["{variable}"] there.',
        place,
    )


def _package_missing(clue: Clue, match: re.Match[str]) -> Advice:
    name = shortened(match[1], 80)
    package = _PROVIDED.get(name.partition(".")[0])
    if package is not None:
        return Advice(
            f"The package {package} is not installed where the command ran{clue.here}.",
            f'Activate your virtual environment and run `pip install "{package}"`, and add it to '
            "requirements.txt.",
        )
    return Advice(
        f"The module {name} is imported, but it is neither in the submission nor one of the exercise's "
        f"packages{clue.here}.",
        f"If {name} is a file of yours, commit it. If it is an installed package, keep that import out of "
        f"what env.py loads: the models and migrations need no more than {_enough(clue)}.",
    )


def _enough(clue: Clue) -> str:
    """The packages that an exercise needs: the assignment's own, where it names some."""
    named = [re.split(r"[\[=; ]", line, maxsplit=1)[0] for line in clue.observations.environment.packages]
    known = ["Flask", "Flask-SQLAlchemy", "Alembic"]
    last = "python-dotenv"
    if named:
        others = [name for name in named if name.lower() != "alembic"]
        known, last = ["Alembic", *others[:_MOST_NAMED]], "what these need"
    return f"{', '.join(known)} and {last}"


def _no_application(clue: Clue, match: re.Match[str]) -> Advice:
    """`flask` finds no module, no app in it, or a factory that it cannot call."""
    facts = clue.observations.submission
    folder = facts.layout.root if facts.layout else "."
    file = posixpath.normpath(posixpath.join(folder, ".flaskenv"))
    named = next((f for f in facts.findings if f.kind is FindingKind.FLASK_APP_UNKNOWN), None)
    cause = "`flask db` finds no Flask application" + (f" under {match[1]}" if match.groups() else "")
    if "actory '" in match[0] or match[0].startswith("The factory"):
        return Advice(
            f"{cause}: the factory needs other arguments than it gets.",
            f"Commit a file {file} that says how it is called (`FLASK_APP=\"{match[1]}:create_app('…')\"`), "
            "or give each parameter of the factory a default.",
            Location(),
        )
    app = (
        f"FLASK_APP={match[1]}:app"
        if match[0].startswith("Detected multiple")
        else "FLASK_APP=yourmodule:app"
    )
    if named is not None and named.path is not None:
        cause += f". {named.message.rstrip('.')}"
        module = posixpath.relpath(named.path.removesuffix("/__init__.py").removesuffix(".py"), folder)
        app = f"FLASK_APP={module.replace('/', '.')}"
    place = Location() if not clue.own_frame else None
    if match[0].startswith(("Error: Could not import", "Failed to find attribute")):
        return Advice(
            f"{cause}.", f"Correct FLASK_APP in your .flaskenv: it names {match[1]} ({app}).", place
        )
    return Advice(
        f"{cause}.",
        "Keep the application in app.py or wsgi.py of the exercise's folder, as a variable `app` or a "
        f"factory `create_app()`, or name it in a .flaskenv file: {app} ({file}, and commit it).",
        place,
    )


KINDS = {
    "driver_missing": DiagnosisKind(
        "The driver that the URL asks for is not installed (a bare postgresql:// means psycopg 3)",
        (r"No module named '([A-Za-z0-9_]{1,40})'$",),
        explain=_driver_missing,
    ),
    "shadowed_package": DiagnosisKind(
        "A file or folder of the submission has the name of a package and hides it",
        (
            r"No module named '([A-Za-z0-9_]{1,40}(?:\.[A-Za-z0-9_]{1,40}){1,5})'",
            (
                r"cannot import name '[^'\n]{1,80}' from (?:partially initialized module )?'([\w.]{1,80})'"
                r"(?: \(most likely[^()\n]{0,60}\))? \((?P<path>[^()\n]{1,300})\)"
            ),
        ),
        explain=_shadowed,
        files={FindingKind.SHADOWING_FILE: "Give it another name."},
    ),
    "circular_import": DiagnosisKind(
        "Two modules of the student's import each other",
        (
            r"from partially initialized module '([^'\n]{1,80})'",
            r"partially initialized module '([^'\n]{1,80})' has no attribute",
        ),
        "Circular import: {0:60} is imported again before it has been read to its end{here}.",
        "Put `db = SQLAlchemy()` and the models into a module of their own that imports nothing from {0:60}, "
        "and import that module in both places; or move the import below the line that defines the name.",
    ),
    "local_module_missing": DiagnosisKind(
        "A module of the student's own cannot be imported: sys.path, or not committed",
        (r"No module named '([^'\n]{1,120})'(; '[^'\n]{1,120}' is not a package)?",),
        explain=_local_module,
    ),
    "package_missing": DiagnosisKind(
        "A package is not installed, or not among those of the exercise",
        (r"No module named '([^'\n]{1,120})'",),
        explain=_package_missing,
    ),
    "import_name_missing": DiagnosisKind(
        "A name is imported that the module does not define",
        (r"cannot import name '([^'\n]{1,80})' from '([^'\n]{1,80})'",),
        "{1:80} has no {0:80} that could be imported{here}.",
        "Look up how it is called in {1:80} and correct the import; if the name is defined inside a function "
        "(an application factory), define it at the top level of the module.",
    ),
    "database_uri_missing": DiagnosisKind(
        "SQLALCHEMY_DATABASE_URI is not set when db is initialised",
        (r"Either 'SQLALCHEMY_DATABASE_URI' or 'SQLALCHEMY_BINDS' must be set",),
        explain=_uri_missing,
    ),
    "application_context_missing": DiagnosisKind(
        "Something of Flask's is used outside an application context",
        (r"Working outside of (?:application|request) context", r"No application found\. Either work inside"),
        "Something that needs Flask's application context is used outside of one{here}: db.engine, "
        "db.session, current_app or a query.",
        "env.py needs none of them: use `target_metadata = db.Model.metadata` and the URL from {direct_url}. "
        "Where it must be, wrap it in `with app.app_context():`; a Flask-Migrate env.py runs with `flask db "
        "upgrade`.",
    ),
    "sqlalchemy_registered_twice": DiagnosisKind(
        "Two SQLAlchemy instances (or SQLAlchemy(app) and init_app) for one Flask app",
        (r"A 'SQLAlchemy' instance has already been registered",),
        "SQLAlchemy is set up twice for the same Flask app{here}.",
        "Use either `db = SQLAlchemy(app)` or `db = SQLAlchemy()` with one `db.init_app(app)`, and import "
        "that one db everywhere.",
    ),
    "sqlalchemy_not_registered": DiagnosisKind(
        "db.init_app(app) was not called, or another db is used",
        (r"The current Flask app is not registered with this 'SQLAlchemy' instance",),
        "The Flask app does not know this db{here}: db.init_app(app) was not called, or there are two db "
        "objects.",
        "Call `db.init_app(app)` where the app is made, and import the same db in the app and in the models.",
    ),
    "flask_app_not_found": DiagnosisKind(
        "The flask command finds no application",
        (
            r"Could not locate a Flask application",
            r"Error: Could not import '([^'\n]{1,120})'",
            r"Failed to find attribute '([^'\n]{1,120})' in",
            r"Failed to find Flask application or factory in module '([^'\n]{1,120})'",
            r"Detected multiple Flask applications in module '([^'\n]{1,120})'",
            r"Detected factory '[^'\n]{1,120}' in module '([^'\n]{1,120})', but could not call it",
            r"The factory [^\n]{1,120} in module '([^'\n]{1,120})' could not be called",
        ),
        explain=_no_application,
    ),
    "flask_migrate_not_initialised": DiagnosisKind(
        "Flask-Migrate is not initialised: no Migrate(app, db)",
        (r"No such command 'db'", r"^KeyError: 'migrate'"),
        "Flask does not know the command `db`: Flask-Migrate is not set up for this app.",
        "Next to the app write `from flask_migrate import Migrate` and `migrate = Migrate(app, db)` (in a "
        "factory: `migrate.init_app(app, db)`).",
    ),
    "async_engine": DiagnosisKind(
        "An asynchronous engine where none works, or without what it needs",
        (
            r"The asyncio extension requires an async driver",
            r"requires that the Python 'greenlet' library is installed",
            r"the greenlet library is required",
            r"greenlet_spawn has not been called",
            r"'AsyncConnection' object does not support the context manager protocol",
            r"'AsyncEngine' object ",
            r"coroutine '[^'\n]{1,80}' was never awaited",
        ),
        "env.py uses SQLAlchemy's asyncio extension, and something that it needs is missing{here}: an async "
        "driver, greenlet, or `await` and `run_sync`.",
        "Migrations need no asyncio: use engine_from_config() as in the env.py of `alembic init alembic`. "
        "To keep it, start from `alembic init -t async` and use a postgresql+psycopg:// URL.",
    ),
}
FAMILY = Family("Imports and the Flask app", "imports", __doc__, KINDS)
