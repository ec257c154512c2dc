"""Finds what a failed step needed and the server or the Python that it ran with does not have.

Another backend could have run such a step. So its failure says nothing of the submission. What shows a lack
is declared in `_RULES`, all that is known of Python's releases in `python_releases`. Must not judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.observations.extensions import MADE_TRUSTED, OFFERED, TRUSTED
from grader.observations.lacks import Lack, LackKind
from grader.observations.model import Observations
from grader.submission.python_source import needed_python, read_beginning
from grader.trial.python_releases import ADDED, REMOVED

_OURS = TRUSTED | MADE_TRUSTED | OFFERED
"""Extensions that a submission may use where it is made; that a server lacks one of them is ours."""
_WITH_ICU = "container"
"""The backend that has ICU for certain."""
_LAST_ERROR = "Traceback (most recent call last)"
_FRAME = re.compile(r'^ *File "([^"\n]{1,400})", line \d', re.MULTILINE)
_NEW_FUNCTIONS = {
    **dict.fromkeys(("any_value", "array_sample", "array_shuffle", "random_normal"), "16"),
    **dict.fromkeys(("to_bin", "to_oct", "unicode_assigned", "uuid_extract_timestamp", "xmltext"), "17"),
    **dict.fromkeys(("array_reverse", "array_sort", "casefold", "crc32c", "uuidv4", "uuidv7"), "18"),
}
"""Functions that newer servers have, with the first release. Source: PostgreSQL's release notes."""
_NEW_CLAUSES = "18"
"""The first release with virtual columns, constraints that are NOT ENFORCED, and keys WITHOUT OVERLAPS."""


@dataclass(frozen=True)
class _Rule:
    """What an error says when something is lacking."""

    pattern: re.Pattern[str]
    lack: Callable[[re.Match[str]], Lack | None]
    """None where the error is the submission's own after all."""


def lacks(observations: Observations, submission: Path) -> tuple[Lack, ...]:
    """What was lacking in the steps that failed, each once.

    Args:
        observations: what was seen of the submission.
        submission: the folder of its files.
    """
    failed = (step for step in observations.all_steps() if not step.succeeded and step.limit is None)
    errors = dict.fromkeys(_last_error(step.output) for step in failed)
    python = _version(observations.environment.python)
    found: dict[Lack, None] = {}
    for error in errors:
        found |= dict.fromkeys(_in_error(error, observations.environment.backend, python))
        if "SyntaxError: " in error:
            found |= dict.fromkeys(_in_files(error, python, submission))
    return tuple(found)


def _last_error(output: str) -> str:
    """The error that ended a step: what was printed from its traceback on."""
    begin = output.rfind(_LAST_ERROR)
    return output[max(begin, 0) :]


def _in_error(error: str, backend: str, python: tuple[int, ...]) -> Iterator[Lack]:
    for rule in _RULES:
        for match in rule.pattern.finditer(error):
            lack = rule.lack(match)
            if lack is not None and _explains(lack, backend, python):
                yield lack


def _explains(lack: Lack, backend: str, python: tuple[int, ...]) -> bool:
    """Whether something can be lacking there: a collation of ICU where there is ICU is only misspelt."""
    if lack.kind is LackKind.ICU:
        return backend != _WITH_ICU
    if lack.kind is LackKind.NEWER_PYTHON:
        return python < _version(lack.version)
    return lack.kind is not LackKind.OLDER_PYTHON or python >= _version(lack.version)


def _in_files(error: str, python: tuple[int, ...], submission: Path) -> Iterator[Lack]:
    """Files of the submission that the error passed through, and that only a newer Python reads."""
    for name in dict.fromkeys(_FRAME.findall(error)):
        file = submission / name
        if not file.is_file() or not file.resolve().is_relative_to(submission.resolve()):
            continue
        needed = needed_python(read_beginning(file))
        if needed is not None and python < needed:
            yield Lack(LackKind.NEWER_PYTHON, name, ".".join(map(str, needed)))


def _version(text: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _extension(match: re.Match[str]) -> Lack | None:
    return Lack(LackKind.EXTENSION, match[1]) if match[1] in _OURS else None


def _collation(match: re.Match[str]) -> Lack | None:
    """A collation under a name that operating systems or ICU give."""
    name = match[1]
    if re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*-x-icu|unicode", name):
        return Lack(LackKind.ICU, name)
    if re.fullmatch(r"(?:C|POSIX|[a-z]{2,3}_[A-Z]{2})(?:\.[Uu][Tt][Ff]-?8)?(?:@\w+)?", name):
        return Lack(LackKind.COLLATION, name)
    return None


def _function(match: re.Match[str]) -> Lack | None:
    version = _NEW_FUNCTIONS.get(match[1])
    return Lack(LackKind.POSTGRES, f"{match[1]}()", version) if version else None


def _python_name(match: re.Match[str]) -> Lack | None:
    """A name that another release of Python has: of a module, or of something in one."""
    module, name = match["module"], match.groupdict().get("name") or ""
    shown = f"{module}.{name}" if name else module
    if version := ADDED.get(module if not name else shown):
        return Lack(LackKind.NEWER_PYTHON, shown, version)
    if version := REMOVED.get(module if not name else shown):
        return Lack(LackKind.OLDER_PYTHON, shown, version)
    return None


_RULES = (
    _Rule(
        re.compile(r'collation attribute "rules" not recognized'),
        lambda _: Lack(LackKind.POSTGRES, "a collation with rules", "16"),
    ),
    _Rule(
        re.compile(r"unrecognized collation provider: builtin"),
        lambda _: Lack(LackKind.POSTGRES, "a built-in collation", "17"),
    ),
    _Rule(
        re.compile(
            r"^AttributeError: '(?P<module>PosixPath)' object has no attribute '(?P<name>\w+)'", re.MULTILINE
        ),
        _python_name,
    ),
    _Rule(re.compile(r'extension "([^"\n]{1,80})" is not available'), _extension),
    _Rule(re.compile(r'permission denied to create extension "([^"\n]{1,80})"'), _extension),
    _Rule(re.compile(r'collation "([^"\n]{1,80})" for encoding "UTF8" does not exist'), _collation),
    _Rule(re.compile(r'could not create locale "([^"\n]{1,80})"'), _collation),
    _Rule(re.compile(r"ICU is not supported in this build"), lambda _: Lack(LackKind.ICU, "ICU")),
    _Rule(re.compile(r"function (?:pg_catalog\.)?(\w{1,80})\([^\n]{0,200}\) does not exist"), _function),
    _Rule(
        re.compile(
            r'syntax error at or near "(?:VIRTUAL|ENFORCED|WITHOUT)"\n'
            r"LINE \d+: [^\n]*(\) VIRTUAL|NOT ENFORCED|WITHOUT OVERLAPS)",
            re.IGNORECASE,
        ),
        lambda match: Lack(LackKind.POSTGRES, match[1].removeprefix(") "), _NEW_CLAUSES),
    ),
    _Rule(
        re.compile(
            r"^ImportError: cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'", re.MULTILINE
        ),
        _python_name,
    ),
    _Rule(
        re.compile(
            r"^AttributeError: module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'", re.MULTILINE
        ),
        _python_name,
    ),
    _Rule(
        re.compile(r"^ModuleNotFoundError: No module named '(?P<module>[\w.]+)'", re.MULTILINE), _python_name
    ),
)
"""Every lack that an error shows by itself."""
