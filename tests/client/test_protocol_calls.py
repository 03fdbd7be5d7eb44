"""Calls on their way: queued, in flight, late; deadlines, order and bounds."""

import math

import pytest
from protocol_support import (
    PONG,
    WALL_MS,
    answered,
    connect_again,
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

from kucoin_wsapi._actions import Emit, SendPing
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ExceptionEvent
from kucoin_wsapi.exceptions import (
    ConnectionLostError,
    NotReadyError,
    ReplyTimeoutError,
    StaleRequestError,
    TooManyInFlightError,
    TransportError,
)

S = ConnectionState
LOSS = TransportError("the exchange closed the connection")
NOT_READY = [S.IDLE, S.CONNECTING, S.AUTHENTICATING, S.BACKOFF]


def drain(protocol, now, limit=1000):
    """The ids that the owner would write now, one after the other."""
    ids = []
    while len(ids) < limit and (call := protocol.next_to_send(now)) is not None:
        call.written = True
        ids.append(call.id)
    return ids


# Sending


@pytest.mark.parametrize("state", NOT_READY)
def test_nothing_is_sent_before_the_welcome(state):
    """A call is queued, can still be cancelled, and leaves after the welcome."""
    protocol = protocol_in(state)
    call = make_call()

    assert not protocol.submit(call, 0, writable=True)
    assert drain(protocol, 0) == []
    assert not call.future.running()
    if state in (S.IDLE, S.BACKOFF):
        protocol.open(0)
        protocol.expire(0)
    protocol.upgraded(protocol.generation)
    assert drain(protocol, 0) == []
    log_in(protocol, 0)
    assert drain(protocol, 0) == ["r1"]


def test_a_call_is_registered_before_it_is_written():
    """So that an answer finds it however fast it comes; it can no longer be cancelled."""
    protocol = protocol_in(S.READY)
    call = make_call()

    assert protocol.submit(call, 2.5, writable=True)
    assert protocol.calls.in_flight == {"r1": call}
    assert call.future.running()
    assert not call.future.cancel()
    assert (call.sent_at, call.generation, call.written) == (2.5, 1, False)


def test_nobody_overtakes():
    """First in, first out: while one is queued all queue, also when the socket takes more again."""
    protocol = protocol_in(S.READY)
    assert not protocol.submit(make_call("r1"), 0, writable=False)
    for name in ("r2", "r3"):
        assert not protocol.submit(make_call(name), 0, writable=True)

    assert drain(protocol, 0, limit=1) == ["r1"]
    assert not protocol.submit(make_call("r4"), 0, writable=True)
    assert drain(protocol, 0) == ["r2", "r3", "r4"]
    assert protocol.submit(make_call("r5"), 0, writable=True)


def test_the_queue_survives_failed_attempts_and_losses():
    """What was never sent is sent over the next connection, in its order, once."""
    protocol = protocol_in(S.READY)
    for name in ("r1", "r2"):
        protocol.submit(make_call(name), 0, writable=False)
    protocol.lost(1, LOSS, 0)
    protocol.expire(0)
    protocol.lost(2, LOSS, 0)
    assert list(protocol.calls.queued) == ["r1", "r2"]

    connect_again(protocol, 1)

    assert drain(protocol, 1) == ["r1", "r2"]
    assert drain(protocol, 1) == []
    assert {call.generation for call in protocol.calls.in_flight.values()} == {3}


def test_what_was_sent_is_never_sent_again():
    """A loss settles it; the next connection does not know it."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)

    errors = failures(protocol.lost(1, LOSS, 0))
    connect_again(protocol, 0)

    assert type(errors["r1"]) is ConnectionLostError
    assert drain(protocol, 0) == []
    assert len(protocol.calls) == 0


def test_a_loss_of_what_was_not_written_is_not_sent():
    """As long as no byte can have left, repeating is safe."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0, written=False)

    error = failures(protocol.lost(1, LOSS, 0))["r1"]

    assert type(error) is NotReadyError
    assert error.__cause__ is LOSS


def test_a_cancelled_call_leaves_the_queue_and_is_not_sent():
    """``withdraw`` hands it to the caller, once."""
    protocol = protocol_in(S.IDLE)
    for name in ("r1", "r2"):
        protocol.submit(make_call(name), 0, writable=False)

    assert protocol.withdraw("r1")
    assert not protocol.withdraw("r1")
    assert list(protocol.calls.queued) == ["r2"]


def test_a_call_that_is_cancelled_a_moment_before_it_is_sent_is_skipped():
    """The future was cancelled, the connection has not heard of it yet."""
    protocol = protocol_in(S.READY)
    cancelled = make_call("r1")
    protocol.submit(cancelled, 0, writable=False)
    protocol.submit(make_call("r2"), 0, writable=False)
    assert cancelled.future.cancel()

    assert drain(protocol, 0) == ["r2"]
    assert not protocol.withdraw("r1")
    assert list(protocol.calls.in_flight) == ["r2"]


def test_a_sent_call_cannot_be_withdrawn():
    """It may be executed already."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)

    assert not protocol.withdraw("r1")
    assert "r1" in protocol.calls.in_flight


@pytest.mark.parametrize("state", [S.IDLE, S.READY])
def test_no_more_than_max_in_flight_are_open(state):
    """Queued and sent together; a settled one makes room."""
    protocol = protocol_in(state, max_in_flight=3)
    for name in ("r1", "r2", "r3"):
        protocol.submit(make_call(name), 0, writable=True)

    with pytest.raises(TooManyInFlightError, match="3"):
        protocol.submit(make_call("r4"), 0, writable=True)
    if state is S.READY:
        protocol.receive(reply("r1"), 1, WALL_MS)
    else:
        protocol.withdraw("r1")

    protocol.submit(make_call("r5"), 1, writable=True)
    assert len(protocol.calls) == 3


# Deadlines


@pytest.mark.parametrize(
    ("timeout", "max_send_delay", "at", "kind"),
    [
        (2, 3, 2, NotReadyError),
        (3, 3, 3, NotReadyError),
        (10, 3, 3, StaleRequestError),
    ],
    ids=["deadline first", "both at once", "stale first"],
)
@pytest.mark.parametrize("state", NOT_READY)
def test_a_queued_call_expires_as_not_sent(state, timeout, max_send_delay, at, kind):
    """At its deadline as not ready, before that as stale; the reason of the outage is the cause."""
    protocol = protocol_in(state, connect_timeout=60)
    protocol.submit(make_call("r1", timeout=timeout, max_send_delay=max_send_delay), 0, writable=False)
    assert protocol.next_deadline() <= at
    assert failures(protocol.expire(at - 0.01)) == {}

    errors = failures(protocol.expire(at))

    assert type(errors["r1"]) is kind
    if state is S.BACKOFF:
        assert errors["r1"].__cause__ is protocol.reason
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


# Answers


def test_answers_find_their_calls_in_any_order():
    """By id, never by position."""
    protocol = protocol_in(S.READY)
    names = [f"r{number}" for number in range(50)]
    for name in names:
        send(protocol, make_call(name), 0)

    for name in reversed(names):
        assert answered(protocol.receive(reply(name), 1, WALL_MS)) == [(name, False)]
    assert len(protocol.calls) == 0


@pytest.mark.parametrize("name", ["pong", "ping-1", "welcome", '{"id":"r1"}', "r1 ", "R1", "é😀"])
def test_only_the_exact_id_is_the_call(name):
    """Ids that look like messages, words or each other."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    send(protocol, make_call(name), 0)

    assert protocol.receive(PONG, 1, WALL_MS) == []
    assert answered(protocol.receive(reply(name), 1, WALL_MS)) == [(name, False)]
    assert list(protocol.calls.in_flight) == ["r1"]


def assert_told_as_unmatched(actions, request_id):
    """An event, and nothing else."""
    (emitted,) = of_type(Emit, actions)
    assert len(actions) == 1
    assert isinstance(emitted.event, ExceptionEvent)
    assert emitted.event.is_ws_api_response
    assert request_id in str(emitted.event.error)


def test_a_second_answer_to_a_call_settles_nothing():
    """A duplicate, even with another verdict, is an event only."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    protocol.receive(reply("r1"), 1, WALL_MS)

    assert_told_as_unmatched(protocol.receive(reply("r1", "400100"), 1, WALL_MS), "r1")
    assert protocol.state is S.READY


def test_an_answer_to_an_unknown_id_settles_nothing():
    """Nor one to a call that is still queued: it was not sent, so it cannot be its answer."""
    protocol = protocol_in(S.READY)
    protocol.submit(make_call("queued"), 0, writable=False)

    assert_told_as_unmatched(protocol.receive(reply("unknown"), 1, WALL_MS), "unknown")
    assert_told_as_unmatched(protocol.receive(reply("queued"), 1, WALL_MS), "queued")
    assert list(protocol.calls.queued) == ["queued"]


def test_a_late_answer_is_told_as_late_once():
    """Its future has settled; whoever listens still learns what became of the order."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.expire(5)

    assert answered(protocol.receive(reply("r1"), 6, WALL_MS)) == [("r1", True)]
    assert_told_as_unmatched(protocol.receive(reply("r1"), 6, WALL_MS), "r1")


def test_late_answers_are_expected_while_closing_too():
    """But they do not keep it open."""
    protocol = protocol_in(S.READY, close_timeout=60)
    send(protocol, make_call("r1", timeout=5), 0)
    send(protocol, make_call("r2", timeout=9), 0)
    protocol.close(1)
    protocol.expire(5)

    assert answered(protocol.receive(reply("r1"), 6, WALL_MS)) == [("r1", True)]
    assert protocol.state is S.CLOSING
    protocol.expire(9)
    assert protocol.state is S.CLOSED


def test_an_answer_of_an_older_connection_is_not_late_but_unknown():
    """Nothing of a connection survives it."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.expire(5)
    protocol.lost(1, LOSS, 6)
    connect_again(protocol, 6)

    assert_told_as_unmatched(protocol.receive(reply("r1"), 7, WALL_MS), "r1")


def test_a_long_id_is_not_repeated_at_length():
    """What the exchange sends does not fill the log."""
    protocol = protocol_in(S.READY)
    (emitted,) = of_type(Emit, protocol.receive(reply("x" * 100_000), 1, WALL_MS))

    assert len(str(emitted.event.error)) < 200  # type: ignore[union-attr]  # an ExceptionEvent


def test_an_answer_that_is_read_before_its_deadline_is_looked_at_is_in_time():
    """A stopped process reads what lies in the socket first, and expires deadlines afterwards."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)

    assert answered(protocol.receive(reply("r1"), 500, WALL_MS)) == [("r1", False)]
    assert failures(protocol.expire(500)) == {}


# Deadlines of the protocol as a whole


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
            assert (protocol.state, protocol.next_deadline()) == (state, due)


def test_nothing_of_a_protocol_is_told_twice():
    """Actions are handed out once."""
    protocol = protocol_in(S.READY)
    assert event_names(protocol.lost(1, LOSS, 1)) == ["reconnect"]

    assert protocol.lost(1, LOSS, 1) == []
    assert event_names(protocol.expire(1)) == []
