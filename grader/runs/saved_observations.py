"""Reads the observations that `grade` saved beside a report. Must not know what they are read for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.errors import ConfigurationError
from grader.observations import model as observations
from grader.observations.model import Observations

MOST_BYTES = 64 * 1024 * 1024
"""Larger files are not read: decoding takes several times as much memory. The limits of a trial let less."""
GRADE_AGAIN = "Grade the submission again, with the assignment as it is now."


def read_observations(path: Path) -> Observations:
    """Read one file of observations.

    Raises:
        ConfigurationError: it cannot be read, is not complete, or is written in another layout version.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError(
                f"{path}: larger than the observations of any submission ({MOST_BYTES // 1024**2} MB).",
                next_step=GRADE_AGAIN,
            )
        seen = observations.decode(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror or error}.", next_step=GRADE_AGAIN
        ) from error
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{path}: not observations that this grader can read: {error}.", next_step=GRADE_AGAIN
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"{path}: not whole or not JSON ({error}).", next_step=GRADE_AGAIN
        ) from error
    if seen.schema_version != observations.SCHEMA_VERSION:
        raise ConfigurationError(
            f"{path}: written in layout version {seen.schema_version!r}; this grader reads version "
            f"{observations.SCHEMA_VERSION!r}.",
            next_step=GRADE_AGAIN,
        )
    return seen
