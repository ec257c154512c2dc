"""The goals of the project for speed, memory and detection, and whether the figures meet them.

A goal without figures is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.contenders import CONFINED, FLOOR, NAIVE, NAIVE_BETWEEN, PROOF
from benchmarks.results import Figure, Results

SINGLE_OF_NAIVE = 1 / 6
CLASS_OF_NAIVE = 1 / 10
OF_FLOOR = 1.5
OF_SHORT_CHAIN = 45.0
CLASS = 20
LARGE_CLASS = 200
LONG_CHAIN = 120
SHORT_CHAIN = 3
MEGABYTE = 1024 * 1024
PEAK_BYTES = 200 * MEGABYTE
PROVEN = 60
"""Answers of a proof that is compared with the naive script."""
FEWER_PROVEN = 20
PROOF_SECONDS = 180.0
"""For all answers of the proof of the exercise's rubric, from a cold start on two cores."""
SAME = 1.1
"""Two figures count as equal up to this ratio: runs on an idle machine differ by some percent."""


@dataclass(frozen=True)
class Goal:
    """One goal."""

    what: str
    wanted: str
    measured: str
    """Empty if it was not measured."""
    met: bool | None
    """None if it was not measured."""


def goals(results: Results) -> tuple[Goal, ...]:
    """All goals, in the order of the tables."""
    return (*_speed(results), *_growth(results), *_memory(results), *_proof(results), *_detection(results))


def _speed(results: Results) -> Iterator[Goal]:
    single = results.figure(CONFINED.name)
    whole_class = results.figure(CONFINED.name, submissions=CLASS, jobs=2)
    naive, floor = results.figure(NAIVE), results.figure(FLOOR)
    yield _ratio("one submission, against the naive script", single, naive, SINGLE_OF_NAIVE)
    between = results.figure(NAIVE_BETWEEN)
    yield _ratio(
        f"each of {CLASS}, two at once, against the naive script", whole_class, between, CLASS_OF_NAIVE
    )
    yield _ratio("one submission, against the floor", single, floor, OF_FLOOR)


def _growth(results: Results) -> Iterator[Goal]:
    short = results.figure(CONFINED.name, revisions=SHORT_CHAIN)
    long = results.figure(CONFINED.name, revisions=LONG_CHAIN)
    yield _ratio(f"{LONG_CHAIN} revisions, against {SHORT_CHAIN}", long, short, OF_SHORT_CHAIN)
    small = results.figure(CONFINED.name, submissions=CLASS, jobs=2)
    large = results.figure(CONFINED.name, submissions=LARGE_CLASS, jobs=2)
    yield _ratio(f"each of {LARGE_CLASS}, against each of {CLASS}", large, small, SAME)


def _memory(results: Results) -> Iterator[Goal]:
    small = results.figure(CONFINED.name, submissions=CLASS, jobs=2)
    large = results.figure(CONFINED.name, submissions=LARGE_CLASS, jobs=2)
    peak = large.peak_bytes if large else None
    yield Goal(
        f"memory of the grader's process, class of {LARGE_CLASS}",
        f"less than {PEAK_BYTES // MEGABYTE} MB",
        "" if peak is None else f"{peak / MEGABYTE:.0f} MB",
        None if peak is None else peak < PEAK_BYTES,
    )
    yield _memory_ratio(f"that memory, against a class of {CLASS}", large, small)


def _proof(results: Results) -> Iterator[Goal]:
    some = results.figure(PROOF, submissions=PROVEN, jobs=2)
    fewer = results.figure(PROOF, submissions=FEWER_PROVEN, jobs=2)
    between = results.figure(NAIVE_BETWEEN)
    yield _ratio(
        f"each of {PROVEN} answers of a proof, against the naive script", some, between, CLASS_OF_NAIVE
    )
    yield _memory_ratio(f"memory of that proof, against one of {FEWER_PROVEN} answers", some, fewer)
    whole = [item for item in results.figures if item.contender == PROOF and item.submissions > PROVEN]
    seconds = whole[0].seconds if whole else None
    yield Goal(
        "the whole proof of the exercise's rubric",
        f"less than {PROOF_SECONDS:g} s",
        "" if seconds is None else f"{seconds:.0f} s",
        None if seconds is None else seconds < PROOF_SECONDS,
    )


def _detection(results: Results) -> Iterator[Goal]:
    mine = [item for item in results.detections if item.tool.startswith("grader")]
    if results.planted is None or not mine:
        yield Goal("planted faults found", "all", "", None)
        yield Goal("right answers flagged", "none", "", None)
        return
    planted = sum(len(names) for names in results.planted.faults.values())
    some = "" if results.planted.whole_catalogue else " (a sample)"
    found, flagged = len(mine[0].found), len(mine[0].flagged)
    yield Goal("planted faults found", "all", f"{found} of {planted}{some}", found == planted)
    right = len(results.planted.right)
    yield Goal("right answers flagged", "none", f"{flagged} of {right}{some}", flagged == 0)


def _memory_ratio(what: str, figure: Figure | None, against: Figure | None) -> Goal:
    """A goal that limits the memory of the grader's process to that of another figure."""
    peaks = [item.peak_bytes for item in (figure, against) if item is not None and item.peak_bytes]
    if len(peaks) < 2:  # noqa: PLR2004 - both of them
        return Goal(what, f"at most {SAME:g} times", "", None)
    ratio = peaks[0] / peaks[1]
    return Goal(what, f"at most {SAME:g} times", f"{ratio:.2f} times", ratio <= SAME)


def _ratio(what: str, figure: Figure | None, against: Figure | None, most: float) -> Goal:
    """A goal that limits the time of one submission to a multiple of another figure."""
    wanted = f"at most 1/{1 / most:g}" if most < 1 else f"at most {most:g} times"
    if figure is None or against is None:
        return Goal(what, wanted, "", None)
    ratio = figure.each / against.each
    return Goal(what, wanted, as_ratio(ratio), ratio <= most)


def as_ratio(ratio: float) -> str:
    """A ratio as text: `1/7.2`, `1.31 times`."""
    return f"1/{1 / ratio:.1f}" if ratio < 1 else f"{ratio:.2f} times"
