"""Computing on all cores: the order of the results, and errors."""

from __future__ import annotations

import os
from functools import partial

import pytest

from grader.errors import ConfigurationError
from grader.runs.parallel import WORTH_IT, map_over_cores


def power(base: int, *, exponent: int) -> int:
    return int(base**exponent)


def process(_: int) -> int:
    return os.getpid()


def refuse(item: int) -> int:
    if item == 70:
        raise ConfigurationError(f"{item} is wrong", next_step="Take another.")
    return item


@pytest.mark.parametrize("count", [0, 1, WORTH_IT - 1, WORTH_IT, 3 * WORTH_IT + 1])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    items = list(range(count))
    assert map_over_cores(partial(power, exponent=2), items) == [item**2 for item in items]


def test_few_items_are_computed_in_this_process() -> None:
    assert set(map_over_cores(process, range(WORTH_IT - 1))) == {os.getpid()}


def test_an_error_keeps_its_message_and_next_step() -> None:
    with pytest.raises(ConfigurationError) as caught:
        map_over_cores(refuse, range(100))
    assert (caught.value.message, caught.value.next_step) == ("70 is wrong", "Take another.")
