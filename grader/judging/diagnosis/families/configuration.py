"""Errors in Alembic's own set-up: alembic.ini, the script folder, what env.py hands to Alembic.

Knows nothing of revisions or of the database.
"""

from __future__ import annotations

import posixpath
import re

from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family
from grader.observations.files import FindingKind
from grader.observations.steps import StepAction


def _script_location(clue: Clue, _: re.Match[str]) -> Advice:
    return Advice(
        "Alembic finds no configuration: there is no alembic.ini in the folder of the command, or it has no "
        "script_location.",
        "Commit the alembic.ini that `alembic init alembic` wrote, with `script_location = %(here)s/alembic` "
        f"in its section [alembic] ({clue.config}).",
        Location(clue.config),
    )


def _ini_broken(clue: Clue, _: re.Match[str]) -> Advice | None:
    # These findings say more than the parser's first error.
    if clue.finding(FindingKind.MERGE_CONFLICT, FindingKind.CONFIG_ENCODING):
        return None
    message = re.sub(
        r"PosixPath\(('[^'\n]{1,200}')\)", r"\1", clue.found.headline.rpartition("configparser.")[2]
    )
    return Advice(
        f"{clue.config} cannot be read: {shortened(message, 160).rstrip('.')}.",
        "Correct that line, or take a fresh alembic.ini from `alembic init` in another folder and copy your "
        "settings over.",
        Location(clue.config),
    )


def _target_metadata(clue: Clue, match: re.Match[str]) -> Advice | None:
    # A Flask-SQLAlchemy db raises these errors on create_all(connection).
    ambiguous = "context" in match[0] or "Connection" in match[0]
    if ambiguous and (clue.own_frame is not None or not _makes_models(clue)):
        return None
    return Advice(
        f"target_metadata in {clue.env_py} is not the metadata of your models: it is None, or it is a model, "
        "a Base or db itself.",
        f"In {clue.env_py} write `from app import db` and `target_metadata = db.Model.metadata` (plain "
        "SQLAlchemy: `target_metadata = Base.metadata`).",
        Location(clue.env_py),
    )


def _toml_broken(clue: Clue, match: re.Match[str]) -> Advice:
    """Alembic reads the pyproject.toml beside alembic.ini; code of the student's may read others."""
    line = re.search(r"at line (\d{1,7})", match[1])
    if not any(frame.function == "toml_alembic_config" for frame in clue.found.frames):
        return Advice(
            f"A TOML file that your code reads is not valid{clue.here}: {shortened(match[1], 120)}.",
            "Correct that line of the TOML file: texts in quotes, `key = value`, one a line.",
        )
    layout = clue.observations.submission.layout
    path = posixpath.normpath(posixpath.join(layout.root if layout else ".", "pyproject.toml"))
    place = Location(path, int(line[1]) if line else None)
    return Advice(
        f"Alembic reads {path} too, and it is not valid TOML ({described(place)}): "
        f"{shortened(match[1].partition(' (at line')[0], 120)}.",
        "Correct that line (close the quotes; `key = value`, one a line), or delete the file if nothing "
        "needs it.",
        place,
    )


def _makes_models(clue: Clue) -> bool:
    """True when the step called create_all() of what env.py gives as target_metadata."""
    return clue.step.action is StepAction.CREATE_TABLES


KINDS = {
    "script_location_missing": DiagnosisKind(
        "No alembic.ini, or no script_location in it",
        (r"No 'script_location' key found in configuration", r"No config file '[^'\n]{1,200}' found"),
        explain=_script_location,
        files={FindingKind.MISSING_ALEMBIC_INI: "Commit the alembic.ini that `alembic init` wrote."},
    ),
    "script_folder_missing": DiagnosisKind(
        "script_location points to a folder that is not there",
        (
            r"Path doesn't exist: '?([^\n']{1,200}?)'?\.  Please use the 'init'",
            r"Path doesn't exist: ([^\n]{1,200})",
        ),
        "The migrations folder that the configuration names does not exist: {0}.",
        "Commit that folder with env.py and versions/, or correct script_location in alembic.ini "
        "(`script_location = %(here)s/alembic`).",
        files={FindingKind.MISSING_SCRIPT_FOLDER: "Commit that folder, or correct script_location."},
    ),
    "env_py_missing": DiagnosisKind(
        "The migrations folder has no env.py",
        (r"Can't find Python file ([^\n]{1,200})",),
        "There is no {0}: without an env.py Alembic can run nothing.",
        "Commit env.py; if it is lost, run `alembic init` in another folder and copy its env.py here.",
    ),
    "ini_broken": DiagnosisKind(
        "alembic.ini is not a valid ini file",
        (
            (
                r"configparser\.(?:MissingSectionHeader|DuplicateOption|DuplicateSection|Parsing|InterpolationMissingOption)"
                r"[A-Za-z]{0,20}Error"
            ),
        ),
        explain=_ini_broken,
        files={FindingKind.BROKEN_CONFIG: "Mend that line."},
    ),
    "toml_broken": DiagnosisKind(
        "pyproject.toml is not valid TOML",
        (r"TOMLDecodeError: ([^\n]{1,200})",),
        explain=_toml_broken,
    ),
    "logging_sections_missing": DiagnosisKind(
        "env.py calls fileConfig(), and alembic.ini has no logging sections",
        (
            (
                r"^KeyError: "
                r"'(formatters|handlers|loggers|logger_[a-z]{1,40}|handler_[a-z]{1,40}|formatter_[a-z]{1,40})'"
            ),
        ),
        "env.py calls fileConfig(), and alembic.ini has no logging section [{0}]{here}.",
        "Put the sections [loggers], [handlers] and [formatters] back as `alembic init` writes them, or take "
        "fileConfig() out of env.py.",
        passed="logging/config.py",
    ),
    "context_not_configured": DiagnosisKind(
        "env.py runs migrations without context.configure()",
        (r"No context has been configured yet",),
        "env.py begins a transaction or runs migrations before context.configure() was called{here}.",
        "Call `context.configure(connection=connection, target_metadata=target_metadata)` first, then `with "
        "context.begin_transaction(): context.run_migrations()`.",
    ),
    "target_metadata_unusable": DiagnosisKind(
        "target_metadata is None, or is not a MetaData object",
        (
            r"does not provide a MetaData object",
            r"has no attribute '(?:sorted_tables|create_all|naming_convention)'",
            r"has no attribute 'tables'$",
            r"^AttributeError: (?:sorted_tables|create_all|naming_convention|tables)$",
            r"Working outside of application context",
            r"^TypeError: 'Connection' object is not iterable",
        ),
        explain=_target_metadata,
    ),
}
FAMILY = Family("Alembic's set-up", "set-up", __doc__, KINDS)
