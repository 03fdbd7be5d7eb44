"""When the exchange is asked whether it is there, and when it counts as gone."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi._heartbeat import Heartbeat


def started(now: float = 100.0, interval: float | None = 18.0, timeout: float | None = 10.0) -> Heartbeat:
    """The heartbeat of a connection that was welcomed at ``now``."""
    heartbeat = Heartbeat()
    heartbeat.start(now, interval, timeout)
    return heartbeat


def test_nothing_is_due_without_a_connection():
    """Neither before the welcome nor after the end."""
    heartbeat = Heartbeat()
    assert (heartbeat.ping_at, heartbeat.silent_at) == (math.inf, math.inf)

    heartbeat.start(100, 18, 10)
    heartbeat.pinged(118)
    heartbeat.stop()

    assert (heartbeat.ping_at, heartbeat.silent_at) == (math.inf, math.inf)


def test_the_first_ping_is_due_one_interval_after_the_welcome():
    """As the welcome announced it."""
    assert started().ping_at == 118


def test_what_is_not_announced_is_what_the_exchange_announces_today():
    """18 s between pings, 10 s for the answer."""
    heartbeat = started(interval=None, timeout=None)

    assert (heartbeat.interval, heartbeat.timeout) == (18, 10)


def test_pings_are_at_least_a_second_apart():
    """Faster ones get the connection dropped."""
    assert started(interval=0.05).ping_at == 101


def test_silence_after_a_ping_is_the_end_after_the_timeout():
    """Counted from the ping."""
    heartbeat = started()
    heartbeat.pinged(118)

    assert heartbeat.silent_at == 128


def test_anything_that_comes_in_answers_a_ping():
    """A busy link is a live link; the next ping is due one interval after the last."""
    heartbeat = started()
    heartbeat.pinged(118)
    heartbeat.heard()

    assert (heartbeat.ping_at, heartbeat.silent_at) == (136, math.inf)


def test_what_comes_in_does_not_put_off_the_next_ping():
    """The exchange drops a client that does not ping, however much it is told by the exchange."""
    heartbeat = started()
    heartbeat.heard()

    assert heartbeat.ping_at == 118


def test_no_ping_is_due_while_one_is_outstanding():
    """Also where the answer may take longer than the interval."""
    heartbeat = started(interval=2, timeout=10)
    heartbeat.pinged(102)

    assert (heartbeat.ping_at, heartbeat.silent_at) == (math.inf, 112)


def test_an_answer_later_than_the_interval_makes_the_next_ping_due_at_once():
    """The interval is counted from ping to ping."""
    heartbeat = started(interval=2, timeout=10)
    heartbeat.pinged(102)
    heartbeat.heard()

    assert heartbeat.ping_at == 104


def test_an_overdue_answer_makes_a_ping_due_at_once():
    """The client finds out whether anybody is there instead of waiting for the next round."""
    heartbeat = started()
    heartbeat.probe(105)

    assert heartbeat.ping_at == 105


def test_overdue_answers_do_not_make_pings_faster_than_one_a_second():
    """A thousand timeouts in a row must not get the connection dropped."""
    heartbeat = started()
    heartbeat.pinged(118)
    heartbeat.heard()
    heartbeat.probe(118.2)

    assert heartbeat.ping_at == 119


def test_a_probe_never_puts_a_ping_off():
    """When the next ping is due sooner anyway."""
    heartbeat = started()
    heartbeat.probe(117.9)
    heartbeat.probe(130)

    assert heartbeat.ping_at == pytest.approx(117.9)


def test_a_probe_changes_nothing_while_a_ping_is_outstanding_or_without_a_connection():
    """The ping that is out answers the question."""
    outstanding, stopped = started(), Heartbeat()
    outstanding.pinged(118)
    outstanding.probe(119)
    stopped.probe(119)

    assert (outstanding.ping_at, outstanding.silent_at) == (math.inf, 128)
    assert stopped.ping_at == math.inf


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.floats(0.1, 60),
    st.floats(0.1, 60),
    st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["heard", "probe", "look"])), max_size=60),
)
def test_while_connected_exactly_one_of_ping_and_silence_is_due(interval, timeout, steps):
    """Whatever happens: no two pings outstanding, none closer than a second, none later than the interval."""
    heartbeat, now, last_ping = started(0.0, interval, timeout), 0.0, 0.0
    for pause, step in steps:
        now += pause
        if step == "heard":
            heartbeat.heard()
        elif step == "probe":
            heartbeat.probe(now)
        elif now >= heartbeat.ping_at:
            assert now - last_ping >= min(1.0, heartbeat.interval) - 1e-9 or last_ping == 0.0
            heartbeat.pinged(now)
            last_ping = now

        assert (heartbeat.ping_at == math.inf) != (heartbeat.silent_at == math.inf)
        if heartbeat.ping_at != math.inf:
            assert heartbeat.ping_at <= last_ping + heartbeat.interval + 1e-9
