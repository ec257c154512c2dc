"""Renders the results as Markdown: the goals first, then ratios, then seconds and memory.

The tables can also be read in a terminal. Must not know how anything was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.cold import COLD, NAIVE_COLD
from benchmarks.contenders import CONFINED, FLOOR, NAIVE, NAIVE_BETWEEN
from benchmarks.goals import MEGABYTE, as_ratio, goals
from benchmarks.results import Figure, Results

_WORDS = {True: "met", False: "not met", None: "not measured"}
_UNKNOWN = ""
_NUMBERS = frozenset("0123456789")


def page(results: Results) -> str:
    """All tables of a run, without the empty ones."""
    sections = (
        ("Goals", _goals(results)),
        ("One submission, three revisions", _single(results)),
        ("Longer chains, one submission", _chains(results)),
        ("Classes, three revisions each", _classes(results)),
        ("From nothing to a verdict", _cold(results)),
        ("Planted faults found, and right answers flagged", _detections(results)),
        ("Judging saved submissions again", _regrading(results)),
        ("Left out", "\n".join(f"- {item.splitlines()[0]}" for item in results.left_out)),
        ("Where", "\n".join(f"- {name}: {value}" for name, value in results.machine.items())),
    )
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in sections if text) + "\n"


def _goals(results: Results) -> str:
    return table(
        ("goal", "wanted", "measured", "verdict"),
        [(goal.what, goal.wanted, goal.measured, _WORDS[goal.met]) for goal in goals(results)],
    )


def _single(results: Results) -> str:
    figures = [
        item
        for item in results.figures
        if (item.revisions, item.submissions) == (3, 1) and item.contender not in (NAIVE_BETWEEN, *COLD)
    ]
    naive, floor = results.figure(NAIVE), results.figure(FLOOR)
    headers = ("", "of the naive script", "of the floor", "seconds", "fastest to slowest", "memory")
    return _table(
        headers, [(item.contender, *_ratios(item, naive, floor), *_plain(item)) for item in figures]
    )


def _chains(results: Results) -> str:
    figures = [item for item in results.figures if item.submissions == 1 and item.revisions > 3]  # noqa: PLR2004
    rows = [
        (
            item.contender,
            str(item.revisions),
            *_ratios(
                item,
                results.figure(NAIVE, revisions=item.revisions),
                results.figure(FLOOR, revisions=item.revisions),
                results.figure(item.contender),
            ),
            *_plain(item),
        )
        for item in sorted(figures, key=lambda item: item.revisions)
    ]
    headers = ("", "revisions", "of the naive script", "of the floor", "of its own three")
    return _table((*headers, "seconds", "fastest to slowest", "memory"), rows)


def _classes(results: Results) -> str:
    naive = results.figure(NAIVE_BETWEEN)
    rows = [
        (
            item.contender,
            str(item.submissions),
            str(item.jobs),
            *_ratios(item, naive, results.figure(item.contender)),
            *_plain(item),
        )
        for item in results.figures
        if item.submissions > 1 or item == naive
    ]
    headers = ("", "class", "at once", "each, of the naive script", "each, of one alone")
    return _table((*headers, "seconds each", "fastest to slowest", "memory"), rows)


def _cold(results: Results) -> str:
    naive = results.figure(NAIVE_COLD)
    figures = [item for item in results.figures if item.contender in COLD]
    rows = [(item.contender, *_ratios(item, naive), *_plain(item)) for item in figures]
    headers = ("", "of the naive script from nothing", "seconds", "fastest to slowest", "memory")
    return _table(headers, rows)


def _detections(results: Results) -> str:
    if results.planted is None or not results.detections:
        return ""
    rows = [
        (kind, *(_share(names, item.found) for item in results.detections))
        for kind, names in results.planted.faults.items()
    ]
    every = [name for names in results.planted.faults.values() for name in names]
    rows.append(("**all faults: found**", *(_share(every, item.found) for item in results.detections)))
    right = results.planted.right
    rows.append(("**right answers: flagged**", *(_share(right, item.flagged) for item in results.detections)))
    return table(("", *(item.tool for item in results.detections)), rows)


def _regrading(results: Results) -> str:
    if not results.regrading:
        return ""
    seconds = sorted(results.regrading)
    return table(
        ("submissions", "seconds", "fastest to slowest"),
        [
            (
                str(results.regraded),
                f"{seconds[len(seconds) // 2]:.2f}",
                f"{seconds[0]:.2f} to {seconds[-1]:.2f}",
            )
        ],
    )


def _ratios(figure: Figure, *others: Figure | None) -> Iterator[str]:
    """The time of a submission as a multiple of other figures; empty for the figure itself."""
    for other in others:
        yield _UNKNOWN if other is None or other == figure else as_ratio(figure.each / other.each)


def _plain(figure: Figure) -> tuple[str, str, str]:
    peak = _UNKNOWN if figure.peak_bytes is None else f"{figure.peak_bytes / MEGABYTE:.0f} MB"
    spread = f"{figure.fastest:.2f} to {figure.slowest:.2f}" if len(figure.runs) > 1 else "one run"
    return f"{figure.each:.2f}", spread, peak


def _share(names: Sequence[str], chosen: Sequence[str]) -> str:
    return f"{len(set(names) & set(chosen))} of {len(names)}"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with the form of the grader that the goals are about in bold."""
    shown = [(f"**{row[0]}**" if row[0] == CONFINED.name else row[0], *row[1:]) for row in rows]
    return table(headers, shown) if shown else ""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table. A column is aligned right if every filled cell begins with a digit.

    Raises:
        ValueError: a row and the headers have different numbers of cells.
    """
    if any(len(row) != len(headers) for row in rows):
        raise ValueError("every row of a table has one cell for each header")
    columns = list(zip(headers, *rows, strict=True))
    widths = [max(3, *map(len, column)) for column in columns]
    right = [all(not cell or cell[0] in _NUMBERS for cell in column[1:]) for column in columns]

    def line(cells: Sequence[str]) -> str:
        laid = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return f"| {' | '.join(laid)} |"

    rule = [
        f"{'-' * (width - 1)}:" if to_right else "-" * width
        for width, to_right in zip(widths, right, strict=True)
    ]
    return "\n".join([line(headers), f"| {' | '.join(rule)} |", *map(line, rows)])
