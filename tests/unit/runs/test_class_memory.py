"""Reduced results are enough for the files of the class, and small."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from msgspec.json import decode, encode

from grader.report import files as report_files
from grader.report.details import ReportDetails
from grader.report.formats import FORMATS
from grader.report.formats.interface import Batch
from grader.report.model import GradeReport
from grader.runs.class_memory import ClassMemory, ReducedResult
from grader.runs.graded import Graded
from grader.runs.report_writer import write_submission_files
from tests.unit.observation_builders import assignment, exits_at_once, untouched
from tests.unit.saved_folders import a_class, graded


def remembered(results: list[Graded], out: Path) -> list[ReducedResult]:
    memory = ClassMemory(out, assignment())
    for item in results:
        write_submission_files(item, out / item.report.submission.id, ["md"])
    return [memory.reduce(item) for item in results]


def test_the_files_of_the_class_are_the_same(tmp_path: Path) -> None:
    results = a_class()
    kept = remembered(results, tmp_path)
    lean = Batch(
        [(item.report, item.details) for item in kept],
        whole=lambda: ClassMemory(tmp_path, assignment()).whole_reports(kept),
    )
    whole = Batch([(item.report, item.details) for item in results])
    assert report_files.of_batch(lean, FORMATS) == report_files.of_batch(whole, FORMATS)


def test_whole_reports_are_read_from_disk(tmp_path: Path) -> None:
    results = a_class()
    kept = remembered(results, tmp_path)
    assert list(ClassMemory(tmp_path, assignment()).whole_reports(kept)) == [item.report for item in results]


def sizes(value: object, seen: set[int]) -> Iterator[int]:
    """The sizes in bytes of a value and of everything in it, each object once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield sys.getsizeof(value)
    if is_dataclass(value):
        yield sys.getsizeof(vars(value))
        for item in fields(value):
            yield from sizes(getattr(value, item.name), seen)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from sizes(item, seen)


def test_a_thousand_similar_results_take_little_memory(tmp_path: Path) -> None:
    memory = ClassMemory(tmp_path, assignment())
    kinds = [graded(seen(), assignment()) for seen in (untouched, exits_at_once)]
    saved = [(encode(item.report), encode(item.details)) for item in kinds]
    kept = []
    for number in range(1100):
        report, details = saved[number % 2]  # read anew, two results have no value in common
        read = decode(report, type=GradeReport)
        read = replace(read, submission=replace(read.submission, id=f"s{number}"))
        kept.append(memory.reduce(Graded(read, None, details=decode(details, type=ReportDetails))))
        if number == 99:
            first = sum(sizes(kept, set()))
    assert (sum(sizes(kept, set())) - first) / 1000 < 3000
