"""Finds where `flask db` has to run, and which Flask app it has to load, by what the files say.

In this order: a `.flaskenv`; what the assignment says; the command's own rules (`wsgi.py`, then `app.py` in
the folder it runs in); a `FLASK_APP` that a README, a Makefile or the like names; the one module that makes
an app with Flask-Migrate.
Runs nothing. Must not know how Alembic is set up.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from grader.submission.import_folders import installed_folders
from grader.submission.python_modules import Module, Modules
from grader.submission.python_source import read_beginning
from grader.text.names import decode_text

FLASK_ENV = ".flaskenv"
_OWN_RULES = ("wsgi", "app")
"""The modules that `flask` tries, in this order, in the folder that it runs in."""
_APP = r"""["']?(?P<{name}>[\w./-]{{1,200}}(?::\w{{1,80}}(?:\([^()\n]{{0,80}}\))?)?)"""
_NAMED_APP = re.compile(
    rf"""\bFLASK_APP["']?\s*(?:=|:|\s)\s*{_APP.format(name="variable")}"""
    rf"""|\bflask\s+(?:--app|-A)[\s=]\s*{_APP.format(name="option")}"""
)
_TELLING_FILES = (
    *("README*", "*.md", "Makefile", "Procfile", "Dockerfile*", "*.sh", "*.bat", "*.ps1"),
    *("justfile", "package.json", "pyproject.toml", ".env.*", "*.env.example", "env.example"),
    *("launch.json", "*.yml", "*.yaml"),
)
"""Files in which students write the commands that they type."""
_TELLING_FOLDERS = (".github/workflows", ".vscode", "bin", "docker", "scripts")
_MOST_FILES = 400
_MOST_NAMED = 4
_NO_APPS = frozenset({"test", "tests", "docs", "node_modules", "versions"})
"""Folders whose modules are not the app."""


@dataclass(frozen=True)
class FlaskProject:
    """How `flask db` is run."""

    folder: Path
    """The folder to run it in."""
    application: str | None
    """`FLASK_APP`; None if the command finds the app without it, or if no app can be found."""
    directory_option: bool
    """Whether `-d` has to name the script folder."""
    unknown: tuple[str, ...] | None = None
    """The modules that could be meant, where the files do not show which app it is."""


def find_flask_project(
    root: Path, scripts: Path, *, folder: Path | None = None, application: str | None = None
) -> FlaskProject:
    """Find how to run `flask db` over a script folder.

    Args:
        root: the staged submission.
        scripts: the folder of `env.py`.
        folder: the folder to run in, if the assignment names one.
        application: the `FLASK_APP` that the assignment names. It counts if it leads to a module.
    """
    return _Search(root, scripts, folder, application).project()


def uses_flask_migrate(root: Path) -> bool:
    """Whether a module of the submission sets Flask-Migrate up."""
    return any(module.called("Migrate") for module in _Search(root, root / "migrations").modules_by_depth)


class _Search:
    """The search for the app of one script folder."""

    def __init__(
        self, root: Path, scripts: Path, folder: Path | None = None, application: str | None = None
    ) -> None:
        self._root = root
        self._application = application
        self._scripts = scripts
        above = (scripts.parent, *scripts.parent.parents)
        self._folders = [folder] if folder else [place for place in above if place.is_relative_to(root)]
        """The folders to run in, from the nearest one upwards."""
        self._modules = Modules(root, installed_folders(root, scripts.parent))

    def project(self) -> FlaskProject:
        found = self._by_flaskenv() or self._by_assignment() or self._by_own_rules()
        found = found or self._by_text() or self._by_the_one_app()
        if found is not None:
            return found
        for folder in self._folders:
            if (path := self._tried(folder)) is not None:
                return self._made(folder, path)
        return self._unknown()

    @cached_property
    def modules_by_depth(self) -> tuple[Module, ...]:
        """The submission's modules that may hold the app, the topmost first."""
        paths: list[Path] = []
        for folder, below, names in os.walk(self._root):
            place = Path(folder)
            below[:] = sorted(
                name for name in below if name not in _NO_APPS and place / name != self._scripts
            )
            paths += (
                place / name
                for name in sorted(names)
                if name.endswith(".py") and name != "conftest.py" and not name.startswith("test_")
            )
        paths.sort(key=lambda path: (len(path.parts), path.name != "__init__.py"))
        return tuple(self._modules.module(path) for path in paths[:_MOST_FILES])

    # --- a .flaskenv --------------------------------------------------------------------------------------

    def _by_flaskenv(self) -> FlaskProject | None:
        """The folder in which the `FLASK_APP` of a `.flaskenv` leads to a module."""
        for place in self._flaskenv_folders():
            named = _named_app(place / FLASK_ENV)
            if named is None:
                continue
            # The command also finds the file from a folder below it.
            below = [folder for folder in reversed(self._folders) if folder.is_relative_to(place)]
            located = {folder: path for folder in (place, *below) if (path := self._located(folder, named))}
            fitting = (folder for folder, path in located.items() if self._directories(path) is not None)
            folder = next(fitting, next(iter(located), place))
            found = self._made(folder, located.get(folder))
            return found if located else replace(found, unknown=self._makers())
        return None

    def _flaskenv_folders(self) -> list[Path]:
        above = [folder for folder in self._folders if (folder / FLASK_ENV).is_file()]
        return above or sorted(path.parent for path in self._root.rglob(FLASK_ENV) if path.is_file())

    def _located(self, folder: Path, application: str) -> Path | None:
        """The file that a `FLASK_APP` leads to, from a folder."""
        name = re.split(r":(?![\\/])", application, maxsplit=1)[0]
        if name.endswith(".py") or "/" in name:
            path = Path(os.path.normpath(folder / name))
            path = path / "__init__.py" if path.is_dir() else path
            path = path if path.suffix else path.with_suffix(".py")
            return path if path.is_relative_to(self._root) and path.is_file() else None
        return self._modules.find(name, folder)

    # --- the assignment -----------------------------------------------------------------------------------

    def _by_assignment(self) -> FlaskProject | None:
        """The nearest folder from which the assignment's `FLASK_APP` leads to a module."""
        named = self._application
        for folder in self._folders if named else ():
            if (path := self._located(folder, named or "")) is not None:
                return self._made(folder, path, named)
        return None

    # --- the command's own rules --------------------------------------------------------------------------

    def _by_own_rules(self) -> FlaskProject | None:
        for folder in self._folders:
            path = self._tried(folder)
            if path is not None and self._fits(path, folder):
                return self._made(folder, path)
        return None

    def _tried(self, folder: Path) -> Path | None:
        """The first module that the command finds in a folder by itself, whether an app is in it or not."""
        found = (self._modules.find(name, folder) for name in _OWN_RULES)
        return next((path for path in found if path is not None), None)

    def _fits(self, path: Path, folder: Path) -> bool:
        """Whether a module gives an app with Flask-Migrate that means these migrations, from a folder."""
        if self._modules.application(path) != "":
            return False
        named = self._directories(path)
        return named is not None and (not named or self._scripts in {folder / name for name in named})

    def _directories(self, path: Path) -> tuple[str, ...] | None:
        """The script folders that `Migrate(directory=...)` names; None if there is no Flask-Migrate."""
        calls = [call for module in self._modules.reached(path) for call in module.called("Migrate")]
        inits = [call for module in self._modules.reached(path) for call in module.called("init_app")]
        return tuple(name for call in (*calls, *inits) for name in _directory(call)) if calls else None

    # --- what texts say, and the one app ------------------------------------------------------------------

    def _by_text(self) -> FlaskProject | None:
        for folder in self._folders:
            for named in _named_in_texts(folder):
                for place in dict.fromkeys((folder, *self._folders)):
                    path = self._located(place, named)
                    if path is not None and self._directories(path) is not None:
                        return self._made(place, path, named)
        return None

    def _by_the_one_app(self) -> FlaskProject | None:
        """The one app with Flask-Migrate; of several, the one that is nearest to the migrations."""
        candidates = self._candidates()
        for folder in self._folders:
            near = {path: made for path, made in candidates.items() if path.is_relative_to(folder)}
            if not near:
                continue
            makers = sorted(set(near.values()), key=lambda path: len(path.parts))
            if len(makers) > 1 and len(makers[0].parts) == len(makers[1].parts):
                return None
            served = [path for path, maker in near.items() if maker == makers[0]]
            return self._named(makers[0] if makers[0] in served else served[0])
        return None

    def _candidates(self) -> dict[Path, Path]:
        """The modules that give an app for these migrations, each with the module that constructs the app."""
        found: dict[Path, Path] = {}
        naming: set[Path] = set()
        for module in self.modules_by_depth:
            named = self._directories(module.path)
            if self._modules.application(module.path) is None or named is None:
                continue
            if any(self._scripts == folder / name for folder in self._folders for name in named):
                naming.add(module.path)
            makers = [other.path for other in self._modules.reached(module.path) if other.makes_app]
            migrating = [path for path in makers if self._directories(path) is not None]
            found[module.path] = (migrating or makers or [module.path])[0]
        return {path: maker for path, maker in found.items() if not naming or path in naming}

    def _named(self, path: Path) -> FlaskProject:
        """The project whose app lies in a file that `flask` has to be told of."""
        place = self._import_place(path)
        directories = self._directories(path) or ()
        meant = [
            folder for folder in self._folders if self._scripts in {folder / name for name in directories}
        ]
        common = [folder for folder in self._folders if path.is_relative_to(folder)] or self._folders
        folder = (meant or [place for place in (place,) if place in self._folders] or common)[0]
        name = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if place == folder or place in self._modules.import_folders:
            named = ".".join(name.relative_to(place).parts)
        else:
            # `flask` takes a path too, and puts the folder above the topmost package on `sys.path`.
            shown = path.parent if path.name == "__init__.py" else path
            named = os.path.relpath(shown, folder)
        return self._made(folder, path, named + (self._modules.application(path) or ""))

    def _import_place(self, path: Path) -> Path:
        """The nearest folder that has to be on `sys.path` for what a module imports."""
        places = list(self._modules.places(path))
        imports = [
            item
            for module in self._modules.reached(path)
            for item in module.imports
            if not item.level and item.module
        ]

        def served(place: Path) -> int:
            return sum(1 for item in imports if Modules(self._root).find(item.module, place))

        installed = next((place for place in places if place in self._modules.import_folders), None)
        return installed or max(places, key=lambda place: (served(place), len(place.parts)))

    # --- the result ---------------------------------------------------------------------------------------

    def _made(self, folder: Path, path: Path | None, application: str | None = None) -> FlaskProject:
        """The project that runs in a folder with the app of a file."""
        names = (path and self._directories(path)) or ()
        by_itself = {folder / name for name in names or ("migrations",)}
        return FlaskProject(folder, application, directory_option=self._scripts not in by_itself)

    def _unknown(self) -> FlaskProject:
        """No app can be found: the folder above the script folder that has Python files."""
        folder = next((place for place in self._folders if any(place.glob("*.py"))), self._scripts.parent)
        return FlaskProject(folder, None, directory_option=False, unknown=self._makers())

    def _makers(self) -> tuple[str, ...]:
        """The modules that construct a Flask app, a few of them."""
        named = [
            module.path.relative_to(self._root).as_posix()
            for module in self.modules_by_depth
            if module.makes_app
        ]
        return tuple(named[:_MOST_NAMED])


def _directory(call: ast.Call) -> Iterator[str]:
    """The script folder that a call of `Migrate` or of its `init_app` names as text."""
    given = [item.value for item in call.keywords if item.arg == "directory"] or call.args[2:3]
    for value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def _named_app(path: Path) -> str | None:
    """The `FLASK_APP` of a `.flaskenv`."""
    for line in decode_text(read_beginning(path)).splitlines():
        match = re.match(r"""\s*(?:export\s+)?FLASK_APP\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s#]+))""", line)
        if match is not None:
            return next(group for group in match.groups() if group)
    return None


def _named_in_texts(folder: Path) -> Iterator[str]:
    """Each `FLASK_APP` that a text file of a folder names."""
    for place in (folder, *(folder / name for name in _TELLING_FOLDERS)):
        for path in sorted(place.iterdir() if place.is_dir() else ()):
            if path.is_file() and any(fnmatch(path.name, pattern) for pattern in _TELLING_FILES):
                for match in _NAMED_APP.finditer(decode_text(read_beginning(path))):
                    yield match["variable"] or match["option"]
