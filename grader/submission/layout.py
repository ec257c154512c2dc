"""Finds the migrations of a submission: the settings file, the script folder, the folders of the revisions.

Reads staged files and runs none. Must not know what is in the revisions; it only counts their files.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.model import Project
from grader.observations.model import Finding, FindingKind, Layout
from grader.submission.alembic_settings import AlembicSettings, read_ini, read_pyproject
from grader.submission.flask_project import FlaskProject, find_flask_project, uses_flask_migrate
from grader.submission.import_folders import installed_folders
from grader.submission.python_source import SourceError, parse, read_beginning
from grader.submission.script_folder import find_script_folder, resolved
from grader.text.names import printable

_INI = "alembic.ini"
_PYPROJECT = "pyproject.toml"
_MOST_NAMED = 5
_ANY = Project()


@dataclass(frozen=True)
class _Candidate:
    """A settings file, and the layout that follows from it."""

    config: str
    layout: Layout | None
    findings: tuple[Finding, ...]
    revisions: int = 0
    """How many files its version folders hold."""

    @property
    def rank(self) -> tuple[bool, bool, int, str]:
        """For sorting: the candidate with the smallest rank is graded."""
        root = self.layout.root if self.layout else self.config
        depth = 0 if root == "." else root.count("/") + 1
        return (self.layout is None, not self.revisions, depth, self.config)


def find_layout(root: Path, project: Project = _ANY) -> tuple[Layout | None, tuple[Finding, ...]]:
    """Find the Alembic set-up of a staged submission.

    Args:
        root: the staged submission.
        project: how the assignment has submissions run: the folder of `alembic.ini`, the folder to run in and
            the app, where it names them.

    Returns:
        The layout; or None if there is none that works. Then the first finding says why, and what to do.
    """
    root = root.absolute()
    places = list(_places(root, project.alembic_root))
    candidates = [found for place in places for found in _candidates(root, place, project)]
    candidates.sort(key=lambda candidate: candidate.rank)
    if not candidates:
        return None, (_nothing_found(root, project.alembic_root),)
    chosen = candidates[0]
    if chosen.layout is None:
        return None, tuple(finding for candidate in candidates for finding in candidate.findings)
    layout = chosen.layout
    scripts = layout.script_location
    same = [other for other in candidates if other.layout and other.layout.script_location == scripts]
    if layout.flavour == "alembic" and _needs_application(root / scripts):
        # Two settings files for one script folder. Only the one that Flask-Migrate reads works.
        chosen = next((other for other in same if other.layout and other.layout.flavour == "flask"), chosen)
        layout = chosen.layout or layout
    others = [other.config for other in candidates if other.layout and other not in same]
    return layout, (*chosen.findings, *_remarks(layout, others))


def _places(root: Path, alembic_root: str | None) -> Iterator[Path]:
    """The folders in which to look for a settings file."""
    if alembic_root is None:
        for folder, below, _ in os.walk(root):
            below.sort()
            yield Path(folder)
        return
    top = _inside(root, root / alembic_root)
    if top is not None and (root / top).is_dir():
        yield root / top
        # Flask-Migrate keeps its alembic.ini further down, in the script folder.
        yield from sorted(env.parent for env in (root / top).rglob("env.py") if env.parent != root / top)


def _candidates(root: Path, folder: Path, project: Project) -> Iterator[_Candidate]:
    ini, pyproject = folder / _INI, folder / _PYPROJECT
    settings = read_ini(ini, _relative(root, ini)) if ini.is_file() else None
    toml = read_pyproject(pyproject, _relative(root, pyproject)) if pyproject.is_file() else None
    if settings is not None and settings.script_location is None and (folder / "env.py").is_file():
        yield _flask_candidate(root, ini, settings, project)
    elif settings is not None and (settings.script_location is not None or toml is None):
        yield _candidate(root, ini, settings, project)
    if toml is not None and (settings is None or settings.script_location is None):
        # Alembic reads both files of a folder. A setting that is not in the ini comes from pyproject.toml.
        yield _candidate(root, pyproject, toml, project)


def _candidate(root: Path, config: Path, settings: AlembicSettings, project: Project) -> _Candidate:
    """Follow `script_location`."""
    path = _relative(root, config)
    location = settings.script_location
    if location is None and config.name == _PYPROJECT and settings.findings:  # it is not valid TOML
        return _Candidate(path, None, settings.findings)
    if location is None:
        line, section = "script_location = %(here)s/alembic", "alembic"
        if config.name == _PYPROJECT:
            line, section = 'script_location = "%(here)s/alembic"', "tool.alembic"
        message = (
            f"{path} has no `script_location`, so Alembic does not know where the migrations are. Write "
            f"`{line}` into its section [{section}]."
        )
        return _broken(path, settings, message)
    installed = installed_folders(root, config.parent)
    prepended = settings.prepend_sys_path
    found = find_script_folder(
        *(root, config.parent, location),
        prepended=prepended,
        installed=installed,
        wanted=_working_folder(root, project),
    )
    if found is None:
        return _broken(path, settings, _missing_folder_message(root, config, location))
    top, scripts = found
    if config.parent == scripts and _needs_application(scripts):
        return _working(root, path, settings, scripts, project=project)
    return _working(root, path, settings, scripts, project=project, top=top)


def _working_folder(root: Path, project: Project) -> Path | None:
    """The folder to run in that the assignment names, if the submission has it."""
    inside = None if project.working_folder is None else _inside(root, root / project.working_folder)
    return root / inside if inside is not None and (root / inside).is_dir() else None


def _flask_candidate(root: Path, ini: Path, settings: AlembicSettings, project: Project) -> _Candidate:
    """Flask-Migrate's layout: the settings file lies in the script folder and does not name it."""
    path = _relative(root, ini)
    scripts = ini.parent
    if scripts == root or not ("current_app" in _names_used(scripts) or uses_flask_migrate(root)):
        message = (
            f"{path} lies in the script folder and has no `script_location`. Move it a folder up, "
            f"beside the app, and write `script_location = %(here)s/{printable(scripts.name, limit=40)}` "
            "into its section [alembic]."
        )
        if scripts == root:
            message = (
                "The submission is the migrations folder alone. Hand in the whole exercise: the app, its "
                "models, alembic.ini and the migrations."
            )
        return _broken(path, settings, message)
    return _working(root, path, settings, scripts, project=project)


def _broken(path: str, settings: AlembicSettings, message: str) -> _Candidate:
    finding = Finding(FindingKind.MISSING_SCRIPT_FOLDER, message, path)
    return _Candidate(path, None, (*settings.findings, finding))


def _working(
    root: Path,
    config: str,
    settings: AlembicSettings,
    scripts: Path,
    *,
    project: Project,
    top: Path | None = None,
) -> _Candidate:
    """A candidate with a script folder. `top` is the folder to run `alembic` in; None for Flask-Migrate."""
    wanted = _working_folder(root, project)
    flask = None if top else find_flask_project(root, scripts, folder=wanted, application=project.flask_app)
    folder_to_run_in = top or (flask.folder if flask else scripts.parent)
    findings = list(settings.findings)
    locations: list[str] = []
    for location in settings.version_locations or (f"{scripts}/versions",):
        inside = _inside(root, next(resolved(folder_to_run_in, location)))
        if inside is None:
            message = (
                f"{config} names a folder of revisions outside of the submission "
                f"({_as_written(location, (root / config).parent)}). Write it as "
                "`%(here)s/...` and commit the folder."
            )
            findings.append(Finding(FindingKind.MISSING_VERSION_FOLDER, message, config))
        else:
            locations.append(inside)
            locations += _subfolders(root, inside) if settings.recursive else ()
    folders = tuple(dict.fromkeys(locations))
    files = [path.name for folder in folders for path in (root / folder).glob("*.py")]
    layout = Layout(
        flavour="alembic" if top else "flask",
        root=_relative(root, folder_to_run_in),
        config=config,
        script_location=_relative(root, scripts),
        version_locations=folders,
        application=flask.application if flask else project.flask_app,
        directory_option=flask.directory_option if flask else False,
        import_folders=tuple(_relative(root, place) for place in installed_folders(root, folder_to_run_in)),
    )
    count = sum(1 for name in files if not name.startswith("__init__"))
    findings += _application_findings(flask, project) if flask else ()
    return _Candidate(config, layout, tuple(findings), count)


def _application_findings(flask: FlaskProject, project: Project) -> Iterator[Finding]:
    if flask.application is not None and flask.application == project.flask_app:
        return  # as the assignment says
    if flask.application is not None:
        message = (
            f"`flask` does not find the app by itself; the commands ran with FLASK_APP={flask.application}."
        )
        yield Finding(FindingKind.FLASK_APP_CHOSEN, message)
    elif flask.unknown:
        message = f"Several modules make a Flask app: {', '.join(flask.unknown)}."
        if len(flask.unknown) == 1:
            message = f"The Flask app is made in {flask.unknown[0]}, where `flask` does not find it."
        yield Finding(FindingKind.FLASK_APP_UNKNOWN, message, flask.unknown[0])


def _subfolders(root: Path, location: str) -> Iterator[str]:
    for folder, below, _ in os.walk(root / location):
        below.sort()
        if Path(folder) != root / location and not folder.endswith("__pycache__"):
            yield _relative(root, Path(folder))


def _missing_folder_message(root: Path, config: Path, location: str) -> str:
    path = _relative(root, config)
    inside = _inside(root, next(resolved(config.parent, location)))
    if inside is not None and (root / inside).is_dir():
        return (
            f"{path} names the script folder {printable(inside, limit=100)}, but there is no env.py in it. "
            "Commit the file, or let `script_location` name the folder that holds env.py."
        )
    if inside is None or "\\" in location:
        return (
            f"{path} has `script_location = {_as_written(location, config.parent)}`, and there is no such "
            "folder in the submission. Write `script_location = %(here)s/alembic`, with the name of your "
            "script folder."
        )
    return (
        f"{path} names the script folder {printable(inside, limit=100)}, but it is not in the submission. "
        "Commit the folder with its env.py and its revisions, or correct `script_location`."
    )


def _as_written(location: str, here: Path) -> str:
    """A setting as the student wrote it, without the paths of the grader's machine."""
    return printable(location.replace(here.as_posix(), "%(here)s"), limit=100)


def _needs_application(scripts: Path) -> bool:
    """Whether env.py works only inside an application context, which `flask db` provides."""
    names = _names_used(scripts)
    return "current_app" in names and not names & {"app_context", "test_request_context"}


def _names_used(scripts: Path) -> frozenset[str]:
    try:
        nodes = list(ast.walk(parse(read_beginning(scripts / "env.py"))))
    except SourceError:
        return frozenset()
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(names | {node.attr for node in nodes if isinstance(node, ast.Attribute)})


def _remarks(layout: Layout, others: Sequence[str]) -> Iterator[Finding]:
    if others:
        named = ", ".join(others[:_MOST_NAMED]) + (", ..." if len(others) > _MOST_NAMED else "")
        message = (
            f"There are several Alembic set-ups. {layout.config} is the one that is graded; {named} is not. "
            "Keep one and delete the rest."
        )
        yield Finding(FindingKind.SEVERAL_ALEMBIC_INI, message, layout.config)
    if layout.root != ".":
        message = f"The exercise lies in the sub-folder {layout.root}; the commands were run there."
        yield Finding(FindingKind.NESTED_ROOT, message, layout.root)


def _nothing_found(root: Path, alembic_root: str | None) -> Finding:
    if not any(root.iterdir()):
        message = "The submission holds no files. Check that the work was committed and pushed."
        return Finding(FindingKind.NO_ALEMBIC, message)
    init = "flask db init" if uses_flask_migrate(root) else "alembic init alembic"
    if alembic_root is not None:
        elsewhere = min(root.rglob(_INI), default=None)
        message = (
            f"There is no alembic.ini in the folder {alembic_root}, where the assignment expects it. "
            f"Run `{init}` there and commit what it makes."
        )
        if elsewhere is not None:
            message = (
                f"There is no alembic.ini in the folder {alembic_root}, where the assignment expects it, but "
                f"one at {_relative(root, elsewhere)}. Move it and its script folder."
            )
        return Finding(FindingKind.NO_ALEMBIC, message, alembic_root)
    for folder, below, files in os.walk(root):
        if "env.py" in files and ("versions" in below or "script.py.mako" in files):
            path = _relative(root, Path(folder))
            message = (
                f"The script folder {path} is there, but no alembic.ini leads to it. Commit the alembic.ini "
                "that `alembic init` made beside it."
            )
            if "current_app" in _names_used(Path(folder)):
                message = (
                    f"The script folder {path} is there, but its alembic.ini is not. Commit "
                    f"{path}/alembic.ini, which `flask db init` made."
                )
            return Finding(FindingKind.MISSING_ALEMBIC_INI, message, path)
    message = (
        "There is no alembic.ini, so there are no migrations to grade. In the exercise's folder run "
        f"`{init}`, set up {'the env.py' if 'flask' in init else 'alembic/env.py'}, make the first revision, "
        "and commit all of it."
    )
    return Finding(FindingKind.NO_ALEMBIC, message)


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _inside(root: Path, path: Path) -> str | None:
    """A path relative to the submission; None if it leads out of it."""
    normal = Path(os.path.normpath(path))
    return _relative(root, normal) if normal.is_relative_to(root) and "\0" not in str(path) else None
