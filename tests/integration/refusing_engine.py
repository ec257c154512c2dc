"""A container engine that answers, has every image, and makes no container."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSAL = "unknown mount option of this engine"
_VERSION = {"Version": "4.3.1", "ApiVersion": "1.41", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64"}


class Engine:
    """What the engine was asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        """As `DOCKER_HOST` spells it."""
        self.version = "4.3.1"
        self.asked_for_containers = 0
        self.lock = threading.Lock()


class _Answers(BaseHTTPRequestHandler):
    engine: Engine

    def do_GET(self) -> None:
        """Everything that is asked is there."""
        path = self.path.partition("?")[0]
        if path.endswith("/version"):
            self._answer(200, _VERSION)
        elif path.endswith("/containers/json"):
            self._answer(200, [])
        elif "/images/" in path:
            self._answer(200, {"Id": "sha256:" + "0" * 64, "RepoTags": []})
        else:
            self._answer(200, {})

    def do_POST(self) -> None:
        """Nothing is made."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.engine.lock:
            self.engine.asked_for_containers += self.path.partition("?")[0].endswith("/containers/create")
        self._answer(500, {"message": REFUSAL})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """What the engine says that it is."""
        return f"Libpod/{self.engine.version} (linux)"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def refusing_engine() -> Iterator[Engine]:
    """An engine on a port of the loopback, for the block."""

    class Answers(_Answers):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        engine = Engine(f"tcp://127.0.0.1:{server.server_address[1]}")
        Answers.engine = engine
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()
