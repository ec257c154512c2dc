"""A listener on the sandbox's own loopback that leads to the Unix socket of the submission's server.

So a database URL can name a host and a port, which students' code may look for. The server itself has no TLS
on a socket. A client that asks for TLS gets it from here, with a certificate that proves nothing: nothing
leaves this machine.

The worker loads this file inside the sandbox, so it imports nothing of the harness. It must not know SQL.
"""

from __future__ import annotations

import contextlib
import functools
import selectors
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"
CERTIFICATE = Path(__file__).resolve().with_name("loopback.pem")
"""A certificate and its key, valid for a hundred years. Everyone may know the key."""
MOST_LINKS = 64
"""How many clients are served at a time: more than the server takes (`MAX_CONNECTIONS`)."""
PIECE_BYTES = 64 * 1024
"""How much is read at once."""
WAITING_BYTES = 1024 * 1024
"""How much may wait for a reader that is slow, before no more is read for it."""
REQUEST_BYTES = 8
"""The length of a message that asks for encryption before the session begins."""
TLS_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""What a client sends before TLS: see "SSLRequest" in PostgreSQL's list of message formats."""
GSS_REQUEST = (8).to_bytes(4, "big") + (80877104).to_bytes(4, "big")
"""What a client sends before encryption by GSSAPI, which is always refused: "GSSENCRequest" in that list."""

Ready = Callable[[int], None]
"""What a selector holds for a descriptor: called with the events that have come."""


class Loopback:
    """The listener, and all clients that it serves, as part of somebody else's loop."""

    def __init__(self) -> None:
        """Listen on a free port.

        Raises:
            OSError: there is no loopback.
        """
        self._listener = socket.create_server((HOST, 0), backlog=MOST_LINKS)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._links: set[Link] = set()
        self._server = ""
        self._selector: selectors.BaseSelector | None = None

    def open(self, server: str, selector: selectors.BaseSelector) -> None:
        """Begin to serve. The owner of the selector calls what it holds: see `Ready`.

        Args:
            server: the path of the server's socket.
            selector: waits for the listener and for all clients.
        """
        self._server = server
        self._selector = selector
        selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        """Stop listening. A client is then refused."""
        self._listener.close()

    def _accept(self, _: int) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:  # it has gone already, or there are no descriptors left
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.socket(socket.AF_UNIX)
        server.setblocking(False)
        try:
            if len(self._links) >= MOST_LINKS or self._selector is None:
                raise ConnectionRefusedError
            server.connect(self._server)
        except OSError:
            client.close()
            server.close()
            return
        self._links.add(Link(client, server, self._selector, self._links.discard))


class End:
    """One of the two sockets of a link, and what waits to be sent over it."""

    def __init__(self, own: socket.socket) -> None:
        self.socket = own
        self.waiting = bytearray()
        self.ended = False
        """The other side will send nothing more."""

    def send(self) -> None:
        """Send as much as goes.

        Raises:
            OSError: nobody reads any more.
        """
        with contextlib.suppress(BlockingIOError):
            while self.waiting:
                del self.waiting[: self.socket.send(self.waiting)]

    def read(self) -> bytes:
        """Read what is there now; note the end.

        Raises:
            OSError: the connection is broken.
        """
        try:
            data = self.socket.recv(PIECE_BYTES)
        except BlockingIOError:
            return b""
        self.ended = not data
        return data


class Link:
    """One client and its session with the server."""

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        selector: selectors.BaseSelector,
        closed: Callable[[Link], None],
    ) -> None:
        self._client, self._server = End(client), End(server)
        self._selector = selector
        self._closed = closed
        self._first = b""
        """The client's first bytes, until they show whether it asks for encryption."""
        self._begun = False
        self._tls: Encryption | None = None
        self._watch()

    def _from_client(self, events: int) -> None:
        self._step(events, self._client, self._take_from_client)

    def _from_server(self, events: int) -> None:
        self._step(events, self._server, self._take_from_server)

    def _step(self, events: int, end: End, take: Callable[[bytes], None]) -> None:
        """Read from one end what is there, and send what waits for either end."""
        if end.socket.fileno() < 0:  # closed since the selector named it
            return
        try:
            if events & selectors.EVENT_READ:
                take(end.read())
            self._client.send()
            self._server.send()
        except OSError:  # also all errors of TLS
            self._close()
            return
        if (self._client.ended and not self._server.waiting) or (
            self._server.ended and not self._client.waiting
        ):
            self._close()
            return
        self._watch()

    def _take_from_client(self, data: bytes) -> None:
        if self._tls is not None:
            sent, clear = self._tls.received(data)
            self._client.waiting += sent
            self._server.waiting += clear
            return
        if self._begun:
            self._server.waiting += data
            return
        self._first += data
        if len(self._first) < REQUEST_BYTES:
            return
        asked, rest = self._first[:REQUEST_BYTES], self._first[REQUEST_BYTES:]
        if asked == GSS_REQUEST:
            self._client.waiting += b"N"
            self._first = rest
        elif asked == TLS_REQUEST:
            self._client.waiting += b"S"
            self._tls = Encryption()
            self._take_from_client(rest)
        else:
            self._begun = True
            self._server.waiting += self._first

    def _take_from_server(self, data: bytes) -> None:
        self._client.waiting += data if self._tls is None else self._tls.sent(data)

    def _watch(self) -> None:
        """Wait for what can go on: no more is read for an end where too much waits already."""
        for end, other, ready in (
            (self._client, self._server, self._from_client),
            (self._server, self._client, self._from_server),
        ):
            wanted = selectors.EVENT_WRITE if end.waiting else 0
            if not end.ended and len(other.waiting) < WAITING_BYTES:
                wanted |= selectors.EVENT_READ
            watched = self._selector.get_map().get(end.socket)
            if watched is None:
                if wanted:
                    self._selector.register(end.socket, wanted, ready)
            elif not wanted:
                self._selector.unregister(end.socket)
            elif watched.events != wanted:
                self._selector.modify(end.socket, wanted, ready)

    def _close(self) -> None:
        for end in (self._client, self._server):
            if end.socket in self._selector.get_map():
                self._selector.unregister(end.socket)
            end.socket.close()
        self._closed(self)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """What every client that asks for TLS is served with. The first call reads the certificate's file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


class Encryption:
    """The server's side of TLS, as bytes that come and go."""

    def __init__(self) -> None:
        context = tls_context()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._agreed = False

    def received(self, data: bytes) -> tuple[bytes, bytes]:
        """What the client has sent; returns what to send back to it, and the text that it sent.

        Raises:
            ssl.SSLError: the client does not speak TLS, or refuses the certificate.
        """
        self._incoming.write(data)
        clear = b""
        with contextlib.suppress(ssl.SSLWantReadError):
            if not self._agreed:
                self._tls.do_handshake()
                self._agreed = True
            while piece := self._tls.read(PIECE_BYTES):
                clear += piece
        return self._outgoing.read(), clear

    def sent(self, data: bytes) -> bytes:
        """Encrypt what the server has sent.

        Raises:
            ssl.SSLError: the client has ended the encryption.
        """
        if data:
            self._tls.write(data)
        return self._outgoing.read()
