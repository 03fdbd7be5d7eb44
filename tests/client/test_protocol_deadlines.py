"""Deadlines: of calls in the queue and in flight, and of the protocol as a whole."""

import math

import pytest
from protocol_support import (
    LOSS,
    WAITING,
    WALL_MS,
    answered,
    drain,
    event_names,
    failures,
    log_in,
    make_call,
    make_protocol,
    of_type,
    protocol_in,
    reply,
    send,
)

from kucoin_wsapi._actions import SendPing
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.exceptions import (
    NotReadyError,
    ReplyTimeoutError,
    StaleRequestError,
)

S = ConnectionState


@pytest.mark.parametrize(
    ("timeout", "max_send_delay", "at", "kind"),
    [
        (2, 3, 2, NotReadyError),
        (3, 3, 3, NotReadyError),
        (10, 3, 3, StaleRequestError),
    ],
    ids=["deadline first", "both at once", "stale first"],
)
@pytest.mark.parametrize("state", WAITING)
def test_a_queued_call_expires_as_not_sent(state, timeout, max_send_delay, at, kind):
    """At its deadline as not ready, before that as stale; the reason of the outage is the cause."""
    protocol = protocol_in(state, connect_timeout=60)
    protocol.submit(make_call("r1", timeout=timeout, max_send_delay=max_send_delay), 0, writable=False)
    assert protocol.next_deadline() <= at
    assert failures(protocol.expire(at - 0.01)) == {}

    errors = failures(protocol.expire(at))

    assert type(errors["r1"]) is kind
    if state is S.BACKOFF:
        assert errors["r1"].__cause__ is protocol.life.reason
        assert "refused" in str(errors["r1"])
    assert len(protocol.calls) == 0


def test_a_stale_call_is_not_sent_by_a_welcome_that_comes_too_late():
    """Also when nobody has looked at the clock in between."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.submit(make_call("stale"), 0, writable=False)
    protocol.submit(make_call("fresh", now=2), 2, writable=False)
    log_in(protocol, 3)

    assert drain(protocol, 3) == []
    assert {name: type(error) for name, error in failures(protocol.expire(3)).items()} == {
        "stale": StaleRequestError
    }
    assert drain(protocol, 3) == ["fresh"]


@pytest.mark.parametrize(
    ("now", "kind"), [(3, StaleRequestError), (10, NotReadyError)], ids=["max_send_delay", "deadline"]
)
def test_a_call_that_reaches_a_ready_connection_too_late_is_not_sent(now, kind):
    """Its thread was stopped on its way here, as a suspended process is."""
    protocol = protocol_in(S.READY)

    assert not protocol.submit(make_call("r1"), now, writable=True)
    assert drain(protocol, now) == []
    assert protocol.next_deadline() <= now
    assert type(failures(protocol.expire(now))["r1"]) is kind


def test_an_answer_that_does_not_come_is_unknown_at_the_deadline():
    """The future raises at its deadline; the exchange is asked at once whether it is there."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    assert protocol.next_deadline() <= 5
    assert protocol.expire(4.9) == []

    actions = protocol.expire(5)

    assert type(failures(actions)["r1"]) is ReplyTimeoutError
    assert len(protocol.calls) == 0
    assert of_type(SendPing, [*actions, *protocol.expire(5)]) == [SendPing(1, "ping-1")]
    assert protocol.next_deadline() == 15, "and the connection is given up when nothing comes"


def test_a_frame_that_the_socket_did_not_take_expires_as_not_sent():
    """Claimed, in flight, not a byte written: the exchange cannot have seen it, and no ping is needed."""
    protocol = protocol_in(S.READY)
    call = send(protocol, make_call("r1", timeout=5), 0, written=False)

    actions = protocol.expire(5)

    assert type(failures(actions)["r1"]) is NotReadyError
    assert of_type(SendPing, [*actions, *protocol.expire(5)]) == []
    assert call.id not in protocol.calls.in_flight, "which tells the owner to forget the frame"


def test_max_send_delay_means_nothing_to_what_was_sent():
    """Only the deadline does."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)

    assert failures(protocol.expire(9.9)) == {}
    assert list(failures(protocol.expire(10))) == ["r1"]


def test_deadlines_expire_in_their_order():
    """Not in the order of the calls."""
    protocol = protocol_in(S.READY)
    for name, timeout in (("late", 9), ("early", 7), ("middle", 8)):
        send(protocol, make_call(name, timeout=timeout, max_send_delay=60), 0)

    assert list(failures(protocol.expire(9))) == ["early", "middle", "late"]


def test_a_call_before_its_deadline_is_not_expired_with_the_others():
    """Neither in the queue nor in flight."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    send(protocol, make_call("r2", timeout=6), 0)
    protocol.submit(make_call("r3", timeout=5), 0, writable=False)
    protocol.submit(make_call("r4", timeout=60, max_send_delay=50), 0, writable=False)

    assert set(failures(protocol.expire(5.5))) == {"r3", "r1"}
    assert len(protocol.calls) == 2


def test_an_idle_protocol_waits_for_nothing():
    """No wake-ups without a reason."""
    assert make_protocol().next_deadline() == math.inf
    assert protocol_in(S.CLOSED).next_deadline() == math.inf


@pytest.mark.parametrize("state", list(S))
def test_expiring_removes_every_deadline_that_has_passed(state):
    """Else the loop would spin."""
    protocol = protocol_in(state)
    for number in range(3):
        if state not in (S.CLOSING, S.CLOSED):
            protocol.submit(make_call(f"r{number}", timeout=number + 1), 0, writable=number > 0)

    for now in (1.0, 2.0, 5.0, 20.0, 40.0):
        for _ in range(5):
            protocol.expire(now)
        assert protocol.next_deadline() > now


def test_expiring_too_early_changes_nothing():
    """The loop wakes for many reasons."""
    for state in S:
        protocol = protocol_in(state)
        due = protocol.next_deadline()
        if due > 0.01:
            assert protocol.expire(0.01) == []
            assert (protocol.life.state, protocol.next_deadline()) == (state, due)


def test_nothing_of_a_protocol_is_told_twice():
    """Actions are handed out once."""
    protocol = protocol_in(S.READY)
    assert event_names(protocol.life.lost(1, LOSS, 1)) == ["reconnect"]

    assert protocol.life.lost(1, LOSS, 1) == []
    assert event_names(protocol.expire(1)) == []


def test_a_suspension_ages_what_waits_and_probes_what_stands():
    """What would be stale by now is not sent; what has time left, or may have left already, stays."""
    protocol = protocol_in(S.READY)
    written = send(protocol, make_call("written", max_send_delay=5), 0)
    unwritten = send(protocol, make_call("unwritten", max_send_delay=5), 0, written=False)
    queued = make_call("queued", max_send_delay=5)
    patient = make_call("patient", timeout=600, max_send_delay=600)
    for call in (queued, patient):
        protocol.submit(call, 0, writable=False)

    actions = protocol.woken(1.0, 300.0)

    errors = failures(actions)
    assert sorted(errors) == [queued.id, unwritten.id]
    assert {type(error) for error in errors.values()} == {StaleRequestError}
    assert drain(protocol, 1.0) == [patient.id]
    assert [type(action) for action in protocol.expire(1.0)] == [SendPing]
    assert answered(protocol.receive([reply(written.id)], 1.5, WALL_MS)) == [(written.id, False)]
