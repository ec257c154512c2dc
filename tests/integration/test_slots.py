"""Slots with a real server and a real worker: made ahead, used once, and nothing left of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from grader.errors import HarnessFault
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.interface import PostgresServer, ReservedServer
from grader.runtime.postgres.sessions import connect, fetch
from grader.runtime.sandbox.interface import Step
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.runtime.slots import Slot, Slots

pytestmark = pytest.mark.postgres


class Failing(EmbeddedBackend):
    """An embedded server that does not start the first time."""

    asked = 0

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """Fail once."""
        self.asked += 1
        if self.asked == 1:
            raise HarnessFault("no luck")
        with super().reserve() as reserved:
            yield reserved


class WithoutSocket(EmbeddedBackend):
    """A server whose way in turns out to be another than was reserved."""

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """Reserve a server that is reached by a port."""

        def start() -> PostgresServer:
            server = reserved.start()
            object.__setattr__(server.endpoint, "host", "127.0.0.1")
            return server

        with super().reserve() as reserved:
            yield ReservedServer(start, reserved.sockets)


class Clinging(EmbeddedBackend):
    """A server of which something cannot be removed."""

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """Stop it, and complain."""
        with super().reserve() as reserved:
            yield reserved
        raise HarnessFault("its folder cannot be removed")


class Confined(UnconfinedBackend):
    """Says that it confines."""

    confined = True


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """Where slots are made; empty again at the end."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def slots(embedded_backend: EmbeddedBackend, workspace: Path) -> Slots:
    """Slots on the embedded server."""
    return Slots(embedded_backend, UnconfinedBackend(), workspace)


def works(slot: Slot) -> bool:
    with closing(connect(slot.server.endpoint)) as session:
        return fetch(session, "SELECT 1") == [(1,)]


def test_submission_is_moved_to_where_the_sandbox_shows_it(slots: Slots, tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    (staged / "alembic").mkdir(parents=True)
    (staged / "app.py").write_text("hello\n")

    with slots.take() as slot, slot.occupied(staged):
        assert sorted(path.name for path in Path(slot.sandbox.root).iterdir()) == ["alembic", "app.py"]
        assert list(staged.iterdir()) == []
        assert works(slot)
        socket = Path(slot.server.endpoint.host)
        assert socket.is_dir()
    assert not socket.exists()
    assert sorted(path.name for path in staged.iterdir()) == ["alembic", "app.py"]


def test_one_slot_is_started_ahead_while_more_are_expected(slots: Slots) -> None:
    with slots.expecting(2):
        (first,) = slots._started_ahead
        with slots.take() as slot:
            assert slot is first.ready.result()
            (second,) = slots._started_ahead
        with slots.take() as slot:
            assert slot is second.ready.result()
            assert works(slot)
            assert slots._started_ahead == []


@pytest.mark.parametrize(("count", "at_once", "begun"), [(9, 2, 2), (1, 2, 1), (0, 2, 0)])
def test_as_many_slots_are_started_as_are_wanted_at_once(
    slots: Slots, count: int, at_once: int, begun: int
) -> None:
    with slots.expecting(count, at_once=at_once):
        assert len(slots._started_ahead) == begun
        for _ in range(begun):
            with slots.take() as slot:
                assert works(slot)
        assert len(slots._started_ahead) == (1 if count > begun else 0)


def test_slots_that_nobody_took_are_cleared_up(slots: Slots) -> None:
    with slots.expecting(5):
        pass
    with slots.expecting(1):
        slots._started_ahead[0].ready.result()


def test_no_slot_is_started_for_a_submission_that_needs_none(slots: Slots) -> None:
    with slots.expecting(2):
        slots.need_none()
        with slots.take() as slot:
            assert works(slot)
            assert slots._started_ahead == []


def test_fault_of_a_slot_started_ahead_is_raised_only_where_it_is_taken(
    embedded_backend: EmbeddedBackend, workspace: Path
) -> None:
    assert embedded_backend.problem() is None
    slots = Slots(Failing(), UnconfinedBackend(), workspace)
    with slots.expecting(2):
        with pytest.raises(HarnessFault, match="no luck"), slots.take():
            pytest.fail("there is no server")
        with slots.take() as slot:
            assert works(slot)


def test_stopping_ends_the_sandboxes_and_gives_no_other(slots: Slots) -> None:
    with slots.expecting(3), slots.take() as slot:
        slots.stop()
        with pytest.raises(HarnessFault, match="worker"):
            slot.sandbox.run(Step("alembic", ("current",), {}, 5.0))
        with pytest.raises(HarnessFault, match="stopped"), slots.take():
            pytest.fail("nothing may start")


def test_confined_submission_without_a_socket_is_a_fault_with_a_way_out(
    embedded_backend: EmbeddedBackend, workspace: Path
) -> None:
    assert embedded_backend.problem() is None
    slots = Slots(WithoutSocket(), Confined(), workspace)
    with pytest.raises(HarnessFault, match="no Unix socket") as caught, slots.take():
        pytest.fail("it could not reach its server")
    assert "--postgres embedded" in (caught.value.next_step or "")


def test_next_submission_does_not_wait_for_the_clearing_up_of_another(slots: Slots) -> None:
    with slots.expecting(2):
        with slots.take() as slot:
            socket = Path(slot.server.endpoint.host)
        with slots.take() as slot:
            assert not socket.exists()  # one thread has one slot at a time
            assert works(slot)
            socket = Path(slot.server.endpoint.host)
    assert not socket.exists()


def test_fault_of_clearing_up_is_raised_at_the_end_and_affects_no_submission(
    embedded_backend: EmbeddedBackend, workspace: Path
) -> None:
    assert embedded_backend.problem() is None
    slots = Slots(Clinging(), UnconfinedBackend(), workspace)
    done = []

    def use() -> None:
        with slots.expecting(2):
            for number in range(2):
                with slots.take() as slot:
                    assert works(slot)
                done.append(number)

    with pytest.raises(HarnessFault, match="cannot be removed"):
        use()
    assert done == [0, 1]
    with slots.expecting(0):
        pass  # it is told once
