"""A session that cannot send the harness more than so many bytes.

libpq keeps whole messages in memory: a row, an error, a notice. Their length is up to the student, and no
setting of PostgreSQL bounds it. So such a session goes through a socket of ours that counts. When the server
has sent more than it may, both ends are closed, and the session is lost. Must not know SQL.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from grader.runtime.postgres.folders import socket_root
from grader.runtime.postgres.interface import Endpoint

Opened = TypeVar("Opened")
_PIECE_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0


def metered(endpoint: Endpoint, most_bytes: int, connect: Callable[[Endpoint], Opened]) -> Opened:
    """Open one session that ends after so many bytes. A server without a Unix socket is reached directly.

    Args:
        endpoint: the server and the login.
        most_bytes: how many bytes the server may send, all messages together.
        connect: opens the session, at the endpoint that it is given.
    """
    server = endpoint.socket
    if server is None:
        return connect(endpoint)
    with (
        tempfile.TemporaryDirectory(prefix="grader-", dir=socket_root()) as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        near = replace(endpoint, host=folder)
        listener.bind(str(near.socket))
        listener.listen(1)
        listener.settimeout(_CONNECT_SECONDS)
        meter = threading.Thread(
            target=_serve_one, args=(listener, server, most_bytes), name="meter", daemon=True
        )
        meter.start()
        return connect(near)


def _serve_one(listener: socket.socket, server: Path, most_bytes: int) -> None:
    with contextlib.suppress(OSError):  # then the session fails, and its user says so
        client, _ = listener.accept()
        with client, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(str(server))
            _pass_on(client, upstream, most_bytes)


def _pass_on(client: socket.socket, upstream: socket.socket, most_bytes: int) -> None:
    """Pass bytes on both ways until one end is closed or the server has sent too many."""
    left = most_bytes
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, upstream)
        selector.register(upstream, selectors.EVENT_READ, client)
        while left >= 0:
            for key, _ in selector.select():
                source = client if key.data is upstream else upstream
                piece = source.recv(_PIECE_BYTES)
                if not piece:
                    return
                if source is upstream:
                    left -= len(piece)
                key.data.sendall(piece)
