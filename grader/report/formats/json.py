"""The format `json`: `grade.json`, the report for programs. Writes it, and reads it back with clear messages.

`docs/grade.schema.json` describes the layout; a test compares the two. Texts are kept as they were found: a
program that shows them has to escape them.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from grader.errors import ConfigurationError
from grader.report.formats.interface import Format, SubmissionFile
from grader.report.model import SCHEMA_VERSION, GradeReport
from grader.text.untrusted import REPLACEMENT

GRADE_JSON = "grade.json"
_DIGEST = "digest"


class _Head(msgspec.Struct):
    """The key that tells which layout a file has; all other keys are ignored."""

    schema_version: Any = None


_AGAIN = "Grade the submission again with --fresh."
# Made at import time: msgspec crashes when two threads decode a type for the first time at once.
_REPORT = msgspec.json.Decoder(GradeReport)
_HEAD = msgspec.json.Decoder(_Head)


def grade_json(report: GradeReport) -> bytes:
    """Serialise a report as UTF-8, indented by two, with a newline at the end.

    `schema_version` comes first, the other keys in the order of the report's fields. Lone surrogates (from
    file names that are not UTF-8) become U+FFFD, as JSON cannot carry them.
    """
    values = {field.name: getattr(report, field.name) for field in fields(report)}
    document = {"schema_version": values.pop("schema_version"), **values}
    return json_document({**document, _DIGEST: _digest(document)})


def is_as_written(path: Path) -> bool:
    """Whether a report that can be read has the values that it was written with.

    Also where that cannot be told: a report of an earlier release has no digest.
    """
    try:
        document = msgspec.json.decode(path.read_bytes())
        written = document.pop(_DIGEST, None)
    except (OSError, AttributeError, TypeError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return written is None or written == _digest(document)


def _digest(document: dict[str, Any]) -> str:
    """A hash of the values of a report. It is no proof: whoever wants to can write it, too."""
    return hashlib.sha256(_encoded(document)).hexdigest()


def json_document(value: Any) -> bytes:
    """Encode a value in the style of all our JSON files; see `grade_json`."""
    return msgspec.json.format(_encoded(value), indent=2) + b"\n"


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value)))


def read_grade_json(path: Path) -> GradeReport:
    """Read what `grade_json` wrote.

    Raises:
        ConfigurationError: the file cannot be read, is incomplete, or has another layout or version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror or error}.", next_step="Check the path."
        ) from error
    _check_version(path, data)
    try:
        report = _REPORT.decode(data)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: not a grade report: {error}.", next_step=_AGAIN) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(path, data, error) from error
    scores_given = report.score is not None and report.bonus is not None
    if report.status not in ("graded", "error") or scores_given is not (report.status == "graded"):
        raise ConfigurationError(
            f"{path}: not a grade report: status {report.status!r} does not go with score {report.score} "
            f"and bonus {report.bonus}.",
            next_step=_AGAIN,
        )
    return report


def _check_version(path: Path, data: bytes) -> None:
    try:
        version = _version_of(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(path, data, error) from error
    if version is None:
        raise ConfigurationError(f"{path}: not a grade report: it has no schema_version.", next_step=_AGAIN)
    if version != SCHEMA_VERSION:
        raise ConfigurationError(
            f"{path}: written in layout version {version!r}; this grader reads version {SCHEMA_VERSION!r}.",
            next_step="Grade the submission again, or read the file with the grader version that wrote it.",
        )


def _version_of(data: bytes) -> Any:
    try:
        return _HEAD.decode(data).schema_version
    except msgspec.ValidationError:
        msgspec.json.decode(data)  # it is no object; this raises if it is not even JSON
        return None


def _not_json(path: Path, data: bytes, error: Exception) -> ConfigurationError:
    reason = "the file is empty" if not data.strip() else f"not whole or not JSON ({error})"
    return ConfigurationError(f"{path}: {reason}.", next_step=_AGAIN)


def _encodable(value: Any) -> Any:
    """The same value with every text replaced by one that UTF-8 can encode."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return "".join(REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in value)
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value


FORMAT = Format(
    submission=SubmissionFile(
        GRADE_JSON,
        "programs",
        "the same report as data, layout version 1: [`grade.schema.json`](grade.schema.json)",
        lambda report, _: grade_json(report),
    ),
    remark="The other commands need it.",
    last=True,
)
