"""Every row of the connection's state table: what comes in, the state after it, and what is asked for."""

import pytest
from protocol_support import (
    CHALLENGE,
    CHALLENGE_TEXT,
    LOSS,
    PONG,
    SPOT,
    UNREADABLE,
    WALL_MS,
    WELCOME,
    event_names,
    failures,
    make_call,
    make_protocol,
    message,
    of_type,
    protocol_in,
    refusal,
    reply,
    send,
)

from kucoin_wsapi._actions import Answer, AnswerChallenge, Connect, Disconnect, Emit, Fail, SendPing
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ConnectionEvent, ExceptionEvent
from kucoin_wsapi.exceptions import (
    ConnectionLostError,
    ProtocolError,
    TransportError,
)

S = ConnectionState


def test_connect_starts_the_first_attempt():
    """IDLE, connect: CONNECTING."""
    protocol = make_protocol()

    assert protocol.life.open(5) == [Connect(1, 0)]
    assert protocol.life.state is S.CONNECTING
    assert protocol.next_deadline() == 10, "the attempt has 5 s"


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_connect_does_not_start_a_second_attempt(state):
    """However many ask: one socket."""
    protocol = protocol_in(state)

    assert protocol.life.open(1) == []
    assert (protocol.life.state, protocol.life.generation) == (state, 1)


def test_an_open_socket_is_not_ready_but_about_to_log_in():
    """CONNECTING, upgraded: AUTHENTICATING; the deadline of the attempt goes on."""
    protocol = protocol_in(S.CONNECTING)

    assert protocol.life.upgraded(1) == [Emit(ConnectionEvent("open", SPOT, 1))]
    assert protocol.life.state is S.AUTHENTICATING
    assert protocol.next_deadline() == 5


def test_a_socket_after_a_loss_is_a_reconnection():
    """It is told as ``reconnected``, the first one as ``open``."""
    protocol = protocol_in(S.READY)
    protocol.life.lost(1, LOSS, 1)
    protocol.expire(1)

    assert event_names(protocol.life.upgraded(2)) == ["reconnected"]


def test_a_socket_after_a_failed_first_attempt_is_still_the_first():
    """Nothing was lost, for nothing was there."""
    protocol = protocol_in(S.BACKOFF)
    protocol.expire(60)

    assert event_names(protocol.life.upgraded(2)) == ["open"]


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_an_attempt_that_fails_is_repeated_after_a_delay(state):
    """CONNECTING or AUTHENTICATING, lost: BACKOFF, with full jitter."""
    protocol = protocol_in(state)

    assert protocol.life.lost(1, LOSS, 1) == [
        Disconnect(graceful=False),
        Emit(ExceptionEvent(SPOT, LOSS, generation=1)),
    ]
    assert (protocol.life.state, protocol.life.reason) == (S.BACKOFF, LOSS)
    assert protocol.next_deadline() == 1 + 0.5 * 0.25


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_an_attempt_without_a_welcome_in_time_is_given_up(state):
    """The deadline is the attempt's as a whole."""
    protocol = protocol_in(state, connect_timeout=2)
    assert protocol.expire(1.99) == []

    actions = protocol.expire(2)

    assert protocol.life.state is S.BACKOFF
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert isinstance(protocol.life.reason, TransportError)


def test_the_challenge_is_answered_over_its_exact_text():
    """AUTHENTICATING, challenge: the text as it came goes to the signer."""
    protocol = protocol_in(S.AUTHENTICATING)
    text = CHALLENGE_TEXT.replace(",", " , ")

    assert protocol.receive([message(text)], 1, WALL_MS) == [AnswerChallenge(1, text)]
    assert protocol.life.state is S.AUTHENTICATING


def test_the_welcome_makes_the_connection_ready():
    """AUTHENTICATING, welcome: READY, told as ``authenticated``; the first ping is due as announced."""
    protocol = protocol_in(S.AUTHENTICATING)

    assert protocol.receive([WELCOME], 2, WALL_MS) == [Emit(ConnectionEvent("authenticated", SPOT, 1))]
    assert protocol.life.state is S.READY
    assert protocol.next_deadline() == 2 + 18


def test_the_options_overrule_the_announced_intervals():
    """``ping_interval`` and ``pong_timeout``."""
    protocol = protocol_in(S.READY, ping_interval=5, pong_timeout=3)

    assert protocol.next_deadline() == 5
    protocol.expire(5)
    assert protocol.next_deadline() == 8


@pytest.mark.parametrize("state", [S.CONNECTING, S.BACKOFF, S.IDLE, S.CLOSED])
def test_messages_mean_nothing_where_there_is_no_socket(state):
    """A welcome out of place opens nothing."""
    protocol = protocol_in(state)

    for out_of_place in (CHALLENGE, WELCOME, PONG, refusal("400003"), reply("r1"), UNREADABLE):
        assert protocol.receive([out_of_place], 1, WALL_MS) == []
    assert protocol.life.state is state


@pytest.mark.parametrize("out_of_place", [CHALLENGE, WELCOME, PONG], ids=["challenge", "welcome", "pong"])
@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_a_login_message_after_the_login_is_ignored(state, out_of_place):
    """In particular nothing is signed any more."""
    protocol = protocol_in(state)

    assert protocol.receive([out_of_place], 1, WALL_MS) == []
    assert protocol.life.state is state


def test_an_answer_settles_its_call_and_nothing_else():
    """READY, reply: READY."""
    protocol = protocol_in(S.READY)
    first, second = (send(protocol, make_call(name), 0) for name in ("r1", "r2"))
    answer = reply("r2")

    assert protocol.receive([answer], 3, WALL_MS) == [Answer(second, answer, 3, False)]
    assert list(protocol.calls.in_flight.values()) == [first]
    assert protocol.life.state is S.READY


def test_a_ping_is_sent_when_it_is_due():
    """READY, ping due: one ping, with an id of its own each time."""
    protocol = protocol_in(S.READY)

    assert protocol.expire(17.9) == []
    assert protocol.expire(18) == [SendPing(1, "ping-1")]
    assert protocol.expire(19) == []
    protocol.life.heartbeat.heard()
    assert protocol.expire(36) == [SendPing(1, "ping-2")]


def test_silence_after_a_ping_ends_the_connection():
    """READY, no pong in time: what is in flight is unknown, and the connection is given up."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=60), 0)
    protocol.expire(18)
    assert protocol.expire(27.9) == []

    actions = protocol.expire(28)

    assert [type(action) for action in actions] == [Fail, Emit, Disconnect]
    assert type(failures(actions)["r1"]) is ConnectionLostError
    assert event_names(actions) == ["reconnect"]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert protocol.life.state is S.BACKOFF


def test_anything_heard_keeps_a_pinged_connection_alive():
    """Not only the pong."""
    protocol = protocol_in(S.READY)
    protocol.expire(18)
    protocol.life.heartbeat.heard()

    assert protocol.expire(28) == []
    assert protocol.life.state is S.READY


def test_a_lost_connection_is_replaced_at_once():
    """READY, lost: in flight settles before ``reconnect`` is told; the next attempt may start now."""
    protocol = protocol_in(S.READY)
    for name in ("r1", "r2"):
        send(protocol, make_call(name), 0)

    actions = protocol.life.lost(1, LOSS, 3)

    assert [type(action) for action in actions] == [Fail, Fail, Emit, Disconnect]
    assert {name: type(error) for name, error in failures(actions).items()} == {
        "r1": ConnectionLostError,
        "r2": ConnectionLostError,
    }
    assert of_type(Emit, actions) == [Emit(ConnectionEvent("reconnect", SPOT, 1, LOSS))]
    assert protocol.life.state is S.BACKOFF
    assert protocol.next_deadline() == 3
    assert protocol.expire(3) == [Connect(2, 0)]


@pytest.mark.parametrize("code", ["501000", "420001", "420002", "4001002", "429002", "400003", "999999"])
@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_a_code_that_names_no_request_is_an_event_and_settles_nobody(state, code):
    """READY, id-less code: the connection stays; the close that may follow settles what is in flight."""
    protocol = protocol_in(S.READY)
    call = send(protocol, make_call("r1"), 0)
    if state is S.CLOSING:
        protocol.life.close(0)

    actions = protocol.receive([refusal(code, msg="service instance is exiting")], 1, WALL_MS)

    (emitted,) = of_type(Emit, actions)
    assert len(actions) == 1
    assert isinstance(emitted.event, ExceptionEvent)
    assert emitted.event.is_ws_api_response
    assert emitted.event.generation == 1
    assert isinstance(emitted.event.error, ProtocolError)
    assert code in str(emitted.event.error)
    assert "service instance is exiting" in str(emitted.event.error)
    assert protocol.calls.in_flight == {"r1": call}
    assert protocol.life.state is state


@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_an_unreadable_message_is_an_event_and_the_connection_stays(state):
    """READY, not JSON or binary."""
    protocol = protocol_in(state)

    actions = protocol.receive([UNREADABLE], 1, WALL_MS)

    assert event_names(actions) == ["exception"]
    assert len(actions) == 1
    assert protocol.life.state is state


def test_an_unreadable_message_during_the_login_ends_the_attempt():
    """Whoever is at the other end is not the order socket: the attempt fails and is repeated."""
    protocol = protocol_in(S.AUTHENTICATING)

    actions = protocol.receive([UNREADABLE], 1, WALL_MS)

    assert protocol.life.state is S.BACKOFF
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert isinstance(protocol.life.reason, ProtocolError)


def test_the_next_attempt_starts_when_the_delay_is_over():
    """BACKOFF, delay over: CONNECTING."""
    protocol = protocol_in(S.BACKOFF)
    assert protocol.expire(0.124) == []

    assert protocol.expire(0.125) == [Connect(2, 0)]
    assert protocol.life.state is S.CONNECTING


def test_connect_cuts_the_delay_short():
    """BACKOFF, connect: CONNECTING at once, in a bucket that holds."""
    protocol = protocol_in(S.BACKOFF)
    for _ in range(3):
        protocol.expire(1)
        protocol.life.lost(protocol.life.generation, LOSS, 1)
    assert protocol.next_deadline() > 1

    protocol.life.open(1)

    assert protocol.next_deadline() == 1
    assert of_type(Connect, protocol.expire(1)) == [Connect(protocol.life.generation, 0)]


def test_connect_does_not_hammer_past_the_limit():
    """A program that calls connect in a loop stays within the limit on new connections."""
    protocol = protocol_in(S.BACKOFF)
    attempts = 1
    for _ in range(100):
        protocol.life.open(1)
        attempts += len(of_type(Connect, protocol.expire(1)))
        protocol.life.lost(protocol.life.generation, LOSS, 1)

    assert attempts <= 30
