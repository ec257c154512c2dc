"""What a submission's files say without running anything: where its migrations are, and what was noticed."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from grader.observations.history import RevisionHistory


class FindingKind(StrEnum):
    """What can be noticed in a submission's files."""

    UNREADABLE_SUBMISSION = "unreadable_submission"
    """The archive or folder cannot be read at all."""
    NO_ALEMBIC = "no_alembic"
    """There is no Alembic set-up."""
    MISSING_ALEMBIC_INI = "missing_alembic_ini"
    """There is a script folder but no alembic.ini that leads to it."""
    MISSING_SCRIPT_FOLDER = "missing_script_folder"
    """The folder that `script_location` names is not there, or has no env.py."""
    MISSING_VERSION_FOLDER = "missing_version_folder"
    """A folder that `version_locations` names is not there."""
    SEVERAL_ALEMBIC_INI = "several_alembic_ini"
    """There are several Alembic set-ups; one of them is taken."""
    NESTED_ROOT = "nested_root"
    """The Alembic set-up is in a folder of the submission, not at its top."""
    MERGE_CONFLICT = "merge_conflict"
    """The configuration file has the marks of an unresolved merge conflict."""
    BROKEN_CONFIG = "broken_config"
    """The configuration file cannot be parsed."""
    CONFIG_ENCODING = "config_encoding"
    """The configuration file is not saved as UTF-8."""
    COMMITTED_ENV = "committed_env"
    """A .env with secrets is in the submission."""
    HARD_CODED_URL = "hard_coded_url"
    """A database URL with a password stands in a file."""
    SHADOWING_FILE = "shadowing_file"
    """A file hides a package that the migrations need."""
    SUSPICIOUS_FILE = "suspicious_file"
    """Python would run this file by itself at its start."""
    SKIPPED_FILE = "skipped_file"
    """A file was not copied: a link, a special file, or over a limit."""
    RENAMED_FILE = "renamed_file"
    """A file has a name that cannot be shown as text; reports show another one."""
    FLASK_APP_CHOSEN = "flask_app_chosen"
    """`flask` does not find the app by itself; the harness names the one that the files show."""
    FLASK_APP_UNKNOWN = "flask_app_unknown"
    """`flask` does not find the app by itself, and the files do not show which one is meant."""


@dataclass(frozen=True)
class Finding:
    """Something noticed in the submission's files while it was staged, without running anything."""

    kind: FindingKind
    message: str
    path: str | None = None
    line: int | None = None


class LandmarkKind(StrEnum):
    """What a hint may point to although no error names the line."""

    DATABASE_URL = "database_url"
    """A database URL is written there, whole or in parts. The name is its scheme and host."""
    DATABASE_URI = "database_uri"
    """SQLALCHEMY_DATABASE_URI is set there. The name is the environment variable that it is read from."""
    VARIABLE = "variable"
    """The environment variable of that name is read there, with nothing in its place if it is not set."""
    CREATE_ALL = "create_all"
    """create_all() is called there, in a file that a run loads and outside of the revisions."""
    AUTOCOMMIT = "autocommit"
    """AUTOCOMMIT is set for connections there, or `transactional_ddl` is switched off."""


@dataclass(frozen=True)
class Landmark:
    """A line of the submission at which a mistake may have to be mended. It is no mistake by itself."""

    kind: LandmarkKind
    path: str
    line: int
    name: str = ""
    """What `kind` says; never a password."""


@dataclass(frozen=True)
class Layout:
    """Where a submission's migrations are. All paths are posix and relative to the submission's root."""

    flavour: Literal["alembic", "flask"]
    """`alembic`: the `alembic` command; `flask`: Flask-Migrate, whose env.py needs an application context."""
    root: str
    """The folder the commands run in (`.` for the submission's own root)."""
    config: str
    """The `alembic.ini` (or `pyproject.toml`)."""
    script_location: str
    """The folder that holds `env.py`."""
    version_locations: tuple[str, ...]
    """The folders that hold the revision files."""
    application: str | None = None
    """`FLASK_APP`, where `flask` finds the app neither by its own rules nor in a `.flaskenv`."""
    directory_option: bool = False
    """Whether the student has to name the script folder in each command: `flask db -d FOLDER ...`."""
    import_folders: tuple[str, ...] = ()
    """Folders that `pip install -e .` puts on `sys.path`, as the project's own files say."""

    @property
    def tool(self) -> tuple[str, ...]:
        """What the student types before the name of a command: `alembic`, or `flask --app blog db`."""
        if self.flavour == "alembic":
            return ("alembic",)
        return ("flask", *(("--app", self.application) if self.application else ()), "db")

    @property
    def options(self) -> tuple[str, ...]:
        """What the student types after the tool so that it finds the migrations."""
        if self.flavour == "flask":
            folder = posixpath.relpath(self.script_location, self.root)
            return ("-d", folder) if self.directory_option else ()
        config = posixpath.relpath(self.config, self.root)
        return () if config in {"alembic.ini", "pyproject.toml"} else ("-c", config)


@dataclass(frozen=True)
class Mention:
    """A line of a file that is about a table, or about columns of it."""

    table: str
    columns: tuple[str, ...]
    """Empty if the line is about the table as a whole."""
    line: int


@dataclass(frozen=True)
class ModelFile:
    """A file that declares tables."""

    path: str
    """Relative to the submission's root."""
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class UrlNames:
    """The variables that hold the URLs of the connections, as the assignment names them."""

    direct: tuple[str, ...] = ("DIRECT_URL",)
    pooled: tuple[str, ...] = ("DATABASE_URL",)

    @property
    def one_connection(self) -> bool:
        """Whether both are named by one variable, so that there is one connection."""
        return not set(self.direct).isdisjoint(self.pooled)


@dataclass(frozen=True)
class SubmissionFacts:
    """What is known of a submission from its files."""

    id: str
    source: str
    """What the user named: a folder's or an archive's name, never an absolute path of this machine."""
    sha256: str
    """Over the staged files' names and contents."""
    layout: Layout | None
    findings: tuple[Finding, ...] = ()
    python_files: tuple[str, ...] = ()
    """Paths of its Python files, the topmost first, up to a limit. A hint says where a module lies."""
    models: tuple[ModelFile, ...] = ()
    """The files that declare tables, so that a hint can name the line of a column."""
    landmarks: tuple[Landmark, ...] = ()
    """In the order of the files that a run loads; of one file first what is run on import."""
    urls: UrlNames = field(default_factory=UrlNames)
    extensions: tuple[str, ...] = field(default_factory=tuple)
    """PostgreSQL's extensions that are there from the beginning, as the assignment names them."""
    url_in_config: bool | None = None
    """Whether the configuration file sets `sqlalchemy.url`; None if that was not looked at."""
    history: RevisionHistory | None = None
    """None if it was not looked at."""
