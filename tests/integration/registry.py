"""A container registry of the tests' own, on the loopback of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

PROGRAM = "docker-registry"
"""What Debian calls the program of the reference registry."""
_CONFIGURATION = """\
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: %s}}
http: {addr: "127.0.0.1:0"}
"""
_ADDRESS = re.compile(r"listening on (127\.0\.0\.1:\d+)")


def problem() -> str | None:
    """Why there can be no registry here; None if there can."""
    return None if shutil.which(PROGRAM) else f"{PROGRAM} is not installed"


@contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """Run a registry that keeps its images in the folder; yield its address."""
    configuration = folder / "registry.yml"
    configuration.write_text(_CONFIGURATION % (folder / "images"), encoding="utf-8")
    process = subprocess.Popen(
        [PROGRAM, "serve", str(configuration)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
    )
    assert process.stderr is not None
    try:
        printed = ""
        for line in process.stderr:
            printed += line
            if found := _ADDRESS.search(line):
                Thread(target=process.stderr.read, daemon=True).start()  # else it would wait to be read
                yield found[1]
                break
        else:
            raise AssertionError(f"the registry has ended: {printed}")
    finally:
        process.kill()
        process.communicate()
