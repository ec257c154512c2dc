"""From what was lacking to the `error` of a report: what it is, and where the submission can be judged.

Such a report costs nothing and says nothing of the submission. Each kind of lack is declared once, in
`_WORDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.observations.extensions import MADE_TRUSTED, TRUSTED
from grader.observations.lacks import Lack, LackKind
from grader.observations.model import Environment, Observations

CONTAINER = "container"
CONTAINER_LOCALES = frozenset({"C.utf8", "en_US", "en_US.utf8"})
"""The collations of the operating system that the container image has, besides `C` and `POSIX`."""
_IN_CONTAINER = "Grade it with `--postgres container`, whose server has it."
_OR_SYSTEM = (
    "Or install your system's PostgreSQL with its contrib modules (Debian: `apt-get install postgresql`): "
    "the embedded server is then taken from there where it is needed."
)
_NOWHERE = "No server of the grader has it: read this submission yourself, or have the student do without."


def lacking(observations: Observations) -> str | None:
    """Why a submission cannot be judged here, and what to do; None if nothing was lacking."""
    texts = (_WORDS[lack.kind](lack, observations.environment) for lack in observations.lacks)
    return " ".join(dict.fromkeys(texts)) or None


def _extension(lack: Lack, environment: Environment) -> str:
    what = f'The submission needs PostgreSQL\'s extension "{lack.name}", which {_server(environment)} lacks.'
    if environment.backend != CONTAINER and lack.name in TRUSTED | MADE_TRUSTED:
        return f"{what} {_IN_CONTAINER} {_OR_SYSTEM if lack.name in TRUSTED else ''}".rstrip()
    return f"{what} {_NOWHERE}"


def _icu(lack: Lack, environment: Environment) -> str:
    what = f"The submission needs {_collation_name(lack)}, and {_server(environment)} has no ICU."
    return f"{what} {_NOWHERE if environment.backend == CONTAINER else f'{_IN_CONTAINER} {_OR_SYSTEM}'}"


def _collation(lack: Lack, environment: Environment) -> str:
    what = f"The submission needs {_collation_name(lack)}, which {_server(environment)} lacks."
    known = environment.backend != CONTAINER and lack.name in CONTAINER_LOCALES
    return f"{what} {_IN_CONTAINER if known else _NOWHERE}"


def _postgres(lack: Lack, environment: Environment) -> str:
    what = (
        f"The submission uses {lack.name}, which PostgreSQL has from release {lack.version} on; it was tried "
        f"on {environment.postgres}."
    )
    other = "embedded" if environment.backend == CONTAINER else CONTAINER
    return f"{what} `grader doctor` says which release `--postgres {other}` has here."


def _newer_python(lack: Lack, environment: Environment) -> str:
    return _python(lack, environment, f"needs Python {lack.version} or later")


def _older_python(lack: Lack, environment: Environment) -> str:
    return _python(lack, environment, f"is no part of Python from {lack.version} on")


def _python(lack: Lack, environment: Environment, needs: str) -> str:
    others = "bubblewrap` or `--isolation none" if environment.isolation == CONTAINER else CONTAINER
    return (
        f"`{lack.name}` {needs}, and the submission ran with Python {environment.python}. `grader doctor` "
        f"says which Python each isolation gives: try `--isolation {others}`, or run the grader with such a "
        "Python."
    )


def _server(environment: Environment) -> str:
    return f"the {environment.backend} server (PostgreSQL {environment.postgres})"


def _collation_name(lack: Lack) -> str:
    return "a collation of ICU" if lack.name == "ICU" else f'the collation "{lack.name}"'


_WORDS: Mapping[LackKind, Callable[[Lack, Environment], str]] = {
    LackKind.EXTENSION: _extension,
    LackKind.COLLATION: _collation,
    LackKind.ICU: _icu,
    LackKind.POSTGRES: _postgres,
    LackKind.NEWER_PYTHON: _newer_python,
    LackKind.OLDER_PYTHON: _older_python,
}
