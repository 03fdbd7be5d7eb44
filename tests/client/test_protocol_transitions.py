"""Every row of the connection's state table: what comes in, the state after it, and what is asked for."""

import math
from concurrent.futures import Future

import pytest
from protocol_support import (
    CHALLENGE,
    CHALLENGE_TEXT,
    PONG,
    SPOT,
    WALL_MS,
    WELCOME,
    answered,
    connect_again,
    event_names,
    failures,
    log_in,
    make_call,
    make_protocol,
    message,
    of_type,
    protocol_in,
    refusal,
    released,
    reply,
    send,
)

from kucoin_wsapi._actions import Answer, AnswerChallenge, Connect, Disconnect, Emit, Fail, SendPing
from kucoin_wsapi._messages import Unrecognised
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ConnectionEvent, ExceptionEvent
from kucoin_wsapi.exceptions import (
    ClientClosedError,
    ConnectionLostError,
    NotReadyError,
    ProtocolError,
    TransportError,
)

S = ConnectionState
LOSS = TransportError("the exchange closed the connection")
WAITING = [S.IDLE, S.CONNECTING, S.AUTHENTICATING, S.BACKOFF]
UNREADABLE = Unrecognised("not JSON", "x")


def test_connect_starts_the_first_attempt():
    """IDLE, connect: CONNECTING."""
    protocol = make_protocol()

    assert protocol.open(5) == [Connect(1, 0)]
    assert protocol.state is S.CONNECTING
    assert protocol.next_deadline() == 10, "the attempt has 5 s"


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_connect_does_not_start_a_second_attempt(state):
    """However many ask: one socket."""
    protocol = protocol_in(state)

    assert protocol.open(1) == []
    assert (protocol.state, protocol.generation) == (state, 1)


def test_an_open_socket_is_not_ready_but_about_to_log_in():
    """CONNECTING, upgraded: AUTHENTICATING; the deadline of the attempt goes on."""
    protocol = protocol_in(S.CONNECTING)

    assert protocol.upgraded(1) == [Emit(ConnectionEvent("open", SPOT, 1))]
    assert protocol.state is S.AUTHENTICATING
    assert protocol.next_deadline() == 5


def test_a_socket_after_a_loss_is_a_reconnection():
    """It is told as ``reconnected``, the first one as ``open``."""
    protocol = protocol_in(S.READY)
    protocol.lost(1, LOSS, 1)
    protocol.expire(1)

    assert event_names(protocol.upgraded(2)) == ["reconnected"]


def test_a_socket_after_a_failed_first_attempt_is_still_the_first():
    """Nothing was lost, for nothing was there."""
    protocol = protocol_in(S.BACKOFF)
    protocol.expire(60)

    assert event_names(protocol.upgraded(2)) == ["open"]


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_an_attempt_that_fails_is_repeated_after_a_delay(state):
    """CONNECTING or AUTHENTICATING, lost: BACKOFF, with full jitter."""
    protocol = protocol_in(state)

    assert protocol.lost(1, LOSS, 1) == [
        Disconnect(graceful=False),
        Emit(ExceptionEvent(SPOT, LOSS, generation=1)),
    ]
    assert (protocol.state, protocol.reason) == (S.BACKOFF, LOSS)
    assert protocol.next_deadline() == 1 + 0.5 * 0.25


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_an_attempt_without_a_welcome_in_time_is_given_up(state):
    """The deadline is the attempt's as a whole."""
    protocol = protocol_in(state, connect_timeout=2)
    assert protocol.expire(1.99) == []

    actions = protocol.expire(2)

    assert protocol.state is S.BACKOFF
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert isinstance(protocol.reason, TransportError)


def test_the_challenge_is_answered_over_its_exact_text():
    """AUTHENTICATING, challenge: the text as it came goes to the signer."""
    protocol = protocol_in(S.AUTHENTICATING)
    text = CHALLENGE_TEXT.replace(",", " , ")

    assert protocol.receive(message(text), 1, WALL_MS) == [AnswerChallenge(1, text)]
    assert protocol.state is S.AUTHENTICATING


def test_the_welcome_makes_the_connection_ready():
    """AUTHENTICATING, welcome: READY, told as ``authenticated``; the first ping is due as announced."""
    protocol = protocol_in(S.AUTHENTICATING)

    assert protocol.receive(WELCOME, 2, WALL_MS) == [Emit(ConnectionEvent("authenticated", SPOT, 1))]
    assert protocol.state is S.READY
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
        assert protocol.receive(out_of_place, 1, WALL_MS) == []
    assert protocol.state is state


@pytest.mark.parametrize("out_of_place", [CHALLENGE, WELCOME, PONG], ids=["challenge", "welcome", "pong"])
@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_a_login_message_after_the_login_is_ignored(state, out_of_place):
    """In particular nothing is signed any more."""
    protocol = protocol_in(state)

    assert protocol.receive(out_of_place, 1, WALL_MS) == []
    assert protocol.state is state


def test_an_answer_settles_its_call_and_nothing_else():
    """READY, reply: READY."""
    protocol = protocol_in(S.READY)
    first, second = (send(protocol, make_call(name), 0) for name in ("r1", "r2"))
    answer = reply("r2")

    assert protocol.receive(answer, 3, WALL_MS) == [Answer(second, answer, 3, False)]
    assert list(protocol.calls.in_flight.values()) == [first]
    assert protocol.state is S.READY


def test_a_ping_is_sent_when_it_is_due():
    """READY, ping due: one ping, with an id of its own each time."""
    protocol = protocol_in(S.READY)

    assert protocol.expire(17.9) == []
    assert protocol.expire(18) == [SendPing(1, "ping-1")]
    assert protocol.expire(19) == []
    protocol.heard()
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
    assert protocol.state is S.BACKOFF


def test_anything_heard_keeps_a_pinged_connection_alive():
    """Not only the pong."""
    protocol = protocol_in(S.READY)
    protocol.expire(18)
    protocol.heard()

    assert protocol.expire(28) == []
    assert protocol.state is S.READY


def test_a_lost_connection_is_replaced_at_once():
    """READY, lost: in flight settles before ``reconnect`` is told; the next attempt may start now."""
    protocol = protocol_in(S.READY)
    for name in ("r1", "r2"):
        send(protocol, make_call(name), 0)

    actions = protocol.lost(1, LOSS, 3)

    assert [type(action) for action in actions] == [Fail, Fail, Emit, Disconnect]
    assert {name: type(error) for name, error in failures(actions).items()} == {
        "r1": ConnectionLostError,
        "r2": ConnectionLostError,
    }
    assert of_type(Emit, actions) == [Emit(ConnectionEvent("reconnect", SPOT, 1, LOSS))]
    assert protocol.state is S.BACKOFF
    assert protocol.next_deadline() == 3
    assert protocol.expire(3) == [Connect(2, 0)]


@pytest.mark.parametrize("code", ["501000", "420001", "420002", "4001002", "429002", "400003", "999999"])
@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_a_code_that_names_no_request_is_an_event_and_settles_nobody(state, code):
    """READY, id-less code: the connection stays; the close that may follow settles what is in flight."""
    protocol = protocol_in(S.READY)
    call = send(protocol, make_call("r1"), 0)
    if state is S.CLOSING:
        protocol.close(0)

    actions = protocol.receive(refusal(code, msg="service instance is exiting"), 1, WALL_MS)

    (emitted,) = of_type(Emit, actions)
    assert len(actions) == 1
    assert isinstance(emitted.event, ExceptionEvent)
    assert emitted.event.is_ws_api_response
    assert emitted.event.generation == 1
    assert isinstance(emitted.event.error, ProtocolError)
    assert code in str(emitted.event.error)
    assert "service instance is exiting" in str(emitted.event.error)
    assert protocol.calls.in_flight == {"r1": call}
    assert protocol.state is state


@pytest.mark.parametrize("state", [S.READY, S.CLOSING])
def test_an_unreadable_message_is_an_event_and_the_connection_stays(state):
    """READY, not JSON or binary."""
    protocol = protocol_in(state)

    actions = protocol.receive(UNREADABLE, 1, WALL_MS)

    assert event_names(actions) == ["exception"]
    assert len(actions) == 1
    assert protocol.state is state


def test_an_unreadable_message_during_the_login_ends_the_attempt():
    """Whoever is at the other end is not the order socket: the attempt fails and is repeated."""
    protocol = protocol_in(S.AUTHENTICATING)

    actions = protocol.receive(UNREADABLE, 1, WALL_MS)

    assert protocol.state is S.BACKOFF
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert isinstance(protocol.reason, ProtocolError)


def test_the_next_attempt_starts_when_the_delay_is_over():
    """BACKOFF, delay over: CONNECTING."""
    protocol = protocol_in(S.BACKOFF)
    assert protocol.expire(0.124) == []

    assert protocol.expire(0.125) == [Connect(2, 0)]
    assert protocol.state is S.CONNECTING


def test_connect_cuts_the_delay_short():
    """BACKOFF, connect: CONNECTING at once, in a bucket that holds."""
    protocol = protocol_in(S.BACKOFF)
    for _ in range(3):
        protocol.expire(1)
        protocol.lost(protocol.generation, LOSS, 1)
    assert protocol.next_deadline() > 1

    protocol.open(1)

    assert protocol.next_deadline() == 1
    assert of_type(Connect, protocol.expire(1)) == [Connect(protocol.generation, 0)]


def test_connect_does_not_hammer_past_the_limit():
    """A program that calls connect in a loop stays within the limit on new connections."""
    protocol = protocol_in(S.BACKOFF)
    attempts = 1
    for _ in range(100):
        protocol.open(1)
        attempts += len(of_type(Connect, protocol.expire(1)))
        protocol.lost(protocol.generation, LOSS, 1)

    assert attempts <= 30


@pytest.mark.parametrize("state", WAITING)
def test_close_without_a_ready_connection_is_immediate(state):
    """IDLE, CONNECTING, AUTHENTICATING, BACKOFF, close: CLOSED; queued calls are refused as closed."""
    protocol = protocol_in(state)
    for name in ("r1", "r2"):
        assert not protocol.submit(make_call(name), 0, writable=False)

    actions = protocol.close(1)

    assert {name: type(error) for name, error in failures(actions).items()} == {
        "r1": ClientClosedError,
        "r2": ClientClosedError,
    }
    assert event_names(actions) == ["close"]
    assert event_names(actions[-1:]) == ["close"], "close comes last"
    assert protocol.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_close_with_nothing_in_flight_is_immediate_and_graceful():
    """READY, close, drained: CLOSED with a close frame."""
    protocol = protocol_in(S.READY)

    assert protocol.close(1) == [Disconnect(graceful=True), Emit(ConnectionEvent("close", SPOT, 1))]
    assert protocol.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_close_waits_for_the_answers_in_flight():
    """READY, close: CLOSING; queued calls are not sent any more, the last answer ends it."""
    protocol = protocol_in(S.READY)
    for name in ("r1", "r2"):
        send(protocol, make_call(name), 0)
    protocol.submit(make_call("queued"), 0, writable=False)

    actions = protocol.close(1)
    assert {name: type(error) for name, error in failures(actions).items()} == {"queued": ClientClosedError}
    assert protocol.state is S.CLOSING
    assert protocol.next_deadline() == 3

    actions = protocol.receive(reply("r1"), 1.5, WALL_MS)
    assert (answered(actions), protocol.state) == ([("r1", False)], S.CLOSING)

    actions = protocol.receive(reply("r2", "400100"), 1.6, WALL_MS)
    assert [type(action) for action in actions] == [Answer, Disconnect, Emit]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=True)]
    assert protocol.state is S.CLOSED


def test_close_does_not_wait_for_ever():
    """CLOSING, deadline: CLOSED; what was written is unknown, the rest not sent."""
    protocol = protocol_in(S.READY, close_timeout=1)
    send(protocol, make_call("written", timeout=60), 0)
    send(protocol, make_call("unwritten", timeout=60), 0, written=False)
    protocol.close(1)
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
    assert protocol.state is S.CLOSED
    assert protocol.next_deadline() == math.inf


def test_a_loss_while_closing_is_the_end():
    """CLOSING, lost: CLOSED, no new attempt."""
    protocol = protocol_in(S.CLOSING)

    actions = protocol.lost(1, LOSS, 0.5)

    assert type(failures(actions)["in-flight"]) is ConnectionLostError
    assert event_names(actions) == ["close"]
    assert protocol.state is S.CLOSED


def test_the_last_reply_timeout_while_closing_ends_it():
    """CLOSING, a sent call's deadline: nothing is left to wait for."""
    protocol = protocol_in(S.READY, close_timeout=30)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.close(1)

    actions = protocol.expire(5)

    assert list(failures(actions)) == ["r1"]
    assert of_type(Disconnect, actions) == [Disconnect(graceful=True)]
    assert protocol.state is S.CLOSED


def test_no_ping_is_sent_while_closing():
    """Nobody waits for its answer."""
    protocol = protocol_in(S.READY, close_timeout=40)
    send(protocol, make_call("r1", timeout=60), 0)
    protocol.close(17)

    assert of_type(SendPing, protocol.expire(20)) == []


@pytest.mark.parametrize("state", [S.CLOSING, S.CLOSED])
def test_close_twice_is_harmless(state):
    """Idempotent, in both states that follow it."""
    protocol = protocol_in(state)

    assert protocol.close(0.5) == []
    assert protocol.state is state


def test_nothing_opens_a_closed_connection_again():
    """CLOSED is final."""
    protocol = protocol_in(S.CLOSED)

    assert protocol.open(1) == []
    assert protocol.upgraded(0) == []
    assert protocol.lost(0, LOSS, 1) == []
    assert protocol.crashed(RuntimeError("late"), 1) == []
    assert protocol.expire(1000) == []
    assert protocol.state is S.CLOSED


# Generations


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING, S.READY])
def test_news_of_an_older_socket_changes_nothing(state):
    """A socket that was given up cannot touch the one that replaced it."""
    protocol = protocol_in(S.BACKOFF)
    protocol.expire(60)
    if state is not S.CONNECTING:
        protocol.upgraded(2)
    if state is S.READY:
        log_in(protocol, 60)
    old = 1
    gateway = refusal("400003")

    assert protocol.upgraded(old) == []
    assert protocol.lost(old, LOSS, 61) == []
    assert protocol.attempt_barred(old, LOSS) == []
    assert protocol.attempt_refused(old, gateway, 61, WALL_MS) == []  # type: ignore[arg-type]  # it is one
    assert protocol.state is state


def test_each_attempt_has_the_next_generation():
    """And the actions for a socket name the one they are for."""
    protocol = protocol_in(S.READY)
    for generation in (2, 3):
        protocol.lost(generation - 1, LOSS, 1)
        connect_again(protocol, 1)
        assert protocol.generation == generation
        assert protocol.expire(19) == [SendPing(generation, f"ping-{generation - 1}")]


# Crashes


@pytest.mark.parametrize("state", [*WAITING, S.READY])
def test_a_crash_settles_everything_and_starts_over(state):
    """Any state, the loop crashed: BACKOFF; every call settles, by whether its bytes may have left."""
    protocol = protocol_in(state)
    if state is S.READY:
        send(protocol, make_call("sent"), 0)
        send(protocol, make_call("unwritten"), 0, written=False)
    protocol.submit(make_call("queued"), 0, writable=False)

    actions = protocol.crashed(KeyError("oops"), 1)

    expected = {"queued": NotReadyError}
    if state is S.READY:
        expected |= {"sent": ConnectionLostError, "unwritten": NotReadyError}
    assert {name: type(error) for name, error in failures(actions).items()} == expected
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert event_names(actions) == (["reconnect"] if state is S.READY else [])
    assert protocol.state is S.BACKOFF
    assert len(protocol.calls) == 0
    assert math.isfinite(protocol.next_deadline())


def test_the_third_crash_is_the_last():
    """CLOSED, and the calls after it are refused with the reason, not as closed by the user."""
    protocol = protocol_in(S.IDLE)
    for _ in range(2):
        protocol.crashed(KeyError("oops"), 1)
        assert protocol.state is S.BACKOFF

    actions = protocol.crashed(KeyError("oops"), 1)

    assert protocol.state is S.CLOSED
    assert event_names(actions) == ["close"]
    with pytest.raises(NotReadyError, match="internal error: KeyError") as caught:
        protocol.submit(make_call(), 1, writable=False)
    assert isinstance(caught.value.__cause__, ProtocolError)


def test_a_crash_while_closing_closes():
    """CLOSING, the loop crashed: nothing is tried again."""
    protocol = protocol_in(S.CLOSING)

    actions = protocol.crashed(KeyError("oops"), 1)

    assert type(failures(actions)["in-flight"]) is ConnectionLostError
    assert protocol.state is S.CLOSED


def test_a_crash_loses_no_action_that_was_decided_before_it():
    """A call that was taken out of its table just before the crash still settles."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    protocol.calls.remember = _raise  # type: ignore[method-assign]  # the fault
    with pytest.raises(ZeroDivisionError):
        protocol.expire(10)
    assert len(protocol.calls) == 0

    assert list(failures(protocol.crashed(ZeroDivisionError(), 10))) == ["r1"]


def _raise(_):
    raise ZeroDivisionError


# Waiters


@pytest.mark.parametrize("state", [*WAITING])
def test_a_waiter_is_released_by_the_welcome(state):
    """Whatever state it came in."""
    protocol = protocol_in(state)
    protocol.open(0, Future())
    if state is S.BACKOFF:
        protocol.expire(60)
    if state is not S.AUTHENTICATING:
        assert protocol.upgraded(protocol.generation)
    assert released(protocol.receive(CHALLENGE, 60, WALL_MS)) == []

    assert released(protocol.receive(WELCOME, 60, WALL_MS)) == [None]
    assert released(protocol.close(61)) == [], "once"


def test_a_waiter_of_a_ready_connection_is_released_at_once():
    """There is nothing to wait for."""
    assert released(protocol_in(S.READY).open(1, Future())) == [None]


def test_a_waiter_outlasts_failures_that_may_pass():
    """Its owner's own deadline ends its patience."""
    protocol = protocol_in(S.IDLE)
    protocol.open(0, Future())
    for attempt in range(1, 5):
        assert released(protocol.lost(attempt, LOSS, attempt * 60)) == []
        assert released(protocol.expire(attempt * 60 + 10)) == []

    protocol.upgraded(5)
    assert released(log_in(protocol, 310)) == [None]


@pytest.mark.parametrize("state", [*WAITING, S.CLOSING, S.CLOSED])
def test_a_waiter_of_a_closed_connection_is_told(state):
    """Whether close came before it or after it."""
    protocol = protocol_in(state)

    told = released(protocol.open(0.1, Future())) + released(protocol.close(0.2))

    (error,) = told
    assert isinstance(error, TransportError)
