"""Reading saved observations: what is no such file is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import ConfigurationError
from grader.observations.model import encode
from grader.runs import saved_observations
from grader.runs.saved_observations import read_observations
from tests.unit.observation_builders import perfect


def test_a_file_that_is_too_large_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "observations.json"
    path.write_bytes(encode(perfect()))
    assert read_observations(path) == perfect()

    monkeypatch.setattr(saved_observations, "MOST_BYTES", 1024)
    with pytest.raises(ConfigurationError, match="larger than the observations of any submission"):
        read_observations(path)
