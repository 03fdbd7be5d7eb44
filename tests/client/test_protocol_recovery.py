"""What an older socket, or an error in this package, can do to a connection."""

import math

import pytest
from protocol_support import (
    LOSS,
    WAITING,
    WALL_MS,
    connect_again,
    event_names,
    failures,
    log_in,
    make_call,
    of_type,
    protocol_in,
    refusal,
    send,
)

from kucoin_wsapi._actions import Disconnect, SendPing
from kucoin_wsapi._messages import parse_message
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.exceptions import (
    ConnectionLostError,
    NotReadyError,
    ProtocolError,
)

S = ConnectionState


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING, S.READY])
def test_news_of_an_older_socket_changes_nothing(state):
    """A socket that was given up cannot touch the one that replaced it."""
    protocol = protocol_in(S.BACKOFF)
    protocol.expire(60)
    if state is not S.CONNECTING:
        protocol.life.upgraded(2)
    if state is S.READY:
        log_in(protocol, 60)
    old = 1
    gateway = refusal("400003")

    assert protocol.life.upgraded(old) == []
    assert protocol.life.lost(old, LOSS, 61) == []
    assert protocol.life.attempt_barred(old, LOSS) == []
    assert protocol.life.attempt_refused(old, gateway, 61, WALL_MS) == []  # type: ignore[arg-type]  # it is one
    assert protocol.life.state is state


def test_each_attempt_has_the_next_generation():
    """And the actions for a socket name the one they are for."""
    protocol = protocol_in(S.READY)
    for generation in (2, 3):
        protocol.life.lost(generation - 1, LOSS, 1)
        connect_again(protocol, 1)
        assert protocol.life.generation == generation
        assert protocol.expire(19) == [SendPing(generation, f"ping-{generation - 1}")]


@pytest.mark.parametrize("state", [*WAITING, S.READY])
def test_a_crash_settles_everything_and_starts_over(state):
    """Any state, the loop crashed: BACKOFF; every call settles, by whether its bytes may have left."""
    protocol = protocol_in(state)
    if state is S.READY:
        send(protocol, make_call("sent"), 0)
        send(protocol, make_call("unwritten"), 0, written=False)
    protocol.submit(make_call("queued"), 0, writable=False)

    actions = protocol.life.crashed(KeyError("oops"), 1)

    expected = {"queued": NotReadyError}
    if state is S.READY:
        expected |= {"sent": ConnectionLostError, "unwritten": NotReadyError}
    assert {name: type(error) for name, error in failures(actions).items()} == expected
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert event_names(actions) == (["reconnect"] if state is S.READY else [])
    assert protocol.life.state is S.BACKOFF
    assert len(protocol.calls) == 0
    assert math.isfinite(protocol.next_deadline())


def test_the_third_crash_is_the_last():
    """CLOSED, and the calls after it are refused with the reason, not as closed by the user."""
    protocol = protocol_in(S.IDLE)
    for _ in range(2):
        protocol.life.crashed(KeyError("oops"), 1)
        assert protocol.life.state is S.BACKOFF

    actions = protocol.life.crashed(KeyError("oops"), 1)

    assert protocol.life.state is S.CLOSED
    assert event_names(actions) == ["close"]
    with pytest.raises(NotReadyError, match="internal error: KeyError") as caught:
        protocol.submit(make_call(), 1, writable=False)
    assert isinstance(caught.value.__cause__, ProtocolError)


def test_a_crash_while_closing_closes():
    """CLOSING, the loop crashed: nothing is tried again."""
    protocol = protocol_in(S.CLOSING)

    actions = protocol.life.crashed(KeyError("oops"), 1)

    assert type(failures(actions)["in-flight"]) is ConnectionLostError
    assert protocol.life.state is S.CLOSED


def test_a_crash_loses_no_action_that_was_decided_before_it():
    """A call that was taken out of its table just before the crash still settles."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    protocol.calls.remember = _raise  # type: ignore[method-assign]  # the fault
    with pytest.raises(ZeroDivisionError):
        protocol.expire(10)
    assert len(protocol.calls) == 0

    assert list(failures(protocol.life.crashed(ZeroDivisionError(), 10))) == ["r1"]


def _raise(_):
    raise ZeroDivisionError


def test_who_sends_nothing_readable_is_left():
    """Each unreadable message is an event, and a slow listener must not fill the memory with them."""
    protocol = protocol_in(S.READY)
    garbage = parse_message("garbage")
    received = 0
    while protocol.life.state is S.READY and received < 5000:
        protocol.receive([garbage], 1, WALL_MS)
        received += 1

    assert (protocol.life.state, received) == (S.BACKOFF, 1001)
    connect_again(protocol, 1)
    protocol.receive([garbage], 2, WALL_MS)
    assert protocol.life.state is S.READY, "the next connection begins anew"


@pytest.mark.parametrize("text", ['{"id":"a"}', '{"id":"a","code":"200000"}', '{"code":"200000"}'])
def test_an_answer_during_the_login_is_no_refusal_of_the_key(text):
    """It makes no sense, so the login is tried again; the key is not barred."""
    protocol = protocol_in(S.AUTHENTICATING)

    protocol.receive([parse_message(text)], 1, WALL_MS)

    assert protocol.life.state is S.BACKOFF
    assert isinstance(protocol.life.reason, ProtocolError)
