"""When something is due: by time, whatever the order in which it was asked for."""

import math

from hypothesis import given
from hypothesis import strategies as st

from kucoin_wsapi._deadlines import Deadlines

TIMES = st.integers(0, 50)


def test_nothing_is_due_where_nothing_waits():
    """Never is infinity."""
    deadlines = Deadlines(lambda call_id: True)

    assert deadlines.next() == math.inf
    assert deadlines.take_due(1e9) is None


@given(st.lists(st.tuples(TIMES, st.booleans()), max_size=60), TIMES)
def test_what_is_pending_falls_due_by_its_time(entries, now):
    """As sorting would have it; what is not pending any more is never seen."""
    pending = {f"r{number}" for number, (_, alive) in enumerate(entries) if alive}
    deadlines = Deadlines(pending.__contains__)
    for number, (when, _) in enumerate(entries):
        deadlines.add(float(when), f"r{number}")
    expected = sorted(when for when, alive in entries if alive)
    assert deadlines.next() == (expected[0] if expected else math.inf)

    due = []
    while (call_id := deadlines.take_due(now)) is not None:
        due.append(call_id)

    assert [entries[int(call_id[1:])][0] for call_id in due] == [when for when in expected if when <= now]
    assert set(due) <= pending


def test_one_that_waits_for_long_does_not_keep_those_behind_it():
    """Ten thousand have come and gone behind one that is not answered: few entries are left of them."""
    pending = {"first"}
    deadlines = Deadlines(pending.__contains__)
    deadlines.add(5.0, "first")
    for number in range(10_000):
        deadlines.add(6.0 + number, f"r{number}")

    assert len(deadlines) < 2000
    assert deadlines.next() == 5.0
