"""The line to a container's first process: its standard input, held open, and what it answers.

The container lives as long as this line is open, whatever ends this process. Knows nothing of PostgreSQL.
"""

from __future__ import annotations

import contextlib
import struct
import time
from typing import Any

_HEADER = struct.Struct(">BxxxL")
"""Of each frame that the engine sends: which stream, and how many bytes follow."""


class AttachmentError(Exception):
    """The container does not answer as it should; the text says what it said."""


class Attachment:
    """An open line to a container that has been created and not yet started."""

    def __init__(self, api: Any, container: str) -> None:
        """Attach.

        Args:
            api: the docker client's low-level API.
            container: the container's id.
        """
        parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._stream = api.attach_socket(container, params=parameters)
        # Over a Unix socket docker gives a file around the socket, otherwise the socket itself.
        self._socket = getattr(self._stream, "_sock", self._stream)
        self._frames = b""
        self._text = b""

    def read_line(self, deadline: float) -> str:
        """Read the next line that the container's first process or its children wrote.

        Args:
            deadline: a time of `time.monotonic()`.

        Raises:
            AttachmentError: none came in time, or the container ended.
        """
        while b"\n" not in self._text:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AttachmentError("it did not become ready in time")
            self._socket.settimeout(left)
            try:
                chunk = self._socket.recv(65536)
            except TimeoutError:
                continue
            if not chunk:
                raise AttachmentError("it ended by itself")
            self._frames += chunk
            self._unpack()
        line, _, self._text = self._text.partition(b"\n")
        return line.decode("utf-8", "replace")

    def close(self) -> None:
        """Let go: the container's standard input ends. May be called twice."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(2)
        for part in (getattr(self._stream, "_response", None), self._stream, self._socket):
            if part is not None:
                with contextlib.suppress(OSError):
                    part.close()

    def _unpack(self) -> None:
        while len(self._frames) >= _HEADER.size:
            _, length = _HEADER.unpack_from(self._frames)
            end = _HEADER.size + length
            if len(self._frames) < end:
                return
            self._text += self._frames[_HEADER.size : end]
            self._frames = self._frames[end:]
