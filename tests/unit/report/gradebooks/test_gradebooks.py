"""The list of gradebooks: it names the modules of the package, and each has its own options."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from grader.report import gradebooks
from grader.report.gradebooks import GRADEBOOKS, load
from grader.report.gradebooks.interface import ExportOptions

SHARED = {"__init__", "interface", "export"}


def test_the_list_names_every_module_of_the_package() -> None:
    folder = Path(gradebooks.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - SHARED == set(GRADEBOOKS)


def test_an_option_belongs_to_one_gradebook() -> None:
    own = [option for name in GRADEBOOKS if (option := load(name).own_option) is not None]
    assert len(own) == len(set(own))
    assert set(own) <= {item.name for item in fields(ExportOptions)}
