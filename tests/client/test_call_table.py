"""Where calls are: queued, in flight, remembered; and how much of that is kept."""

import math

from protocol_support import make_call

from kucoin_wsapi._call_table import CallTable


def dispatched(table: CallTable, name: str, *, timeout: float = 10.0) -> None:
    """A call that was sent at 0."""
    call = make_call(name, timeout=timeout, max_send_delay=timeout)
    assert call.claim()
    table.dispatch(call, 0.0, 1)
    call.written = True


def test_a_call_is_in_one_table_at_a_time():
    """Taking it out of one is what gives the right to put it into the next, or to settle it."""
    table = CallTable()
    call = make_call("r1")
    table.enqueue(call)
    assert (list(table.queued), list(table.in_flight), len(table)) == (["r1"], [], 1)

    assert table.next_claimed(0) is call
    assert (list(table.queued), list(table.in_flight), len(table)) == (["r1"], [], 1)
    table.dispatch(call, 1.5, 4)
    assert (list(table.queued), list(table.in_flight), len(table)) == ([], ["r1"], 1)
    assert (call.sent_at, call.generation) == (1.5, 4)

    assert table.answered("r1") == (call, False)
    assert len(table) == 0
    assert table.answered("r1") is None


def test_the_next_deadline_is_the_earliest_of_what_is_pending():
    """A queued call counts with its staleness, a sent one with its deadline; a settled one not at all."""
    table = CallTable()
    assert table.next_deadline() == math.inf
    dispatched(table, "r1", timeout=8)
    table.enqueue(make_call("r2", timeout=20))
    table.enqueue(make_call("r3", timeout=1))
    assert table.next_deadline() == 1

    table.queued.pop("r3")
    assert table.next_deadline() == 3
    table.queued.pop("r2")
    assert table.next_deadline() == 8
    table.answered("r1")
    assert table.next_deadline() == math.inf


def test_an_entry_of_the_queue_does_not_expire_a_call_in_flight():
    """The staleness of the queue is over once the call was sent."""
    table = CallTable()
    call = make_call("r1")
    table.enqueue(call)
    table.next_claimed(0)
    table.dispatch(call, 0, 1)
    call.written = True

    assert table.take_expired(3) == []
    assert table.next_deadline() == 10
    assert table.take_expired(10) == [call]


def test_only_so_many_late_answers_are_expected():
    """The oldest are forgotten: a client that is never answered does not grow."""
    table = CallTable()
    for number in range(5000):
        table.remember(make_call(f"r{number}"))

    assert table.answered("r0") is None
    assert table.answered("r903") is None
    late = table.answered("r904")
    assert late is not None
    assert late[1]
    assert sum(table.answered(f"r{number}") is not None for number in range(5000)) == 4095


def test_the_end_of_a_connection_ends_the_wait_for_its_late_answers():
    """None can come any more."""
    table = CallTable()
    table.remember(make_call("late"))
    dispatched(table, "r1")

    assert [call.id for call in table.take_in_flight()] == ["r1"]
    assert table.answered("late") is None


def test_settled_calls_do_not_pile_up_as_deadlines():
    """A million answered orders leave nothing behind, neither in the tables nor in the heap."""
    table = CallTable()
    dispatched(table, "pending", timeout=500)
    for number in range(20_000):
        dispatched(table, f"r{number}", timeout=100)
        table.answered(f"r{number}")

    assert len(table._deadlines) < 2000
    assert len(table) == 1
    assert [call.id for call in table.take_expired(1000)] == ["pending"]


def test_calls_leave_the_queue_in_order_and_only_in_time():
    """A stale one at the head waits for its expiry, so that those behind it do not overtake it."""
    table = CallTable()
    for name, max_send_delay in (("r1", 5.0), ("r2", 1.0), ("r3", 5.0)):
        table.enqueue(make_call(name, max_send_delay=max_send_delay))

    first = table.next_claimed(2)
    assert first is not None
    assert first.id == "r1"
    table.dispatch(first, 2, 1)
    assert table.next_claimed(2) is None
    assert [call.id for call in table.take_expired(2)] == ["r2"]
    third = table.next_claimed(2)
    assert third is not None
    assert third.id == "r3"


def test_take_queued_leaves_nothing():
    """In the order of the queue."""
    table = CallTable()
    for name in ("r1", "r2"):
        table.enqueue(make_call(name))

    assert [call.id for call in table.take_queued()] == ["r1", "r2"]
    assert len(table) == 0
    assert table.next_claimed(0) is None
