"""What the sandbox's image has ready for every container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.runtime.sandbox.container import ContainerSandboxBackend
from tests.integration.sandbox.confined import running

LOADED = """
import json, sys
kept, others = [], []
for name, module in sys.modules.items():
    path = getattr(module, "__file__", None) or ""
    if path.startswith("/opt/packages/") and path.endswith(".py") and module.__spec__.name == name:
        (kept if type(module.__loader__).__name__ == "KeptLoader" else others).append(name)
print(json.dumps([kept, others]))
"""


@pytest.mark.docker
def test_what_the_worker_loads_was_kept(container_sandbox: ContainerSandboxBackend, tmp_path: Path) -> None:
    with running(container_sandbox, tmp_path) as run:
        outcome = run(LOADED)
    kept, others = json.loads(outcome.stdout)
    assert {"alembic.command", "flask_migrate", "psycopg.pq", "sqlalchemy.orm"} <= set(kept)
    assert others == []
