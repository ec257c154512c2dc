"""Plain Python errors in a student's files, where the traceback's innermost line says the most.

Knows nothing of databases. Comes last, after all families that know more.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis import url_source
from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import (
    DATABASE,
    REVISION_FUNCTIONS,
    Advice,
    DiagnosisKind,
    Family,
    sentences,
)
from grader.observations.files import FindingKind
from grader.observations.revisions import ProblemKind
from grader.text import merge_conflicts

_IMPORTS = {
    "op": "from alembic import op",
    "context": "from alembic import context",
    "sa": "import sqlalchemy as sa",
    "postgresql": "from sqlalchemy.dialects import postgresql",
    "os": "import os",
    "sys": "import sys",
    "db": "from app import db",
    "app": "from app import app",
    "load_dotenv": "from dotenv import load_dotenv",
    "datetime": "from datetime import datetime",
    "engine_from_config": "from sqlalchemy import engine_from_config",
    "pool": "from sqlalchemy import pool",
    "create_engine": "from sqlalchemy import create_engine",
    "fileConfig": "from logging.config import fileConfig",
}
"""Names that are often used without their import."""
_NO_SUCH_FILE = r"^FileNotFoundError: \[Errno 2\] No such file or directory: '([^'\n]{1,200})'"
_SQLALCHEMY_NAMES = frozenset(
    {
        *("Column", "String", "Integer", "Text", "Boolean", "DateTime", "Date", "Float", "Numeric", "Enum"),
        *("ForeignKey", "ForeignKeyConstraint", "UniqueConstraint", "PrimaryKeyConstraint", "func", "text"),
    }
)


def _syntax(clue: Clue, match: re.Match[str]) -> Advice:
    return Advice(
        f"Python cannot read {_where(clue)}: {shortened(match[1], 160)}.",
        "Correct that line or the one above it (a bracket, a quote, a colon, the indentation); an empty "
        "function needs `pass`.",
    )


def _merge_conflict(clue: Clue, match: re.Match[str]) -> Advice | None:
    if match[0].startswith("configparser."):
        finding = clue.finding(FindingKind.MERGE_CONFLICT)
        if finding is None:
            return None
        return Advice(*sentences(finding.message), Location(finding.path, finding.line))
    if not clue.found.frames or not merge_conflicts.is_marker(clue.found.frames[-1].source):
        return None
    return Advice(f"Git's conflict markers stand in {_where(clue)}.", merge_conflicts.FIX)


def _where(clue: Clue) -> str:
    return described(clue.place) if clue.place.path else "one of your files"


def _encoding(clue: Clue, match: re.Match[str]) -> Advice:
    """The traceback does not always say which file it is."""
    graph, place = clue.observations.graph, clue.place
    if clue.through("configparser.py"):
        if finding := clue.finding(FindingKind.CONFIG_ENCODING):
            return Advice(*sentences(finding.message), Location(finding.path, finding.line))
        place = Location(clue.config)
    elif "null bytes" in match[0]:
        broken = (
            next((p for p in graph.problems if p.kind is ProblemKind.SYNTAX_ERROR), None) if graph else None
        )
        place = Location(broken.path) if broken else Location()
    return Advice(
        f"{described(place) if place.path else 'One of your files'} is not saved as UTF-8 text.",
        "Save it as UTF-8 in your editor. PowerShell's `>` writes UTF-16: use the editor, or `Out-File "
        "-Encoding utf8`.",
        place,
    )


def _not_implemented(clue: Clue, match: re.Match[str]) -> Advice | None:
    function = clue.own_frame.function if clue.own_frame else None
    if "SQLite" in match[0] or function not in ("upgrade", "downgrade"):
        return None
    revision = f" of revision {clue.revision.id}" if clue.revision else ""
    return Advice(
        f"{function}(){revision} raises NotImplementedError{clue.here}.",
        "Write the way back: the opposite of every operation in upgrade(), in the opposite order."
        if function == "downgrade"
        else "Write the operations of this revision.",
    )


def _name(clue: Clue, match: re.Match[str]) -> Advice:
    name = shortened(match[1], 80)
    fix = "Import it, define it above that line, or mend its spelling."
    if name in _IMPORTS:
        fix = f"Add `{_IMPORTS[name]}` at the top of that file."
    elif name in _SQLALCHEMY_NAMES:
        fix = f"Write sa.{name}, with `import sqlalchemy as sa` at the top of that file."
    elif name == "Base":
        fix = "Import the Base that your models inherit from; with Flask-SQLAlchemy it is db.Model."
    return Advice(f"The name {name} is used and nothing defines it{clue.here}.", fix)


def _sqlite(clue: Clue, _: re.Match[str]) -> Advice:
    place = url_source.written_with(clue, scheme="sqlite")
    return Advice(
        "The migrations run on SQLite and not on PostgreSQL"
        f"{f' ({described(place)})' if place else clue.here}: another URL than {clue.direct_url} is used.",
        f"{url_source.mend_url(clue, place)} Keep no sqlite:/// as a fallback.",
        place,
    )


def _operation(clue: Clue, match: re.Match[str]) -> Advice:
    known = re.search(r"Did you mean: '([^'\n]{1,60})'", clue.error)
    return Advice(
        f"Alembic has no operation op.{match[1]}{clue.here}.",
        f"Write op.{known[1]}."
        if known
        else 'A column gets another name by `op.alter_column("table", "old", new_column_name="new")`.'
        if match[1] == "rename_column"
        else "The operations are listed under `alembic.op` in Alembic's documentation.",
    )


def _attribute(clue: Clue, match: re.Match[str]) -> Advice | None:
    if clue.own_frame is None:
        return None
    message, _, meant = match[1].partition(". Did you mean: '")
    meant = shortened(meant.partition("'")[0], 60)
    return Advice(
        f"The code uses an attribute that does not exist{clue.here}: {shortened(message, 160)}.",
        f"Did you mean {meant}? Correct the spelling."
        if meant
        else "Check the spelling and what stands before the dot.",
    )


KINDS = {
    "merge_conflict": DiagnosisKind(
        "A file was committed in the middle of a merge, with Git's conflict markers",
        (r"^(?:SyntaxError|IndentationError|TabError): ", r"configparser\.[A-Za-z]{1,40}Error"),
        explain=_merge_conflict,
        files={FindingKind.MERGE_CONFLICT: merge_conflicts.FIX},
    ),
    "syntax_error": DiagnosisKind(
        "A file has a syntax or indentation error",
        (r"^(?:SyntaxError|IndentationError|TabError): (?!source code string)([^\n]{1,300})",),
        explain=_syntax,
        files={
            ProblemKind.SYNTAX_ERROR: "Correct that line or the one above it (a bracket, a quote, a colon, "
            "the indentation)."
        },
    ),
    "file_not_utf8": DiagnosisKind(
        "A file is not UTF-8 text",
        (
            r"source code (?:string )?cannot contain null bytes",
            r"^UnicodeDecodeError: ",
            r"Non-UTF-8 code starting with",
            r"configparser\.MissingSectionHeaderError",
        ),
        explain=_encoding,
        files={FindingKind.CONFIG_ENCODING: "Save it as UTF-8."},
    ),
    "not_postgresql": DiagnosisKind(
        "The migrations run on another database than PostgreSQL",
        (r"No support for ALTER of constraints in SQLite", r"\(sqlite3\.[A-Za-z]{1,40}\) "),
        explain=_sqlite,
        otherwise=DATABASE,
    ),
    "not_implemented": DiagnosisKind(
        "downgrade() only raises NotImplementedError",
        (r"^NotImplementedError[^\n]{0,200}",),
        explain=_not_implemented,
        otherwise=REVISION_FUNCTIONS,
    ),
    "asks_for_input": DiagnosisKind(
        "The code waits for keyboard input",
        (r"^EOFError: EOF when reading a line",),
        "The code waits for keyboard input{here}; migrations run with nobody at the keyboard.",
        "Take input() out of env.py, the app and the revisions.",
    ),
    "operation_outside_migration": DiagnosisKind(
        "op is used where no migration runs",
        (r"proxy object has not yet been established",),
        "op or context is used where no migration is running{here}.",
        "Use `op` only inside upgrade() and downgrade(), and `context` only in env.py.",
    ),
    "name_undefined": DiagnosisKind(
        "A name is used without its import or definition",
        (r"^(?:NameError|UnboundLocalError): (?:name|[a-z ]{1,40}) '([^'\n]{1,120})'",),
        explain=_name,
    ),
    "operation_unknown": DiagnosisKind(
        "op has no such operation",
        (r"module 'alembic\.op' has no attribute '([^'\n]{1,80})'",),
        explain=_operation,
    ),
    "batch_column_missing": DiagnosisKind(
        "A batch operation works on a column that the table does not have",
        (r"^KeyError: '([^'\n]{1,120})'",),
        "The batch works on a column {0!s} that the table does not have{here}.",
        "Write the column's name as it is in the table at this revision.",
        passed="alembic/operations/batch.py",
    ),
    "program_missing": DiagnosisKind(
        "The code starts a program that is not there",
        (_NO_SUCH_FILE,),
        "The code starts {0:80}, a program that is not there{here}.",
        "Migrations need no other programs: write SQL as `op.execute(...)`, and take the call out.",
        passed="/subprocess.py",
    ),
    "file_missing": DiagnosisKind(
        "The code opens a file that is not in the submission",
        (_NO_SUCH_FILE,),
        "The code opens {0}, which is not there{here}.",
        "Commit the file if the migrations need it. A .env is never part of a submission: use "
        "load_dotenv(), which does not mind, and paths below os.path.dirname(__file__).",
    ),
    "file_not_writable": DiagnosisKind(
        "The code writes a file where it may not",
        (
            r"^(?:PermissionError|OSError): \[Errno (?:13|30)\] [^:\n]{1,60}: '([^'\n]{1,200})'",
            r"unable to open database file()",
        ),
        "The code writes a file where it may not: {0}{here}.",
        "Migrations need no files of their own: log to the terminal, and write nothing while env.py is "
        "loaded.",
    ),
    "endless_recursion": DiagnosisKind(
        "A function calls itself without end",
        (r"^RecursionError: ",),
        "A function calls itself without end{here}.",
        "Look at that line: upgrade() and downgrade() call op's operations and never themselves.",
    ),
    "attribute_missing": DiagnosisKind(
        "An attribute or function that does not exist is used",
        (r"^AttributeError: ([^\n]{1,300})",),
        explain=_attribute,
    ),
    "arguments_wrong": DiagnosisKind(
        "A function is called with arguments that it does not take",
        (r"^TypeError: ([^\n]{1,300})",),
        "A function is called with arguments that it does not take{here}: {0:160}.",
        "Compare it with the documentation of that function: the table's name comes first in most of op's "
        "operations (drop_constraint: name, then table).",
        own_line=True,
    ),
}
FAMILY = Family("Python", "python", __doc__, KINDS)
