"""The standard streams of a container's first process: its input, held open, and its output.

The first process ends when its standard input ends, and the container with it. So the container ends when
this process does, whatever the cause. Must not know what runs in the container.
"""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import struct
import threading
import time
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

_HEADER = struct.Struct(">BxxxL")
"""Of each frame that the engine sends: which stream, and how many bytes follow."""
_STDOUT = 1
_CHUNK = 65536
_ERRORS_KEPT = 4000
"""Bytes of the standard error that are kept for a message."""


class AttachmentError(Exception):
    """The container gave no proper answer. The text holds what it printed."""


class Attachment:
    """The streams of a container that has been created and not been started."""

    def __init__(self, api: Any, container: str) -> None:
        """Attach.

        Args:
            api: the docker client's low-level API.
            container: the container's id.
        """
        parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._stream = api.attach_socket(container, params=parameters)
        # docker returns a file around the socket, or with TLS the socket itself.
        self._socket = getattr(self._stream, "_sock", self._stream)
        self._socket.settimeout(None)
        source = _Encrypted(self._socket) if isinstance(self._socket, ssl.SSLSocket) else self._socket
        self._frames = _Frames(source)
        self.requests: IO[bytes] = cast("IO[bytes]", source.makefile("wb"))
        """The container's standard input."""
        self.replies: IO[bytes] = io.BufferedReader(self._frames)
        """Its standard output."""

    def read_line(self, deadline: float) -> str:
        """Read the next line of the container's standard output.

        Args:
            deadline: a time of `time.monotonic()`.

        Raises:
            AttachmentError: none came in time, or the container ended; with what it said on standard error.
        """
        self._frames.deadline = deadline
        try:
            line = self.replies.readline()
        except TimeoutError:
            raise AttachmentError(self._with_errors("it did not become ready in time")) from None
        finally:
            self._frames.deadline = None
        if not line.endswith(b"\n"):
            raise AttachmentError(self._with_errors("it ended by itself"))
        return line[:-1].decode("utf-8", "replace")

    def end_input(self) -> None:
        """End the container's standard input and its output. May be called twice."""
        with contextlib.suppress(OSError):
            if isinstance(
                self._socket, ssl.SSLSocket
            ):  # its own way would let a reader read what is encrypted
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            else:
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End both streams and close their descriptors. No thread may still read. May be called twice."""
        self.end_input()
        parts = (
            self.requests,
            self.replies,
            getattr(self._stream, "_response", None),
            self._stream,
            self._socket,
        )
        for part in parts:
            if part is not None:
                with contextlib.suppress(OSError, ValueError):  # nobody needs what was not sent by now
                    part.close()

    def _with_errors(self, what: str) -> str:
        return "\n  ".join([what, *self._frames.errors.decode("utf-8", "replace").splitlines()])


class _Encrypted:
    """A TLS socket from which one thread may read while others write: OpenSSL does not allow both at once.

    So no call into OpenSSL waits. Waiting is done outside of it, and of the lock.
    """

    def __init__(self, own: ssl.SSLSocket) -> None:
        own.setblocking(False)
        self._socket = own
        self._lock = threading.Lock()
        self._seconds: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        """How long `recv` may wait; None: without an end."""
        self._seconds = seconds

    def recv(self, size: int) -> bytes:
        """Read what is there, at least one byte; nothing at the end.

        Raises:
            TimeoutError: nothing came in time.
            OSError: the connection is broken.
        """
        data: bytes = self._tried(lambda: self._socket.recv(size), self._seconds)
        return data

    def write(self, data: ReadableBuffer) -> int:
        """Send all of it.

        Raises:
            OSError: the connection is broken.
        """
        view = memoryview(data).cast("B")
        left = view
        while left:
            part = left
            left = left[self._tried(lambda: self._socket.send(part), None) :]  # noqa: B023 - called at once
        return len(view)

    def makefile(self, _mode: str) -> io.RawIOBase:
        """A file that writes to it."""
        return _Writer(self)

    def _tried(self, call: Callable[[], Any], seconds: float | None) -> Any:
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            with self._lock:
                try:
                    return call()
                except ssl.SSLWantReadError:
                    event = select.POLLIN
                except ssl.SSLWantWriteError:
                    event = select.POLLOUT
            ready = select.poll()
            ready.register(self._socket, event)
            left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            if not ready.poll(left):
                raise TimeoutError


class _Writer(io.RawIOBase):
    """A file that writes to a socket, and closes nothing."""

    def __init__(self, target: _Encrypted) -> None:
        super().__init__()
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Send all of it."""
        return self._target.write(data)


class _Frames(io.RawIOBase):
    """Reads the standard output from the engine's frames, and keeps the end of the standard error."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self._pending = b""
        self._left = 0
        self._which = _STDOUT
        self.errors = b""
        self.deadline: float | None = None
        """A time of `time.monotonic()` after which reading raises TimeoutError; None: no limit."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read some of the standard output; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while True:
            if self._left == 0 and not self._next_frame():
                return 0
            if not self._pending and not self._receive():
                return 0
            size = min(self._left, len(self._pending), len(view))
            data, self._pending = self._pending[:size], self._pending[size:]
            self._left -= size
            if self._which == _STDOUT:
                view[:size] = data
                return size
            self.errors = (self.errors + data)[-_ERRORS_KEPT:]

    def _next_frame(self) -> bool:
        """Read headers up to a frame that is not empty; False at the end."""
        while self._left == 0:
            while len(self._pending) < _HEADER.size:
                if not self._receive():
                    return False
            self._which, self._left = _HEADER.unpack_from(self._pending)
            self._pending = self._pending[_HEADER.size :]
        return True

    def _receive(self) -> bool:
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._source.settimeout(left)
        try:
            data = self._source.recv(_CHUNK)
        except TimeoutError:
            raise
        except OSError:  # another thread has called `end_input`
            return False
        self._pending += data
        return bool(data)
