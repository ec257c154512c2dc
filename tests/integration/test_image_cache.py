"""The action's cache of container images: what goes in, what comes back, and whose images a job loads."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import CHECKOUT
from tests.integration.jobs import Job, engine_or_missing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the action is for Linux")


@contextmanager
def github(refs: list[str] | None) -> Iterator[tuple[str, list[str]]]:
    """A server that answers who has saved under a key, and what it was asked; None: it answers 403."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            asked.append(f"{self.path} {self.headers['Authorization']}")
            entries = [{"key": "the-key", "ref": ref} for ref in refs or ()]
            body = json.dumps({"total_count": len(entries), "actions_caches": entries}).encode()
            self.send_response(403 if refs is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v3", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def trusts(job: Job, refs: list[str] | None, reference: str, base: str) -> tuple[bool, str]:
    """Whether a job loads what was in the cache, and what it says."""
    event = job.temporary / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}), encoding="utf-8")
    with github(refs) as (api, asked):
        done = subprocess.run(
            [sys.executable, "-m", "grader.integrations.github.image_cache", "the-key"],
            env={
                **job.environment,
                "PYTHONPATH": str(CHECKOUT),
                "GITHUB_API_URL": api,
                "GITHUB_REPOSITORY": "course/exercises",
                "GITHUB_REF": reference,
                "GITHUB_BASE_REF": base,
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_TOKEN": "a-token",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    expected = "/api/v3/repos/course/exercises/actions/caches?key=the-key&per_page=100 Bearer a-token"
    assert asked in ([], [expected])
    return done.returncode == 0, done.stdout + done.stderr


PULL = "refs/pull/7/merge"
MAIN = "refs/heads/main"


def test_whose_images_a_job_loads(tmp_path: Path) -> None:
    job = Job(tmp_path / "job")
    assert trusts(job, [MAIN], PULL, "main")[0]
    assert trusts(job, [MAIN, "refs/heads/other", "refs/pull/8/merge"], PULL, "main")[0]
    assert trusts(job, None, MAIN, "") == (True, "The images in the cache are those of the default branch.\n")
    for refs, reference_, base in (
        ([MAIN, PULL], PULL, "main"),
        (["refs/heads/weak", MAIN], PULL, "weak"),
        (["refs/heads/mine"], "refs/heads/mine", ""),
    ):
        loads, said = trusts(job, refs, reference_, base)
        assert not loads
        assert "built anew: a pull request or its base has saved" in said
    loads, said = trusts(job, None, PULL, "main")
    assert not loads
    assert "GitHub answered 403; for a private repository the job needs `actions: read`" in said


@pytest.mark.docker
def test_images_go_to_the_cache_and_come_back(tmp_path: Path) -> None:
    engine_or_missing()
    names = [f"migration-grader-test-{part}:{os.getpid()}" for part in ("one", "two")]
    job = Job(tmp_path / "job", event="push", reference=MAIN)
    job.install()
    run = job.prepare("")
    run.contexts |= {"steps.images.outputs.key": "the-key", "steps.images.outputs.names": " ".join(names)}
    steps = {step["name"]: step for step in run.definition["runs"]["steps"]}
    (tmp_path / "empty.tar").write_bytes(bytes(10240))
    try:
        for name in names:
            subprocess.run(
                ["docker", "import", tmp_path / "empty.tar", name], check=True, capture_output=True
            )
        run.step(steps["Pack the images for the cache"])
        run.step(steps["Save the images"])
        assert job.cached is not None, run.log
        subprocess.run(["docker", "rmi", *names], check=True, capture_output=True)
        event = job.temporary / "event.json"
        event.write_text(json.dumps({"repository": {"default_branch": "main"}}), encoding="utf-8")
        for ref, loaded in ((PULL, False), (MAIN, True)):
            shutil.copy(job.cached, job.folder / "images.tar")
            run.contexts["steps.cache.outputs.cache-hit"] = "true"
            with github([PULL, MAIN]) as (api, _):
                run.environment = {
                    **job.environment,
                    "GITHUB_API_URL": api,
                    "GITHUB_REPOSITORY": "course/exercises",
                    "GITHUB_REF": ref,
                    "GITHUB_BASE_REF": "main" if ref == PULL else "",
                    "GITHUB_EVENT_PATH": str(event),
                }
                run.step(steps["Load the images"])
            assert not run.failed, run.log
            there = subprocess.run(["docker", "image", "inspect", *names], capture_output=True, check=False)
            assert (there.returncode == 0) == loaded, run.log
            assert not (job.folder / "images.tar").exists()
    finally:
        subprocess.run(["docker", "rmi", *names], capture_output=True, check=False)
