"""Sorted numbers against a sorted list."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from kucoin_wsapi.sandbox.sorted_numbers import LONGEST, SortedNumbers


@pytest.mark.parametrize("seed", range(5))
def test_it_is_a_sorted_list(seed: int) -> None:
    """Through growth over many chunks, and back to nothing."""
    random = Random(seed)
    numbers = [Decimal(number) / 10 for number in random.sample(range(100_000), 4 * LONGEST)]
    sorted_numbers = SortedNumbers()
    inside: set[Decimal] = set()

    assert sorted_numbers.last() is None
    for number in numbers:
        sorted_numbers.add(number)
        inside.add(number)
        if random.random() < 0.3:
            gone = random.choice(sorted(inside)[-3:] + sorted(inside)[:3])
            sorted_numbers.remove(gone)
            inside.remove(gone)
        assert sorted_numbers.last() == max(inside, default=None)
    assert list(reversed(sorted_numbers)) == sorted(inside, reverse=True)

    for number in random.sample(sorted(inside), len(inside)):
        sorted_numbers.remove(number)
        inside.remove(number)
        assert sorted_numbers.last() == max(inside, default=None)
    assert list(reversed(sorted_numbers)) == []
