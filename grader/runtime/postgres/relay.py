"""A Unix socket of this machine that leads to a server inside of a container, over the container's streams.

Where the engine does not share files with this machine, no socket and no port is needed there: whoever can
start a container can talk to it. `relay_program.py` runs at the other end, and explains the frames. Must not
know SQL.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from pathlib import Path
from typing import IO

from grader.runtime.postgres.relay_program import (
    CLOSE,
    DATA,
    HEADER,
    OPEN,
    PIECE,
    TAKEN,
    TOLD_AT,
    WINDOW,
    frame,
)

_MANY = 128
"""How many connections may wait to be accepted: more than a server takes."""


class Relay:
    """The socket, and all connections that are open over it."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes], path: Path) -> None:
        """Listen, and pass on what comes.

        Args:
            requests: the standard input of the container. Nobody else may write to it.
            replies: its standard output. Nobody else may read it.
            path: where to make the socket. It must not exist. Every user may connect to it.

        Raises:
            OSError: the socket cannot be made.
        """
        self._requests = requests
        self._replies = replies
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._links: dict[int, _Link] | None = {}
        """The open connections by their numbers; None when the stream has ended."""
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(str(path))
            path.chmod(0o777)
            self._listener.listen(_MANY)
        except OSError:
            self._listener.close()
            raise
        self._threads = [
            threading.Thread(target=target, name="relay", daemon=True)
            for target in (self._accept, self._read)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End all connections. The stream has to have ended. May be called twice."""
        for thread in self._threads:
            thread.join()

    def send(self, data: bytes) -> None:
        """Send a frame.

        Raises:
            OSError, ValueError: the stream has ended.
        """
        with self._writing:
            self._requests.write(data)
            self._requests.flush()

    def _accept(self) -> None:
        number = 0
        with self._listener:
            while True:
                client, _ = self._listener.accept()
                number += 1
                link = _Link(self, number, client)
                with self._lock:
                    if self._links is None:
                        client.close()
                        return
                    self._links[number] = link
                link.start()

    def _read(self) -> None:
        """Take frames from the server's end until there are no more."""
        # What cannot be read is no frame: then the server's end is not ours, and the stream is of no use.
        with contextlib.suppress(OSError, ValueError):
            while len(header := self._replies.read(HEADER.size)) == HEADER.size:
                kind, number, size = HEADER.unpack(header)
                if kind not in {DATA, TAKEN, CLOSE} or size > WINDOW:
                    break
                data = self._replies.read(size) if kind == DATA else b""
                with self._lock:
                    link = (self._links or {}).get(number)
                if link is not None:
                    link.take(kind, size, data)
        with self._lock:
            links, self._links = list((self._links or {}).values()), None
        for link in links:
            link.take(CLOSE, 0, b"")
        with socket.socket(socket.AF_UNIX) as last, contextlib.suppress(OSError):
            last.connect(str(self._path))  # closing a socket would not wake who waits in `accept`

    def forget(self, number: int) -> None:
        """A connection has ended."""
        with self._lock:
            if self._links is not None:
                self._links.pop(number, None)


class _Link:
    """One connection: a thread for each way."""

    def __init__(self, relay: Relay, number: int, client: socket.socket) -> None:
        self._relay = relay
        self._number = number
        self._client = client
        self._room = WINDOW
        self._changed = threading.Condition()
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        """What is to be sent to the client; empty bytes at the end. The window bounds it."""
        self._ended = False

    def start(self) -> None:
        """Begin."""
        for target in (self._upwards, self._downwards):
            threading.Thread(target=target, name="relay-link", daemon=True).start()

    def take(self, kind: int, size: int, data: bytes) -> None:
        """Take a frame from the server's end. Does not wait."""
        if kind == DATA:
            self._waiting.put(data)
            return
        with self._changed:
            self._room += size
            self._ended = self._ended or kind == CLOSE
            self._changed.notify()
        if kind == CLOSE:
            self._waiting.put(b"")

    def _upwards(self) -> None:
        """Pass on what the client sends."""
        with contextlib.suppress(OSError, ValueError):
            self._relay.send(frame(OPEN, self._number))
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._room > 0 or self._ended)
                    most = min(PIECE, self._room)
                if self._ended or not (data := self._client.recv(most)):
                    break
                with self._changed:
                    self._room -= len(data)
                self._relay.send(frame(DATA, self._number, data=data))
        with contextlib.suppress(OSError, ValueError):
            self._relay.send(frame(CLOSE, self._number))
        self._relay.forget(self._number)
        self._waiting.put(b"")  # the server's end does not answer when it is told of the end

    def _downwards(self) -> None:
        """Pass on what the server sends."""
        with self._client:
            taken = 0
            with contextlib.suppress(OSError, ValueError):
                while data := self._waiting.get():
                    self._client.sendall(data)
                    taken += len(data)
                    if taken >= TOLD_AT:
                        self._relay.send(frame(TAKEN, self._number, taken))
                        taken = 0
            with contextlib.suppress(OSError):  # the other thread may still read
                self._client.shutdown(socket.SHUT_RDWR)
