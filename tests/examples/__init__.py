"""The exercises in `examples/`: answers to them, right and wrong, and what each must get.

A wrong answer is the reference solution with the changes that `wrong_answers.toml` lists.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.report.model import GradeReport

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("shop", "bookings", "library")
REFERENCE = "reference"
TEMPLATE = "template"


@dataclass(frozen=True)
class Answer:
    """One submission for one of the exercises."""

    name: str
    """The name of the submission's folder."""
    why: str
    """What is special about it, in a sentence."""
    files: Mapping[str, bytes]
    """The files, by their paths in the submission."""
    loses: Mapping[str, str]
    """Criteria that do not pass, each with its status and its points: `failed 2.5`."""

    def write(self, folder: Path) -> Path:
        """Write the files into a folder, and return it."""
        for path, content in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder


def assignment_of(exercise: str) -> Path:
    """The assignment file of an exercise."""
    return EXAMPLES / exercise / "assignment.toml"


def answers_to(exercise: str) -> tuple[Answer, ...]:
    """All answers: the reference solution, the unchanged template, and the wrong answers."""
    template = Answer(TEMPLATE, "Nothing was done.", _files(EXAMPLES / exercise / TEMPLATE), {})
    return reference(exercise), template, *wrong_answers(exercise)


def reference(exercise: str) -> Answer:
    """The reference solution: it passes everything."""
    return Answer(REFERENCE, "All is right.", _files(EXAMPLES / exercise / REFERENCE), {})


def wrong_answers(exercise: str) -> tuple[Answer, ...]:
    """The wrong answers to an exercise."""
    text = (EXAMPLES / exercise / "wrong_answers.toml").read_text(encoding="utf-8")
    return tuple(
        Answer(name, item["why"], _changed(exercise, item["changes"]), item["loses"])
        for name, item in tomllib.loads(text).items()
    )


def differences(answer: Answer, report: GradeReport) -> list[str]:
    """Each thing of a report that is not as the answer states it, in words."""
    stated = {item.id: f"passed {item.max_points:g}" for item in report.criteria} | dict(answer.loses)
    lines = [f"the report says: {report.error}"] if report.error else []
    lines += [f"flagged as {flag.id}: {flag.message}" for flag in report.flags]
    return lines + [
        f"{item.id}: expected {stated[item.id]}, found {item.status} {item.points:g}"
        for item in report.criteria
        if stated[item.id] != f"{item.status} {item.points:g}"
    ]


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _changed(exercise: str, changes: list[dict[str, Any]]) -> dict[str, bytes]:
    """The files of the reference solution, with the changes: each replaces a text, or leaves a file out."""
    files = _files(EXAMPLES / exercise / REFERENCE)
    for change in changes:
        path = change["file"]
        if change.get("delete"):
            del files[path]
            continue
        text = files[path].decode()
        if change["old"] not in text:
            raise ValueError(f"{exercise}: {path} does not hold {change['old']!r}")
        files[path] = text.replace(change["old"], change["new"]).encode()
    return files
