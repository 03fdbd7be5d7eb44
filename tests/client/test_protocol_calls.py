"""Calls on their way to the socket: queued, claimed, sent; their order and their bounds."""

import pytest
from protocol_support import (
    LOSS,
    WAITING,
    WALL_MS,
    connect_again,
    drain,
    failures,
    log_in,
    make_call,
    protocol_in,
    reply,
    send,
)

from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.exceptions import (
    ConnectionLostError,
    NotReadyError,
    TooManyInFlightError,
)

S = ConnectionState


@pytest.mark.parametrize("state", WAITING)
def test_nothing_is_sent_before_the_welcome(state):
    """A call is queued, can still be cancelled, and leaves after the welcome."""
    protocol = protocol_in(state)
    call = make_call()

    assert not protocol.submit(call, 0, writable=True)
    assert drain(protocol, 0) == []
    assert not call.future.running()
    if state in (S.IDLE, S.BACKOFF):
        protocol.life.open(0)
        protocol.expire(0)
    protocol.life.upgraded(protocol.life.generation)
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
    protocol.life.lost(1, LOSS, 0)
    protocol.expire(0)
    protocol.life.lost(2, LOSS, 0)
    assert list(protocol.calls.queued) == ["r1", "r2"]

    connect_again(protocol, 1)

    assert drain(protocol, 1) == ["r1", "r2"]
    assert drain(protocol, 1) == []
    assert {call.generation for call in protocol.calls.in_flight.values()} == {3}


def test_what_was_sent_is_never_sent_again():
    """A loss settles it; the next connection does not know it."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)

    errors = failures(protocol.life.lost(1, LOSS, 0))
    connect_again(protocol, 0)

    assert type(errors["r1"]) is ConnectionLostError
    assert drain(protocol, 0) == []
    assert len(protocol.calls) == 0


def test_a_loss_of_what_was_not_written_is_not_sent():
    """As long as no byte can have left, repeating is safe."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0, written=False)

    error = failures(protocol.life.lost(1, LOSS, 0))["r1"]

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
        protocol.receive([reply("r1")], 1, WALL_MS)
    else:
        protocol.withdraw("r1")

    protocol.submit(make_call("r5"), 1, writable=True)
    assert len(protocol.calls) == 3
