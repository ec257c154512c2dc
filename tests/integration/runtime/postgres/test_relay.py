"""Many connections over one stream: both ends of the relay, with a plain server in PostgreSQL's place."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from grader.runtime.postgres import relay_program
from grader.runtime.postgres.relay import Relay

SECONDS = 30.0
LONG = 3 * relay_program.WINDOW + 17
Serve = Callable[[socket.socket], None]


class Ends:
    """A relay, and what stands at its other end."""

    def __init__(self, folder: Path, serve: Serve | None) -> None:
        """Start it. `serve` is the server's side of each connection; None: there is no server."""
        self.path = folder / "ours"
        self._theirs = folder / "theirs"
        self._serve = serve
        self._stack = ExitStack()
        if serve is not None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self._theirs))
            self._listener.listen()
            self._stack.callback(self._listener.close)
            threading.Thread(target=self._accept, daemon=True).start()
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        self.down = os.fdopen(down_write, "wb")
        self.replies = os.fdopen(up_read, "rb")
        self._their_output = up_write
        self._program = threading.Thread(
            target=self._relay,
            args=(relay_program.Relay(down_read, up_write, str(self._theirs)),),
            daemon=True,
        )
        self._program.start()
        self._stack.callback(os.close, down_read)
        self.relay = Relay(self.down, self.replies, self.path)

    def _relay(self, program: relay_program.Relay) -> None:
        try:
            program.run()
        finally:  # what the end of its process does
            for link in program._links.values():
                link.server.close()
            program._selector.close()
            os.close(self._their_output)

    def _accept(self) -> None:
        assert self._serve is not None
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def connect(self) -> socket.socket:
        """A new connection."""
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(SECONDS)
        try:
            client.connect(str(self.path))
        except OSError:
            client.close()
            raise
        return client

    def end(self) -> None:
        """End the stream, as the end of the container does."""
        self.down.close()
        self._program.join(SECONDS)
        assert not self._program.is_alive()

    def close(self) -> None:
        """End all."""
        self.end()
        self.relay.close()
        self.replies.close()
        self._stack.close()


def echo(client: socket.socket) -> None:
    """Give back what comes."""
    with client:
        while data := client.recv(65536):
            client.sendall(data)


def read_all(client: socket.socket) -> bytes:
    """All up to the end."""
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def read(client: socket.socket, size: int) -> bytes:
    """So many bytes."""
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        assert piece
        data += piece
    return data


Start = Callable[["Serve | None"], Ends]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the relay."""
    with ExitStack() as stack:

        def started(serve: Serve | None) -> Ends:
            ends = Ends(tmp_path, serve)
            stack.callback(ends.close)
            return ends

        yield started


def test_connections_do_not_mix(start: Start) -> None:
    ends = start(echo)
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(ends.connect())) for _ in range(30)]
        for number, client in enumerate(clients):
            client.sendall(f"this is {number:02}".encode())
        for number, client in enumerate(clients):
            assert read(client, 10) == f"this is {number:02}".encode()


def test_long_data_arrive_whole_both_ways(start: Start) -> None:
    ends = start(echo)
    data = os.urandom(LONG)
    with closing(ends.connect()) as client:
        writer = threading.Thread(target=client.sendall, args=(data,))
        writer.start()
        assert read(client, LONG) == data
        writer.join(SECONDS)


def test_who_does_not_read_stops_nobody_else_and_fills_no_memory(start: Start) -> None:
    sent: list[int] = []
    stopped = threading.Event()

    def flood_or_echo(client: socket.socket) -> None:
        if client.recv(1) == b"e":
            echo(client)
            return
        client.settimeout(2)
        with client, contextlib.suppress(TimeoutError):
            while len(sent) < 1000:
                sent.append(client.send(bytes(65536)))
        stopped.set()

    ends = start(flood_or_echo)
    with closing(ends.connect()) as lazy, closing(ends.connect()) as busy:
        lazy.sendall(b"f")
        assert stopped.wait(SECONDS)
        assert sum(sent) < 4 * relay_program.WINDOW  # and what the kernel keeps for the sockets
        busy.sendall(b"e" + bytes(LONG // 8))
        assert read(busy, LONG // 8) == bytes(LONG // 8)
        assert len(read_all(lazy)) == sum(sent)


def test_the_servers_end_comes_after_all_that_it_has_sent(start: Start) -> None:
    def say(client: socket.socket) -> None:
        with client:
            client.sendall(bytes(LONG))

    ends = start(say)
    with closing(ends.connect()) as client:
        assert len(read_all(client)) == LONG


def test_the_server_is_told_of_the_clients_end(start: Start) -> None:
    heard: list[bytes] = []
    ended = threading.Event()

    def listen(client: socket.socket) -> None:
        with client:
            heard.append(read_all(client))
        ended.set()

    ends = start(listen)
    with closing(ends.connect()) as client:
        client.sendall(bytes(LONG))
    assert ended.wait(SECONDS)
    assert len(heard[0]) == LONG


def test_without_a_server_a_connection_ends(start: Start) -> None:
    ends = start(None)
    with closing(ends.connect()) as client:
        assert client.recv(1) == b""


def test_the_end_of_the_stream_ends_all(start: Start) -> None:
    ends = start(echo)
    with closing(ends.connect()) as client:
        client.sendall(b"x")
        assert read(client, 1) == b"x"
        ends.end()
        assert client.recv(1) == b""
    ends.relay.close()
    with pytest.raises(ConnectionRefusedError):
        ends.connect()


def test_what_is_no_frame_ends_all(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with (
        os.fdopen(write_end, "wb") as theirs,
        os.fdopen(read_end, "rb") as replies,
        Path(os.devnull).open("wb") as requests,
    ):
        relay = Relay(requests, replies, tmp_path / "ours")
        with closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(SECONDS)
            client.connect(str(tmp_path / "ours"))
            theirs.write(b"PANIC:  out of ideas\n")
            theirs.flush()
            assert client.recv(1) == b""
        relay.close()
