"""Where the database URL of a submission is written, and what to write there instead.

The error of a connection names the line that connects, mostly one of env.py. The mistake is often elsewhere:
in `alembic.ini`, in the app's configuration, in a module of settings. Knows no single diagnosis.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, Location, described
from grader.observations.files import Landmark, LandmarkKind

_LOCAL = ("localhost", "127.0.0.1", "::1")
"""Names of the machine itself: an error shows the address where the URL has the name."""
_OF_A_URL = re.compile(r"URL|URI|DSN|DATABASE$|CONNECTION|^(?:DB|POSTGRES)$", re.IGNORECASE)


def at(landmark: Landmark) -> Location:
    """The place of a landmark."""
    return Location(landmark.path, landmark.line)


def written_with(clue: Clue, *, host: str = "", scheme: str = "") -> Location | None:
    """The first line with a URL of this host or of this scheme, in the files that a run loads.

    Args:
        clue: the error.
        host: the host as the error shows it: a name or an address.
        scheme: the scheme without its driver.
    """
    wanted = _LOCAL if host in _LOCAL else (host,)
    for item in clue.landmarks(LandmarkKind.DATABASE_URL):
        its_scheme, _, its_host = item.name.partition("://")
        if (host and its_host in wanted) or (scheme and its_scheme.partition("+")[0] == scheme):
            return at(item)
    return None


def built_at(clue: Clue) -> Location | None:
    """The line at which a URL is put together from parts, where there is exactly one."""
    built = [item for item in clue.landmarks(LandmarkKind.DATABASE_URL) if item.name.endswith("://")]
    return at(built[0]) if len(built) == 1 else None


def is_url_variable(name: str) -> bool:
    """Whether a variable is by its name one for a database URL."""
    return _OF_A_URL.search(name) is not None


def set_while_grading(clue: Clue) -> str:
    """Which variables are set while a submission is graded: the beginning of a sentence."""
    verb = "is" if len(clue.given_urls) == 1 else "are"
    return (
        f"Only {listed(clue.given_urls)} {verb} set while grading (and what a committed .env.example names)"
    )


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence: `A, B and C`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def setting(clue: Clue) -> Landmark | None:
    """The line that sets SQLALCHEMY_DATABASE_URI."""
    return next(iter(clue.landmarks(LandmarkKind.DATABASE_URI)), None)


def missing_variable(clue: Clue) -> Landmark | None:
    """The line that reads a variable of a database URL that is not set while grading, where there is one."""
    found = [
        item
        for item in clue.landmarks(LandmarkKind.VARIABLE)
        if item.name not in clue.given_urls and is_url_variable(item.name)
    ]
    return found[0] if len({item.name for item in found}) == 1 else None


def is_setting_of_app(clue: Clue, place: Location) -> bool:
    """Whether a line sets SQLALCHEMY_DATABASE_URI, or stands next to one that does."""
    uris = clue.landmarks(LandmarkKind.DATABASE_URI)
    return any(item.path == place.path and abs(item.line - (place.line or 0)) <= 1 for item in uris)


def variable_at(clue: Clue, place: Location) -> str:
    """The variable to read the URL from in this line."""
    return clue.pooled_url if is_setting_of_app(clue, place) and not clue.is_flask else clue.direct_url


def mend_url(clue: Clue, place: Location | None = None) -> str:
    """What to write so that the migrations use the URL that they are given, as a sentence.

    Args:
        clue: the error.
        place: the line with the wrong URL, where it is known.
    """
    if place is None:
        return _mend_unknown(clue)
    if place.path == clue.config:
        return (
            f"Comment out {described(place)}, and set the URL in {clue.env_py}: "
            f'`config.set_main_option("sqlalchemy.url", os.environ["{clue.direct_url}"])`.'
        )
    variable = variable_at(clue, place)
    migrations = f', and os.environ["{clue.direct_url}"] for the migrations in {clue.env_py}'
    return (
        f'In {described(place)} write os.environ["{variable}"] in place of the URL'
        f"{migrations if variable != clue.direct_url else ''}."
    )


def _mend_unknown(clue: Clue) -> str:
    """The sentence where no line with the wrong URL is known."""
    of_env_py = [
        item
        for kind in (LandmarkKind.DATABASE_URL, LandmarkKind.VARIABLE)
        for item in clue.landmarks(kind)
        if item.path == clue.env_py
    ]
    if not clue.is_flask or of_env_py:
        return f'Take the URL from os.environ["{clue.direct_url}"] in {clue.env_py}, offline and online.'
    found = setting(clue)
    where = f" in {described(at(found))}" if found else " before db is initialised"
    return (
        f'Write `app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["{clue.direct_url}"]`'
        f"{where}: Flask-Migrate takes the URL from the app."
    )
