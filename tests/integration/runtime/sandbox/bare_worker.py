"""The worker without its packages, so that a test can start many: it reads its set-up and serves.

What it is told it does as the real one, down to forking a child for every step; the child finds no Alembic.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path


def main() -> None:
    """Serve as `worker.main` does, from the set-up on."""
    spec = spec_from_file_location("worker", Path(sys.argv[1]))
    assert spec is not None
    assert spec.loader is not None
    worker = module_from_spec(spec)
    spec.loader.exec_module(worker)
    worker.prctl(worker.PR_SET_CHILD_SUBREAPER, 1)
    source, target = os.dup(0), os.dup(1)
    if text := worker.read_line(source):
        worker.Worker(json.loads(text), source, target).serve()
        worker.kill_orphans()


if __name__ == "__main__":
    main()
