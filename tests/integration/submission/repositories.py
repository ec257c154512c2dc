"""Git repositories for tests: made by git with settings of nobody's, and served over HTTP on loopback."""

from __future__ import annotations

import os
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def git(folder: Path, *arguments: str, data: bytes | None = None, check: bool = True) -> str:
    """Run git in a folder as any user would, but for that user's settings; what it prints."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **QUIET},
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        capture_output=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def work_tree(folder: Path, files: Mapping[str, str], *, branch: str = "main") -> Path:
    """A repository with a work tree and one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", f"--initial-branch={branch}")
    commit(folder, files)
    return folder


def commit(folder: Path, files: Mapping[str, str], message: str = "work") -> str:
    """Write files and commit everything; the commit's id."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def bare(folder: Path, files: Mapping[str, str], *, branch: str = "main") -> Path:
    """A bare repository with one commit on one branch."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (folder / "config").write_text("[core]\n\tbare = true\n")
    push(folder, files, branch=branch)
    return folder


def push(
    folder: Path, files: Mapping[str, str], *, branch: str = "main", modes: Mapping[str, str] | None = None
) -> None:
    """Put a commit with more or other files on a branch of a bare repository; `modes` for what is no file."""
    stream = f"commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1767225600 +0000\ndata 4\nwork\n"
    if (folder / "refs" / "heads" / branch).exists():
        stream += f"from refs/heads/{branch}^0\n"
    for name, text in files.items():
        mode = (modes or {}).get(name, "100644")
        if mode == "160000":
            stream += f"M {mode} {text} {name}\n"
        else:
            stream += f"M {mode} inline {name}\ndata {len(text.encode())}\n{text}\n"
    git(folder, "fast-import", "--quiet", data=stream.encode())


class _Handler(BaseHTTPRequestHandler):
    """Hands requests on to `git http-backend`."""

    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        """Nobody reads it."""

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def _answer(self) -> None:
        server = self.server
        assert isinstance(server, GitServer)
        if server.login and self.headers.get("Authorization") != server.login:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="course"')
            self.end_headers()
            return
        parts = urlsplit(self.path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            **QUIET,
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
        )
        headers, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in headers.decode().splitlines()]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories of a folder on loopback."""

    daemon_threads = True

    def __init__(self, folder: Path, user: str = "") -> None:
        """Bind to a free port; `user` is `name:password`, or empty for everybody."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.login = f"Basic {b64encode(user.encode()).decode()}" if user else ""

    def url(self, name: str, user: str = "") -> str:
        """A repository's address."""
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.server_port}/{name}"


@contextmanager
def served(folder: Path, user: str = "") -> Iterator[GitServer]:
    """A running server."""
    with GitServer(folder, user) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
