"""EXERCISE.md, followed to the letter on a real PostgreSQL: it works, and `pytest` shows what it promises."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.runs.assignments import load
from grader.runtime.postgres.sessions import connect, fetch
from tests.integration.command import TEMPLATE
from tests.integration.integrations.pytest_plugin.reader import Block, Reader, sections
from tests.pytest_runs import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.interface import Endpoint, PostgresServer

pytestmark = pytest.mark.postgres

STAGES = 7
"""Before the first step, and after each of the six steps."""
_SCORE = re.compile(r"`(\d+ of 100 points(?:, bonus \d of \d)?)`")
_OUTCOME = re.compile(r"(PASSED|FAILED|SKIPPED|NOT YET|XFAIL)")
_CRITERION = re.compile(r"`([a-z]+_?[a-z_]*)`")


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[Endpoint]:
    """An empty database, as a student has one."""
    with closing(connect(embedded_server.endpoint)) as admin:
        fetch(admin, "CREATE DATABASE exercise_4 TEMPLATE template0 STRATEGY file_copy")
    yield replace(embedded_server.endpoint, database="exercise_4")
    with closing(connect(embedded_server.endpoint)) as admin:
        fetch(admin, "DROP DATABASE exercise_4 WITH (FORCE)")


def promised(block: Block) -> tuple[str, dict[str, str]]:
    """What the text says that `pytest` shows: the score, and how criteria end."""
    promise = next(paragraph for paragraph in block.after.split("\n\n") if _SCORE.search(paragraph))
    (score,) = _SCORE.findall(promise)
    _, *parts = _OUTCOME.split(promise)
    outcomes: dict[str, str] = {}
    for word, text in zip(parts[::2], parts[1::2], strict=True):
        outcomes |= dict.fromkeys(_CRITERION.findall(text), word)
    assert outcomes, promise
    return score, outcomes


def shown(output: str) -> dict[str, str]:
    """How criteria ended, as `pytest` lists them."""
    return dict(re.findall(r"^exercise_4_migrations::(\w+) (NOT YET|[A-Z]+)", output, flags=re.MULTILINE))


PARTS_WITH_WORK = 4
"""The optional part and the last one ask for nothing that is left after the fourth."""


def part_shown(output: str) -> int | None:
    """The part that the last lines of `pytest` name."""
    found = re.search(r"^Part (\d) of 6, ", output, flags=re.MULTILINE)
    return int(found[1]) if found else None


def test_following_the_text_makes_the_progress_that_it_promises(tmp_path: Path, database: Endpoint) -> None:
    folder = Path(
        shutil.copytree(TEMPLATE, tmp_path / "exercise", ignore=shutil.ignore_patterns("__pycache__"))
    )
    url = f"postgresql://{database.user}:{database.password}@/{database.database}"
    options = "-p grader.integrations.pytest_plugin --postgres=embedded -o required_plugins="
    reader = Reader(
        folder,
        urls={"DATABASE_URL": url, "DIRECT_URL": url},
        environment={
            "PGHOST": database.host,
            "PGPORT": str(database.port),
            "PYTHONPATH": str(CHECKOUT),
            "PYTEST_ADDOPTS": options,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
    )
    stages = 0
    for section in sections((folder / "EXERCISE.md").read_text(encoding="utf-8")):
        if not section.title.startswith(("What you have", "Check your work", "Step ")):
            continue
        for output, block in reader.follow(section):
            score, outcomes = promised(block)
            assert f"\n{score}" in output, f"{section.title}\n{output}"
            assert outcomes.items() <= shown(output).items(), f"{section.title}\n{output}"
            assert len(shown(output)) == len(load().criteria)
            assert part_shown(output) == (stages + 1 if stages < PARTS_WITH_WORK else None), output
            assert "Note: " not in output  # the .env is filled in, and ignored by git
            stages += 1
    assert stages == STAGES
    assert "No new upgrade operations detected." in reader.outputs["alembic check"]
    assert re.search(r"^[0-9a-f]+ \(head\)$", reader.outputs["alembic current"], flags=re.MULTILINE)
    with closing(connect(database)) as inside:
        assert fetch(inside, "SELECT count(*) FROM alembic_version") == [(1,)]
