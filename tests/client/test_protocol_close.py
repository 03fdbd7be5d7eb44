"""Closing a connection: in every state, with calls in every stage, with somebody waiting."""

import json
import math
from concurrent.futures import Future

import pytest
from protocol_support import (
    CHALLENGE,
    LOSS,
    SPOT,
    WAITING,
    WALL_MS,
    WELCOME,
    answered,
    event_names,
    failures,
    log_in,
    make_call,
    of_type,
    protocol_in,
    released,
    reply,
    send,
)

from kucoin_wsapi._actions import Answer, Disconnect, Emit, SendPing
from kucoin_wsapi._messages import parse_message
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ConnectionEvent
from kucoin_wsapi.exceptions import (
    ClientClosedError,
    ConnectionLostError,
    NotReadyError,
    TransportError,
)

S = ConnectionState


@pytest.mark.parametrize("state", WAITING)
def test_close_without_a_ready_connection_is_immediate(state):
    """IDLE, CONNECTING, AUTHENTICATING, BACKOFF, close: CLOSED; queued calls are refused as closed."""
    protocol = protocol_in(state)
    for name in ("r1", "r2"):
        assert not protocol.submit(make_call(name), 0, writable=False)

    actions = protocol.life.close(1)

    assert {name: type(error) for name, error in failures(actions).items()} == {
        "r1": ClientClosedError,
        "r2": ClientClosedError,
    }
    assert event_names(actions) == ["close"]
    assert event_names(actions[-1:]) == ["close"], "close comes last"
    assert protocol.life.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_close_with_nothing_in_flight_is_immediate_and_graceful():
    """READY, close, drained: CLOSED with a close frame."""
    protocol = protocol_in(S.READY)

    assert protocol.life.close(1) == [Disconnect(graceful=True), Emit(ConnectionEvent("close", SPOT, 1))]
    assert protocol.life.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_close_waits_for_the_answers_in_flight():
    """READY, close: CLOSING; queued calls are not sent any more, the last answer ends it."""
    protocol = protocol_in(S.READY)
    for name in ("r1", "r2"):
        send(protocol, make_call(name), 0)
    protocol.submit(make_call("queued"), 0, writable=False)

    actions = protocol.life.close(1)
    assert {name: type(error) for name, error in failures(actions).items()} == {"queued": ClientClosedError}
    assert protocol.life.state is S.CLOSING
    assert protocol.next_deadline() == 3

    actions = protocol.receive([reply("r1")], 1.5, WALL_MS)
    assert (answered(actions), protocol.life.state) == ([("r1", False)], S.CLOSING)

    actions = protocol.receive([reply("r2", "400100")], 1.6, WALL_MS)
    assert [type(action) for action in actions] == [Answer, Disconnect, Emit]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=True)]
    assert protocol.life.state is S.CLOSED


def test_close_does_not_wait_for_ever():
    """CLOSING, deadline: CLOSED; what was written is unknown, the rest not sent."""
    protocol = protocol_in(S.READY, close_timeout=1)
    send(protocol, make_call("written", timeout=60), 0)
    send(protocol, make_call("unwritten", timeout=60), 0, written=False)
    protocol.life.close(1)
    assert protocol.expire(1.9) == []

    actions = protocol.expire(2)

    assert {name: type(error) for name, error in failures(actions).items()} == {
        "written": ConnectionLostError,
        "unwritten": NotReadyError,
    }
    assert event_names(actions) == ["close"]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)], (
        "nothing may travel after its verdict"
    )
    assert protocol.life.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_a_loss_while_closing_is_the_end():
    """CLOSING, lost: CLOSED, no new attempt."""
    protocol = protocol_in(S.CLOSING)

    actions = protocol.life.lost(1, LOSS, 0.5)

    assert type(failures(actions)["in-flight"]) is ConnectionLostError
    assert event_names(actions) == ["close"]
    assert protocol.life.state is S.CLOSED


def test_the_last_reply_timeout_while_closing_ends_it():
    """CLOSING, a sent call's deadline: nothing is left to wait for."""
    protocol = protocol_in(S.READY, close_timeout=30)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.life.close(1)

    actions = protocol.expire(5)

    assert list(failures(actions)) == ["r1"]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)], "it may not have arrived yet"
    assert protocol.life.state is S.CLOSED


@pytest.mark.parametrize("ponged", [False, True])
def test_a_request_that_may_be_on_its_way_after_its_timeout_does_not_outlive_the_connection(ponged):
    """A graceful end would deliver it; but once a later ping was answered, it has arrived."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    (ping,) = of_type(SendPing, protocol.expire(5))
    if ponged:
        protocol.receive([parse_message(json.dumps({"id": ping.ping_id, "op": "pong"}))], 5.1, WALL_MS)

    assert of_type(Disconnect, protocol.life.close(6)) == [Disconnect(graceful=ponged)]
    assert protocol.life.state is S.CLOSED


def test_no_ping_is_sent_while_closing():
    """Nobody waits for its answer."""
    protocol = protocol_in(S.READY, close_timeout=40)
    send(protocol, make_call("r1", timeout=60), 0)
    protocol.life.close(17)

    assert of_type(SendPing, protocol.expire(20)) == []


@pytest.mark.parametrize("state", [S.CLOSING, S.CLOSED])
def test_close_twice_is_harmless(state):
    """Idempotent, in both states that follow it."""
    protocol = protocol_in(state)

    assert protocol.life.close(0.5) == []
    assert protocol.life.state is state


def test_nothing_opens_a_closed_connection_again():
    """CLOSED is final."""
    protocol = protocol_in(S.CLOSED)

    assert protocol.life.open(1) == []
    assert protocol.life.upgraded(0) == []
    assert protocol.life.lost(0, LOSS, 1) == []
    assert protocol.life.crashed(RuntimeError("late"), 1) == []
    assert protocol.expire(1000) == []
    assert protocol.life.state is S.CLOSED


@pytest.mark.parametrize("state", [*WAITING])
def test_a_waiter_is_released_by_the_welcome(state):
    """Whatever state it came in."""
    protocol = protocol_in(state)
    protocol.life.open(0, Future())
    if state is S.BACKOFF:
        protocol.expire(60)
    if state is not S.AUTHENTICATING:
        assert protocol.life.upgraded(protocol.life.generation)
    assert released(protocol.receive([CHALLENGE], 60, WALL_MS)) == []

    assert released(protocol.receive([WELCOME], 60, WALL_MS)) == [None]
    assert released(protocol.life.close(61)) == [], "once"


def test_a_waiter_of_a_ready_connection_is_released_at_once():
    """There is nothing to wait for."""
    assert released(protocol_in(S.READY).life.open(1, Future())) == [None]


def test_a_waiter_outlasts_failures_that_may_pass():
    """Its owner's own deadline ends its patience."""
    protocol = protocol_in(S.IDLE)
    protocol.life.open(0, Future())
    for attempt in range(1, 5):
        assert released(protocol.life.lost(attempt, LOSS, attempt * 60)) == []
        assert released(protocol.expire(attempt * 60 + 10)) == []

    protocol.life.upgraded(5)
    assert released(log_in(protocol, 310)) == [None]


@pytest.mark.parametrize("state", [*WAITING, S.CLOSING, S.CLOSED])
def test_a_waiter_of_a_closed_connection_is_told(state):
    """Whether close came before it or after it."""
    protocol = protocol_in(state)

    told = released(protocol.life.open(0.1, Future())) + released(protocol.life.close(0.2))

    (error,) = told
    assert isinstance(error, TransportError)
