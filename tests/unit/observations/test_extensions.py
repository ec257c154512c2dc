"""Each extension is of one sort, and a misspelt one is told from one that is known."""

from __future__ import annotations

import pytest

from grader.observations.extensions import KNOWN, MADE_TRUSTED, OFFERED, REFUSED, TRUSTED, nearest


def test_every_extension_is_of_one_sort() -> None:
    assert len(KNOWN) == sum(map(len, (TRUSTED, MADE_TRUSTED, REFUSED, OFFERED)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pgcripto", "pgcrypto"),
        ("uuid_ossp", "uuid-ossp"),
        ("uuid-osp", "uuid-ossp"),
        ("CITEXT", "citext"),
        ("pgvector", "vector"),
        ("no_such_extension", None),
    ],
)
def test_what_a_misspelt_name_was_meant_to_be(written: str, meant: str | None) -> None:
    assert nearest(written) == meant
