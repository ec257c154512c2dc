"""Reads `assignment.toml` and the files beside it into an `Assignment`.

Must not import the reference models: a student's self-check has the two data files, but not the solution.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from grader.assignment.checklist_file import checklist
from grader.assignment.kinds import Kind, Kinds
from grader.assignment.late_file import late_rule
from grader.assignment.model import (
    Accepted,
    Assignment,
    CriterionSettings,
    Group,
    Limits,
    Project,
    Proof,
    ProofKind,
    Visibility,
)
from grader.assignment.objects import types
from grader.assignment.parts_file import part_named, parts_of
from grader.assignment.project import project_of
from grader.assignment.tables import (
    AssignmentTable,
    FilesOnly,
    KindSettings,
    ProofTable,
    Reference,
)
from grader.assignment.toml_file import Key, TomlFile, suggestion
from grader.errors import ConfigurationError
from grader.files.text_file import read_text

ALL_OR_NOTHING = "There are points only if every check passes."
"""What the rubric says of a criterion that is all or nothing because the assignment wants it so."""
_MODELS_DIGEST = re.compile(r"^-- sha256 of the models: ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True)
class ReferenceFiles:
    """Where an assignment's reference models are, and the schema that is made from them."""

    models: Path
    """The Python file that defines the models. A student's self-check does not have it."""
    metadata: str
    """The way to the models' metadata in that file: `db.Model.metadata`."""
    schema: Path
    """The models' DDL."""


def default_path() -> Path:
    """The path of the assignment that is graded when none is named.

    In an installed package it is inside the package, in a source tree beside the reference solution.
    """
    package = Path(__file__).parent
    packaged = package / "exercise" / "assignment.toml"
    return packaged if packaged.exists() else package.parents[1] / "reference_solution" / "assignment.toml"


def load(path: Path, kinds: Kinds) -> Assignment:
    """Read and validate an assignment file and the reference schema that it names.

    Args:
        path: the file.
        kinds: the kinds that its criteria may be of.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    file = _read(path)
    table = file.decoded(AssignmentTable)
    reference_sql = None if isinstance(table.reference, UnsetType) else _reference_sql(file, table.reference)
    project = project_of(file, table.project)
    return Assignment(
        id=table.id,
        title=table.title,
        sha256=_digest(file.text, reference_sql, project),
        criteria=_criteria(file, table, kinds),
        reference_sql=reference_sql,
        accepted_types=frozenset((item.column, name) for item in table.accept for name in types(item.type)),
        aliases={name: _listed(others) for name, others in table.aliases.items()},
        limits=Limits(**msgspec.structs.asdict(table.limits)),
        project=project,
        proof=_proof(table.proof),
        visibility=Visibility(**msgspec.structs.asdict(table.visibility)),
        late=None if isinstance(table.late, UnsetType) else late_rule(file, table.late),
        parts=parts_of(table.parts),
        checklist=checklist(file, table.checklist, table.criteria, table.parts),
        handed_out=table.handed_out_revisions,
        path=str(path),
    )


def reference_files(path: Path) -> ReferenceFiles | None:
    """Read where the reference models and their schema are; the schema may be missing or out of date.

    None if the assignment has no reference models.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    reference = _read(path).decoded(FilesOnly).reference
    return None if isinstance(reference, UnsetType) else _reference_files(path, reference)


def files_beside(path: Path) -> dict[Key, Path]:
    """The files that an assignment file names and that are read with it, by the key that names each.

    These are the reference schema, a file of requirements, and the files that submissions get. Any may be
    missing.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    table = _read(path).decoded(FilesOnly)
    named: dict[Key, str] = {}
    if not isinstance(table.reference, UnsetType):
        named["reference", "schema"] = table.reference.schema
    if isinstance(table.project.requirements, str):
        named["project", "requirements"] = table.project.requirements
    named.update({("project", "files", to): source for to, source in table.project.files.items()})
    return {key: path.parent / name for key, name in named.items()}


def project_in(path: Path) -> tuple[Project, dict[str, Any]]:
    """The value of `[project]` in a file that may lack everything else, and the table as it is written.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    file = _read(path)
    table = file.decoded(FilesOnly).project
    return project_of(file, table), msgspec.to_builtins(table)


def _read(path: Path) -> TomlFile:
    file = TomlFile.read(path)
    if file.values.get("schema_version") == "1":
        raise ConfigurationError(
            file.problem(("schema_version",), 'is "1": that layout is not read any more.').message,
            next_step='Write schema_version = "2"; give each criterion a kind (`kind = "schema"`), move '
            "alembic_root into [project], and see docs/assignment.md for the keys of each kind.",
        )
    return file


def _digest(text: str, reference_sql: str | None, project: Project) -> str:
    """A hash of all that verdicts may depend on: the file, and what the files beside it hold."""
    digest = hashlib.sha256(f"{text}\0{reference_sql or ''}".encode())
    if project.requirements or project.files:
        digest.update(repr((project.requirements, sorted(project.files.items()))).encode())
    return digest.hexdigest()


def _listed(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written


def models_digest(models: Path) -> str:
    """A hash of a models file's text. Line ends make no difference.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return hashlib.sha256(read_text(models).encode()).hexdigest()


def schema_header(models: Path) -> str:
    """The comment above the DDL that is made from a models file, with a hash of that file.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return (
        f"-- The schema of the reference models in {models.name}.\n"
        "-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.\n"
        f"-- sha256 of the models: {models_digest(models)}\n"
    )


def _reference_files(path: Path, table: Reference) -> ReferenceFiles:
    return ReferenceFiles(path.parent / table.models, table.metadata, path.parent / table.schema)


def _reference_sql(file: TomlFile, table: Reference) -> str:
    """The reference schema. If the models are there, it must be made from them as they are now."""
    files = _reference_files(file.path, table)
    remedy = f"Run `python -m grader.reference_ddl {file.path}` to make it from the models."

    def wrong(problem: str, next_step: str = "") -> ConfigurationError:
        message = file.problem(("reference", "schema"), f"names {files.schema}, {problem}").message
        return ConfigurationError(message, next_step=next_step)

    if not files.schema.is_file():
        beside = "It comes with the assignment file: put it there."
        raise wrong("and there is no such file.", remedy if files.models.is_file() else beside)
    sql = read_text(files.schema)
    if "create table" not in sql.lower():
        raise wrong("and no table is created in it.")
    recorded = _MODELS_DIGEST.search(sql)
    if files.models.is_file() and (recorded is None or recorded[1] != models_digest(files.models)):
        raise wrong(f"which was not made from {files.models} as that file is now.", remedy)
    return sql


def _criteria(file: TomlFile, table: AssignmentTable, kinds: Kinds) -> tuple[CriterionSettings, ...]:
    # The order is that of the file.
    read = [(name, *_of_kind(file, ("criteria", name), kinds)) for name in file.values["criteria"]]
    by_kind: dict[str, list[str]] = {}
    for name, kind, _ in read:
        if kind.once and kind.name in by_kind:
            raise file.problem(
                ("criteria", name, "kind"),
                f'is "{kind.name}", as that of `criteria.{by_kind[kind.name][0]}` is: an assignment may have '
                "one of that kind.",
            )
        by_kind.setdefault(kind.name, []).append(name)
    criteria = tuple(
        CriterionSettings(
            id=name,
            kind=kind.name,
            title=settings.title if settings.title is not UNSET else kind.title_of(settings),
            text=_text(settings, kind),
            group=settings.group,
            points=settings.points,
            settings=settings,
            requires=_requires(file, name, settings, kind, by_kind),
            visibility=settings.visibility,
            all_or_nothing=None if settings.all_or_nothing is UNSET else settings.all_or_nothing,
            part=part_named(file, ("criteria", name, "part"), settings.part, table.parts),
            check_parts=dict(_check_parts(file, ("criteria", name, "check_parts"), settings, table.parts)),
        )
        for name, kind, settings in read
    )
    _refuse_circles(file, criteria)
    total = math.fsum(item.points for item in criteria if item.group is not Group.BONUS)
    if not math.isclose(total, table.max_score):
        raise file.problem(
            ("max_score",),
            f"is {table.max_score:g}, but the points of the required and the practice criteria "
            f"add up to {total:g}.",
        )
    return criteria


def _of_kind(file: TomlFile, key: Key, kinds: Kinds) -> tuple[Kind, Any]:
    """The kind of a criterion, and its table as that kind's settings."""
    written = file.values["criteria"][key[-1]].get("kind")
    if written is None:
        raise file.problem(
            key, f'needs a `kind`: one of {", ".join(sorted(kinds))}. For example: kind = "schema".'
        )
    if written not in kinds:
        raise file.problem(
            (*key, "kind"), f'is "{written}", which is no kind. {suggestion(str(written), kinds)}'
        )
    kind = kinds[written]
    settings: KindSettings = file.decoded(kind.settings, key)
    for way, message in settings.mistakes():
        raise file.problem((*key, *way), message)
    return kind, settings


def _check_parts(
    file: TomlFile, key: Key, settings: KindSettings, parts: Collection[str]
) -> Iterator[tuple[str, str]]:
    for check, written in settings.check_parts.items():
        part = part_named(file, (*key, check), written, parts)
        if part is not None:
            yield check, part


def _requires(
    file: TomlFile, name: str, settings: KindSettings, kind: Kind, by_kind: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """The ids of the criteria that have to pass first.

    A kind that none of the assignment's criteria is of stands for itself: it is judged and not shown.
    """
    known = file.values["criteria"]
    if isinstance(settings.requires, UnsetType):
        return tuple(one for needed in kind.requires for one in by_kind.get(needed, [needed]))
    for one in settings.requires:
        if one not in known:
            raise file.problem(
                ("criteria", name, "requires"),
                f'names "{one}", which is no criterion. {suggestion(one, known)}',
            )
    return settings.requires


def _refuse_circles(file: TomlFile, criteria: tuple[CriterionSettings, ...]) -> None:
    """Refuse criteria that wait for each other."""
    needed = {item.id: item.requires for item in criteria}

    def follow(way: tuple[str, ...]) -> None:
        for one in needed.get(way[-1], ()):
            if one in way:
                circle = (*way[way.index(one) :], one)
                stated = next(name for name in circle if "requires" in file.values["criteria"][name])
                raise file.problem(
                    ("criteria", stated, "requires"), f"goes round in a circle: {' -> '.join(circle)}."
                )
            follow((*way, one))

    for item in criteria:
        follow((item.id,))


def _proof(table: ProofTable) -> Proof:
    return Proof(
        None if isinstance(table.solution, UnsetType) else table.solution,
        tuple(
            Accepted(kind, _listed(item.name), item.reason)
            for kind in ProofKind
            for item in getattr(table, kind.value)
        ),
    )


def _text(settings: KindSettings, kind: Kind) -> tuple[str, ...]:
    """What the rubric says of a criterion; that the switch is set is said with the kind's own text."""
    if not isinstance(settings.text, UnsetType):
        return _paragraphs(settings.text)
    text = kind.text_of(settings)
    return (*text, ALL_OR_NOTHING) if settings.all_or_nothing is True and not kind.all_or_nothing else text


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))
