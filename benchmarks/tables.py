"""Tables that read well in a terminal and are Markdown as well."""

from __future__ import annotations

from collections.abc import Sequence

_NUMBERS = frozenset("0123456789")


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table; columns of which every filled cell begins with a digit are set to the right.

    Raises:
        ValueError: a row has another number of cells than there are headers.
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
