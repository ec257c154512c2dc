"""Every hint is followed to the letter, and the submission is graded again: does it get further?

Every day, all hints have to be there, to say what was done, and to be followed: each edit has to fit, each
command to work. What came of it is then graded for a sample, for all others by `tox -e soak`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.runs.assignments import load
from tests.catalogue.case import ENV, append, delete
from tests.catalogue.follow import WAYS
from tests.catalogue.follow.way import Way, way
from tests.catalogue.wrong_ways_back import WRONG_WAYS_BACK
from tests.integration.following import (
    FailedCommandError,
    Grader,
    chosen,
    follow,
    follow_in_own_database,
    named,
    not_followed,
    not_named,
    rounds,
    unsaid,
)
from tests.integration.shared_trials import shared_trials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import PostgresServer
    from grader.runtime.sandbox.interface import SandboxBackend

TOGETHER = frozenset(case.name for case in WRONG_WAYS_BACK)
ROUNDS = rounds(WAYS, TOGETHER)
SAMPLE = ROUNDS[::4]
OTHERS = [item for item in ROUNDS if item not in SAMPLE]


@pytest.fixture(scope="module")
def grader(
    embedded_backend: EmbeddedBackend, warm_sandbox: SandboxBackend, tmp_path_factory: pytest.TempPathFactory
) -> Grader:
    assignment = load()
    folder = tmp_path_factory.mktemp("followed")
    return Grader(assignment, embedded_backend, warm_sandbox, folder, shared_trials(tmp_path_factory))


def followed(
    group: tuple[tuple[str, Way], ...],
    grader: Grader,
    server: PostgresServer,
    folder: Path,
    *,
    graded_again: bool = True,
) -> list[str]:
    """What went wrong when the hints of one submission were followed, in words."""
    before = grader.case(group[0][1].case)
    hints = [(name, item, chosen(before, name, item)) for name, item in group]
    wrong = []
    for name, item, hint in hints:
        if hint is None:
            found = named(before, name)
            wrong += [f"{name} is not diagnosed"] if not found else []
            wrong += [f"{name} does not say {unsaid(other, item)}: {other.text}" for other in found]
        else:
            wrong += [f"{name} does not name {path}: {hint.text}" for path in not_named(hint, item)]
    try:
        files = follow((item for _, item in group), server, folder / "student")
    except FailedCommandError as error:
        return [*wrong, str(error)]
    if not graded_again:
        return wrong
    after = grader.files(group[0][1].case, files)
    for name, item, hint in hints:
        if hint is not None:
            alone = item.case not in TOGETHER
            wrong += [f"{name}: {words}" for words in not_followed(hint, item, before, after, alone=alone)]
    return wrong


def followed_in_own_database(
    name: str, item: Way, grader: Grader, server: PostgresServer, folder: Path
) -> list[str]:
    """The same for a hint about the student's own database."""
    seen = grader.case(item.case).observations
    assert seen is not None
    try:
        hint = follow_in_own_database(item, server, folder / "student", seen)
    except FailedCommandError as error:
        return [str(error)]
    if hint.id != name:
        return [f"{name} is not diagnosed, but {hint.id}: {hint.text}"]
    return [f"{name} does not say {words!r}: {hint.text}" for words in unsaid(hint, item)]


def _rounds(
    part: Sequence[tuple[str, tuple[tuple[str, Way], ...]]], *marks: pytest.MarkDecorator, graded_again: bool
) -> type:
    """A class of tests, because the workers of pytest-xdist share the tests out by classes."""

    @pytest.mark.no_cover  # it runs the lines of the grader that the catalogue's verdicts run
    @pytest.mark.postgres
    class Rounds:
        @pytest.mark.parametrize("group", [group for _, group in part], ids=[label for label, _ in part])
        def test_the_hint_leads_on(
            self,
            group: tuple[tuple[str, Way], ...],
            grader: Grader,
            embedded_server: PostgresServer,
            tmp_path: Path,
        ) -> None:
            name, item = group[0]
            if item.fails:
                wrong = followed_in_own_database(name, item, grader, embedded_server, tmp_path)
            else:
                wrong = followed(group, grader, embedded_server, tmp_path, graded_again=graded_again)
            assert not wrong, "\n".join(wrong)

    for mark in marks:
        mark(Rounds)
    return Rounds


TestFirstHalf, TestSecondHalf = (_rounds(SAMPLE[number::2], graded_again=True) for number in range(2))
TestOthersFollowed = _rounds(OTHERS, graded_again=False)
TestOthersGraded = _rounds(OTHERS, pytest.mark.soak, graded_again=True)


NOTHING = append(ENV, "# as it was\n")


@pytest.mark.postgres
def test_a_hint_that_leads_nowhere_is_found(
    grader: Grader, embedded_server: PostgresServer, tmp_path: Path
) -> None:
    item = way(
        "wrong_no_sys_path",
        NOTHING,
        delete("requirements.txt"),
        "alembic no-such-command",
        says="PYTHONPATH",
    )
    before = grader.case(item.case)
    wrong = followed((("local_module_missing", item),), grader, embedded_server, tmp_path)
    assert "local_module_missing does not say ['PYTHONPATH']" in "\n".join(wrong)
    assert "`alembic no-such-command` failed" in "\n".join(wrong)
    (hint,) = named(before, "local_module_missing")
    assert not_named(hint, item) == ["requirements.txt"]
    assert [words.partition(":")[0] for words in not_followed(hint, item, before, before)] == [
        "the hint comes again",
        "upgrade_head is failed",
    ]


@pytest.mark.postgres
def test_a_hint_that_costs_points_or_has_another_next_step_is_found(grader: Grader) -> None:
    item = way("wrong_pooled_connection", NOTHING, says="DIRECT_URL", then="several_heads")
    before, after = grader.case(item.case), grader.case("wrong_no_sys_path")
    (hint,) = named(before, "pooled_connection")
    assert not_followed(hint, item, before, after) == [
        "upgrade_head passed before and fails now",
        "105 points became 0",
        "the next step, several_heads, does not come; but: local_module_missing",
    ]
