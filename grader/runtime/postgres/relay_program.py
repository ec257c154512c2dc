"""Leads many connections over one stream to the Unix socket of a server: the end inside of its container.

Runs as the last program of the container's first process, where the engine does not share files with the
grader. Its standard input and output are the stream; `relay.py` is at the other end. It ends when its input
does. It imports nothing of the harness, and must not know SQL.

The stream holds frames: a header, and in a frame of data its bytes. Neither end sends more data than the
other has said that it can take, so one connection whose reader is slow does not stop the others.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import sys

HEADER = struct.Struct(">BII")
"""The kind of the frame, the number of its connection, and a size: see the kinds."""
OPEN, DATA, TAKEN, CLOSE = range(4)
"""The kinds. `OPEN`: a new connection, with a number that its grader chooses. `DATA`: so many bytes follow.
`TAKEN`: the end that sends it has passed on so many bytes, and can take as many more. `CLOSE`: the connection
has ended. The size of `OPEN` and `CLOSE` is 0."""
WINDOW = 256 * 1024
"""How many bytes of one connection may be on the way to the other end, or wait there."""
PIECE = 64 * 1024
"""How much is read at once."""
TOLD_AT = WINDOW // 4
"""How many bytes are passed on before the other end is told: a frame for each piece would double them."""
CONNECT_SECONDS = 10.0


def frame(kind: int, number: int, size: int = 0, data: bytes = b"") -> bytes:
    """One frame; `size` counts only where there are no data."""
    return HEADER.pack(kind, number, len(data) or size) + data


class Link:
    """One connection with the server."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.waiting = bytearray()
        """What is to be sent to the server."""
        self.room = WINDOW
        """How many bytes the grader can take."""
        self.taken = 0
        """How many bytes the server has been sent, and the grader has not been told so."""
        self.ending = False
        """The grader has closed it: when nothing waits any more, it ends."""


class Relay:
    """All connections, and the stream."""

    def __init__(self, requests: int, replies: int, path: str) -> None:
        """Store the descriptors of the stream, and the path of the server's socket."""
        self._requests = requests
        self._replies = replies
        self._path = path
        self._pending = b""
        self._links: dict[int, Link] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Pass on what comes, until the stream ends."""
        self._selector.register(self._requests, selectors.EVENT_READ, None)
        while True:
            for key, events in self._selector.select():
                if key.data is None:
                    data = os.read(self._requests, PIECE)
                    if not data:
                        return
                    self._take(data)
                elif key.data in self._links:  # else it has been closed since the selector named it
                    self._step(key.data, events)

    def _take(self, data: bytes) -> None:
        """Take frames from the grader."""
        data = self._pending + data
        at = 0
        while len(data) - at >= HEADER.size:
            kind, number, size = HEADER.unpack_from(data, at)
            length = size if kind == DATA else 0
            start = at + HEADER.size
            if len(data) < start + length:
                break
            at = start + length
            self._follow(kind, number, size, data[start:at])
        self._pending = data[at:]

    def _follow(self, kind: int, number: int, size: int, data: bytes) -> None:
        if kind == OPEN:
            self._open(number)
        elif (link := self._links.get(number)) is None:
            return  # the server has closed it, and the grader did not know yet
        elif kind == DATA:
            link.waiting += data
        elif kind == TAKEN:
            link.room += size
        else:
            link.ending = True
        if number in self._links:
            self._step(number, 0)

    def _open(self, number: int) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.settimeout(CONNECT_SECONDS)
        try:
            server.connect(self._path)
        except OSError:
            server.close()
            self._send(frame(CLOSE, number))
            return
        server.setblocking(False)
        self._links[number] = Link(server)

    def _step(self, number: int, events: int) -> None:
        """Do for one connection what can be done now."""
        link = self._links[number]
        try:
            if events & selectors.EVENT_READ and not self._read(number, link):
                self._close(number, tell=True)
                return
            self._write(number, link)
        except OSError:
            self._close(number, tell=True)
            return
        if link.ending and not link.waiting:
            self._close(number, tell=False)
            return
        self._watch(number, link)

    def _read(self, number: int, link: Link) -> bool:
        """Pass on what the server has sent; False at its end."""
        try:
            data = link.server.recv(min(PIECE, link.room))
        except BlockingIOError:
            return True
        if not data:
            return False
        link.room -= len(data)
        self._send(frame(DATA, number, data=data))
        return True

    def _write(self, number: int, link: Link) -> None:
        if not link.waiting:
            return
        try:
            sent = link.server.send(link.waiting)
        except BlockingIOError:
            return
        del link.waiting[:sent]
        link.taken += sent
        if link.taken >= TOLD_AT:
            self._send(frame(TAKEN, number, link.taken))
            link.taken = 0

    def _watch(self, number: int, link: Link) -> None:
        """Wait for what can go on."""
        wanted = selectors.EVENT_READ if link.room and not link.ending else 0
        if link.waiting:
            wanted |= selectors.EVENT_WRITE
        watched = self._selector.get_map().get(link.server)
        if watched is None:
            if wanted:
                self._selector.register(link.server, wanted, number)
        elif not wanted:
            self._selector.unregister(link.server)
        elif watched.events != wanted:
            self._selector.modify(link.server, wanted, number)

    def _close(self, number: int, *, tell: bool) -> None:
        link = self._links.pop(number)
        if link.server in self._selector.get_map():
            self._selector.unregister(link.server)
        link.server.close()
        if tell:
            self._send(frame(CLOSE, number))

    def _send(self, data: bytes) -> None:
        """Send to the grader. It always reads, so this does not wait for long."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._replies, view) :]


def main() -> None:
    """Serve the socket that the first argument names over the standard streams."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # the first process of a container ignores it else
    try:
        Relay(0, 1, sys.argv[1]).run()
    except OSError:  # nobody is at the other end any more
        os._exit(0)


if __name__ == "__main__":
    main()
