"""What the sandbox's image has ready for every container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.runtime.sandbox.container import ContainerSandboxBackend
from tests.integration.runtime.sandbox.confined import running

NOT_COMPILED = """
import json, sys
def flags(path):
    with open(path, "rb") as compiled:
        return compiled.read(8)[4]
modules = [module for module in sys.modules.values()
           if (getattr(module, "__file__", None) or "").startswith("/opt/packages/")
           and module.__file__.endswith(".py")]
print(json.dumps([len(modules), [module.__name__ for module in modules if flags(module.__cached__) != 1]]))
"""
"""Prints how many modules of packages are loaded, and which of them an import would check (PEP 552)."""


@pytest.mark.docker
def test_packages_are_compiled_and_not_checked(
    container_sandbox: ContainerSandboxBackend, tmp_path: Path
) -> None:
    with running(container_sandbox, tmp_path) as run:
        outcome = run(NOT_COMPILED)
    loaded, others = json.loads(outcome.stdout)
    assert loaded > 200
    assert others == []
