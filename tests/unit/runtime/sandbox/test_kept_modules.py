"""Modules that were kept are found there, and are what they would be otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import grader.runtime.sandbox

PROGRAM = Path(grader.runtime.sandbox.__file__).with_name("kept_modules.py")
WORKER = """
import sys
sys.path.insert(0, {library!r})

def load_packages():
    import parcel.label
"""
LOOK = """
import importlib.resources, inspect, json, sys
sys.path.insert(0, {library!r})
import parcel.label
import parcel.late

def shown(module):
    spec = module.__spec__
    return {{
        "name": module.__name__,
        "package": module.__package__,
        "file": module.__file__,
        "cached": module.__cached__,
        "path": list(getattr(module, "__path__", [])),
        "origin": spec.origin,
        "parent": spec.parent,
        "code": module.tell.__code__.co_filename,
        "source": inspect.getsource(module),
    }}

print(json.dumps({{
    "modules": [shown(module) for module in (parcel, parcel.label, parcel.late)],
    "text": importlib.resources.files(parcel).joinpath("text.txt").read_text(),
    "main": [__name__, __file__, __spec__, sys.modules["__main__"].__dict__ is globals()],
    "arguments": sys.argv,
    "loaders": [type(module.__loader__).__name__ for module in (parcel, parcel.label, parcel.late)],
    "told": [module.tell() for module in (parcel, parcel.label, parcel.late)],
}}))
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder with a package of three modules."""
    folder = tmp_path / "library"
    (folder / "parcel").mkdir(parents=True)
    for name in ("__init__", "label", "late"):
        (folder / "parcel" / f"{name}.py").write_text("def tell():\n    return 'first'\n")
    (folder / "parcel" / "text.txt").write_text("beside it")
    return folder


@pytest.fixture
def kept(library: Path, tmp_path: Path) -> Path:
    """What was kept of the modules that a worker loads, which is not all of them."""
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER.format(library=str(library)))
    subprocess.run([sys.executable, "-I", PROGRAM, "write", tmp_path / "kept", worker], check=True)
    return tmp_path / "kept"


def look(library: Path, *command: str | Path) -> dict[str, object]:
    """Run the program that tells about the modules."""
    program = library.parent / "look.py"
    program.write_text(LOOK.format(library=str(library)))
    done = subprocess.run(
        [sys.executable, "-I", *command, program, "one", "two"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_kept_module_differs_only_in_its_loader(library: Path, kept: Path) -> None:
    usual = look(library)
    found = look(library, PROGRAM, "run", kept)
    assert found.pop("loaders") == ["KeptLoader", "KeptLoader", "SourceFileLoader"]
    assert usual.pop("loaders") == ["SourceFileLoader"] * 3
    assert found == usual
    assert found["arguments"] == [str(library.parent / "look.py"), "one", "two"]


def test_its_code_is_the_one_that_was_kept(library: Path, kept: Path) -> None:
    for source in (library / "parcel").glob("*.py"):
        source.write_text("def tell():\n    return 'changed since'\n")
    assert look(library, PROGRAM, "run", kept)["told"] == ["first", "first", "changed since"]


def test_nothing_runs_without_what_was_kept(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("print('ran')")
    done = subprocess.run(
        [sys.executable, "-I", PROGRAM, "run", tmp_path / "nowhere", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere" in done.stderr
