"""Reads the table `[project]` of an assignment file: how a submission is run.

What cannot work is refused here, before anything is graded: a path that leads out of the submission, a
variable of the grader's own, a requirement without an exact version. Must not know how a submission is run.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from msgspec import UnsetType

from grader.assignment.model import Project
from grader.assignment.tables import FilesOnly, ProjectTable
from grader.assignment.toml_file import Key, TomlFile
from grader.assignment.variables import is_reserved
from grader.errors import ConfigurationError

_EXTENSION = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_URL_FORM = re.compile(r"postgres(?:ql)?(?:\+\w+)?://\S*")
_EXAMPLE = re.compile(r"example|sample|template")


@dataclass(frozen=True)
class _Requirement:
    """A requirement with its place."""

    text: str
    key: Key
    line: str = ""
    """Where it stands in a file of requirements; empty in a list."""

    def problem(self, file: TomlFile, problem: str) -> ConfigurationError:
        """An error about it."""
        return file.problem(self.key, f"names {self.text}{self.line}, which {problem}")


def project_of(file: TomlFile, table: ProjectTable) -> Project:
    """The value of the table, with what the files hold that it names.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """

    def folder(key: str, written: str | UnsetType) -> str | None:
        if isinstance(written, UnsetType):
            return None
        return _inside(file, ("project", key), written, 'a folder inside the submission, such as "backend"')

    _check_variables(file, table)
    return Project(
        alembic_root=folder("alembic_root", table.alembic_root),
        flask_app=None if isinstance(table.flask_app, UnsetType) else table.flask_app,
        working_folder=folder("working_folder", table.working_folder),
        requirements=_checked_requirements(file, table),
        extensions=_extensions(file, table.extensions),
        direct_url=table.direct_url,
        pooled_url=table.pooled_url,
        variables=table.variables,
        files=_files(file, table.files),
    )


def variables_of(path: Path, url: str) -> dict[str, str]:
    """The variables that an assignment's code may read, each URL as given.

    Raises:
        ConfigurationError: the file or the table is wrong.
    """
    file = TomlFile.read(path)
    table = file.decoded(FilesOnly).project
    _check_variables(file, table)
    given = dict.fromkeys((*table.direct_url, *table.pooled_url), url)
    forms = {
        name: url.replace("postgresql://", f"{value.partition('://')[0]}://")
        for name, value in table.variables.items()
        if _URL_FORM.fullmatch(value)
    }
    return {**table.variables, **given, **forms}


def problem_with_requirement(path: Path, package: str, problem: str) -> ConfigurationError:
    """An error about a requirement of an assignment file that has been read before.

    Args:
        path: the assignment file.
        package: the requirement, as pip writes it: spaces may differ.
        problem: what is wrong, as the end of a sentence.
    """
    file = TomlFile.read(path)
    table = file.decoded(FilesOnly).project

    def plain(text: str) -> str:
        return re.sub(r"\s|;.*", "", text).lower()

    for item in _requirements(file, table):
        if plain(item.text) == plain(package):
            return item.problem(file, problem)
    # Not one of them, but what one of them needs.
    return file.problem(("project", "requirements"), f"leads to {package}, which {problem}")


def problem_with_requirements(path: Path, problem: str) -> ConfigurationError:
    """An error about all requirements of an assignment file together."""
    return TomlFile.read(path).problem(("project", "requirements"), problem)


def _requirements(file: TomlFile, table: ProjectTable) -> Iterator[_Requirement]:
    """The requirements, of a list or of the file that holds them, without comments."""
    written, key = table.requirements, ("project", "requirements")
    if isinstance(written, tuple):
        for number, text in enumerate(written):
            yield _Requirement(text.strip(), (*key, number))
        return
    content = _content(file, key, written)
    # PowerShell's `pip freeze > requirements.txt` writes UTF-16.
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if utf_16 else "utf-8-sig", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        requirement = re.sub(r"(^|\s)#.*", "", line).strip()
        if requirement:
            yield _Requirement(requirement, key, f" ({written}, line {number})")


def _checked_requirements(file: TomlFile, table: ProjectTable) -> tuple[str, ...]:
    found = tuple(_requirements(file, table))
    if not found:
        return ()
    from grader.assignment.requirements import name_of, problem_of  # noqa: PLC0415 - most have none

    names: dict[str, _Requirement] = {}
    for item in found:
        if problem := problem_of(item.text):
            raise item.problem(file, problem)
        earlier = names.setdefault(name_of(item.text), item)
        if earlier is not item and ";" not in item.text:
            raise item.problem(file, f"is named before as {earlier.text}{earlier.line}. Keep one of them.")
    return tuple(item.text for item in found)


def _extensions(file: TomlFile, extensions: tuple[str, ...]) -> tuple[str, ...]:
    for number, name in enumerate(extensions):
        if not _EXTENSION.fullmatch(name):
            raise file.problem(
                ("project", "extensions", number),
                f'has "{name}", which is no name of an extension. Write it as in CREATE EXTENSION: '
                '"uuid-ossp".',
            )
    return extensions


def _check_variables(file: TomlFile, table: ProjectTable) -> None:
    urls = {"direct_url": table.direct_url, "pooled_url": table.pooled_url}
    for key, names in urls.items():
        for number, name in enumerate(names):
            if is_reserved(name):
                raise file.problem(
                    ("project", key, number),
                    f'has "{name}", which cannot be set for students\' code. Name a variable such as '
                    f'"{"DIRECT_URL" if key == "direct_url" else "DATABASE_URL"}".',
                )
    for name, value in table.variables.items():
        place = ("project", "variables", name)
        if name == "FLASK_APP":
            raise file.problem(place, "is set by `flask_app` in [project]. Write it there.")
        if is_reserved(name):
            raise file.problem(place, "belongs to the system or the grader. Choose another name.")
        if not value.isprintable():
            raise file.problem(
                place, "has a value with line ends or control characters; write it in one line."
            )
        if any(name in names for names in urls.values()) and not _URL_FORM.fullmatch(value):
            raise file.problem(
                place,
                "gets the URL of a connection. Leave it out, or give the form of the URL alone: "
                '"postgresql+asyncpg://".',
            )


def _files(file: TomlFile, files: Mapping[str, str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for written, source in files.items():
        place = ("project", "files", written)
        path = PurePosixPath(_inside(file, place, written, 'a path inside the submission: "config.ini"'))
        name = path.name.lower()
        if not name or "\\" in written or ".git" in path.parts or not written.isprintable():
            raise file.problem(place, 'must be a path inside the submission: "config.ini".')
        if (name.startswith(".env") or name.endswith(".env")) and not _EXAMPLE.search(name):
            raise file.problem(
                place,
                "is a file of variables, which each step gets anew. Write them into [project.variables].",
            )
        found[str(path)] = _content(file, place, source)
    for inner in found:
        if above := next((str(one) for one in PurePosixPath(inner).parents if str(one) in found), None):
            raise file.problem(
                ("project", "files", inner), f'lies in "{above}", which is to be a file as well.'
            )
    return found


def _inside(file: TomlFile, key: Key, written: str, wanted: str) -> str:
    path = PurePosixPath(written)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", written):
        raise file.problem(key, f"must be {wanted}.")
    return str(path)


def _content(file: TomlFile, key: Key, name: str) -> bytes:
    """What a file beside the assignment file holds."""
    path = file.path.parent / name
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise file.problem(key, f"names {path}, which cannot be read ({reason}).") from None
