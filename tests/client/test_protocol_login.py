"""A refused login: which codes are tried again, which are final, and what becomes of the calls that wait."""

from concurrent.futures import Future

import pytest
from protocol_support import (
    CHALLENGE,
    WALL_MS,
    WELCOME,
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
)

from kucoin_wsapi._actions import Connect, Disconnect
from kucoin_wsapi._messages import GatewayError, Message
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.exceptions import (
    AuthenticationError,
    ClientClosedError,
    NotReadyError,
    TransportError,
)

S = ConnectionState

FATAL = "400001 400003 400004 400005 400006 400007 400008 400009 400010 400011 400100 4001002 400200 400201"
FATAL += " 400202 400301 400302 400303 400304 400400 400401 411100 411200 404000 112010 123456"
PASSING = "400012 408000 420001 429000 429001 429002 500000 501000 503000 504000 505000"


def refuse(protocol: OrderProtocol, told: Message, now: float = 1.0) -> list[object]:
    """The refusal reaches the protocol as a frame, or in the body of a refused upgrade."""
    if protocol.life.state is S.CONNECTING:
        assert isinstance(told, GatewayError)
        return list(protocol.life.attempt_refused(protocol.life.generation, told, now, WALL_MS))
    return list(protocol.receive([told], now, WALL_MS))


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
@pytest.mark.parametrize("code", FATAL.split())
def test_a_refusal_that_will_not_pass_is_final(state, code):
    """CLOSED; queued calls and waiters learn code and text, as not sent; the key is not tried again."""
    protocol = protocol_in(state)
    protocol.life.open(0, Future())
    protocol.submit(make_call("r1"), 0, writable=False)

    actions = refuse(protocol, refusal(code, msg="KC-API-KEY not exists."))

    assert protocol.life.state is S.CLOSED
    error = failures(actions)["r1"]  # type: ignore[arg-type]  # actions
    assert type(error) is NotReadyError
    cause = error.__cause__
    assert isinstance(cause, AuthenticationError)
    assert (cause.code, cause.message) == (code, "KC-API-KEY not exists.")
    assert code in str(error)
    assert "KC-API-KEY not exists." in str(error)
    assert released(actions) == [cause]  # type: ignore[arg-type]  # actions
    assert event_names(actions) == ["exception", "close"]  # type: ignore[arg-type]  # actions
    assert of_type(Disconnect, actions) == [Disconnect(graceful=False)]
    assert of_type(Connect, protocol.expire(10_000)) == []


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
@pytest.mark.parametrize("code", PASSING.split())
def test_a_refusal_that_may_pass_is_tried_again_after_a_delay(state, code):
    """BACKOFF; what waits goes on waiting, and the code stays visible as the reason."""
    protocol = protocol_in(state)
    protocol.submit(make_call("r1"), 0, writable=False)

    actions = refuse(protocol, refusal(code, msg="busy"))

    assert protocol.life.state is S.BACKOFF
    assert failures(actions) == {}  # type: ignore[arg-type]  # actions
    assert isinstance(protocol.life.reason, TransportError)
    assert protocol.life.reason.code == code
    assert "busy" in str(protocol.life.reason)
    assert protocol.expire(1) == []
    assert of_type(Connect, protocol.expire(1.125)) == [Connect(2, 0)]


@pytest.mark.parametrize("when", ["before the challenge", "after the challenge"])
def test_a_refusal_with_an_id_counts_too(when):
    """Before the welcome no request is out, so a code is about the login, whatever comes with it."""
    protocol = protocol_in(S.AUTHENTICATING)
    if when == "after the challenge":
        protocol.receive([CHALLENGE], 1, WALL_MS)

    protocol.receive([reply("x", "400011", msg="Session verification failed.")], 1, WALL_MS)

    assert protocol.life.state is S.CLOSED
    assert isinstance(protocol.life.reason, AuthenticationError)
    assert (protocol.life.reason.code, protocol.life.reason.message) == (
        "400011",
        "Session verification failed.",
    )


def test_a_refusal_without_a_text_says_so():
    """``None`` does not end up in a message to the user."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([message('{"code":400005}')], 1, WALL_MS)

    assert protocol.life.reason.args == ("login refused with 400005: no text",)
    assert isinstance(protocol.life.reason, AuthenticationError)
    assert protocol.life.reason.message is None


def test_a_welcome_needs_no_code_to_follow_a_refusal_that_passed():
    """The next attempt logs in as if nothing had been; the reason is forgotten."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([refusal("503000")], 1, WALL_MS)
    protocol.expire(2)
    protocol.life.upgraded(2)
    log_in(protocol, 2)

    assert protocol.life.state is S.READY
    assert protocol.life.reason is None


def test_what_follows_a_refusal_on_the_same_socket_is_ignored():
    """A welcome behind a refusal welcomes nobody."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([refusal("400005")], 1, WALL_MS)

    assert protocol.receive([WELCOME], 1, WALL_MS) == []
    assert protocol.life.state is S.CLOSED


# The clock


def clock_refusal(exchange_ms: int | None) -> Message:
    """The refusal of a timestamp, which tells the exchange's time."""
    fields = {} if exchange_ms is None else {"inTime": exchange_ms}
    return refusal("400002", msg="Invalid KC-API-TIMESTAMP.", **fields)


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
@pytest.mark.parametrize("skew", [-10_000, 10_000, 3_600_000, 50 * 365 * 86_400_000])
def test_a_wrong_clock_is_corrected_once_and_at_once(state, skew):
    """The next signature uses the exchange's time, measured from the refusal."""
    protocol = protocol_in(state)

    refuse(protocol, clock_refusal(WALL_MS + skew))

    assert protocol.life.state is S.BACKOFF
    assert protocol.next_deadline() == 1
    assert protocol.expire(1) == [Connect(2, skew)]


def test_a_gateway_that_counts_in_nanoseconds_tells_the_clock_too():
    """As it does with ``enable_ns``."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([clock_refusal((WALL_MS - 7_000) * 1_000_000)], 1, WALL_MS)

    assert protocol.expire(1) == [Connect(2, -7_000)]


@pytest.mark.parametrize("told", [None, 0])
def test_a_clock_that_is_refused_without_the_right_time_is_tried_as_it_is(told):
    """What the last login showed may be what is wrong: our clock has been set since, and nothing says how."""
    protocol = protocol_in(S.CONNECTING)
    protocol.life.upgraded(1)
    protocol.receive([CHALLENGE], 0, WALL_MS - 60_000)
    protocol.receive([WELCOME], 0, WALL_MS - 60_000)
    protocol.life.lost(1, TransportError("gone"), 100)
    (attempt,) = of_type(Connect, protocol.expire(100))
    assert attempt.clock_skew > 50_000

    refuse(protocol, clock_refusal(told), 101)

    assert protocol.expire(101) == [Connect(3, 0)]


def test_a_clock_that_is_refused_again_is_final():
    """One correction; then a program must not hammer."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([clock_refusal(WALL_MS + 9_000)], 1, WALL_MS)
    protocol.expire(1)
    protocol.life.upgraded(2)

    protocol.receive([clock_refusal(WALL_MS + 9_000)], 2, WALL_MS)

    assert protocol.life.state is S.CLOSED
    assert isinstance(protocol.life.reason, AuthenticationError)
    assert protocol.life.reason.code == "400002"


def test_other_failures_in_between_earn_no_second_correction():
    """Only a welcome does."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([clock_refusal(WALL_MS + 9_000)], 1, WALL_MS)
    protocol.expire(1)
    protocol.life.lost(2, TransportError("refused"), 2)
    protocol.expire(60)
    protocol.life.upgraded(3)

    protocol.receive([clock_refusal(WALL_MS + 9_000)], 61, WALL_MS)

    assert protocol.life.state is S.CLOSED


def test_after_a_welcome_the_clock_may_be_corrected_again():
    """Days later it may have drifted anew."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([clock_refusal(WALL_MS + 9_000)], 1, WALL_MS)
    protocol.expire(1)
    protocol.life.upgraded(2)
    log_in(protocol, 2)
    protocol.life.lost(2, TransportError("gone"), 100)
    protocol.expire(100)
    protocol.life.upgraded(3)

    protocol.receive([clock_refusal(WALL_MS - 6_000)], 101, WALL_MS)

    assert protocol.expire(101) == [Connect(4, -6_000)]


def test_the_challenge_tells_the_clock_on_every_connection():
    """So that the next signature fits also when nothing was refused."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([CHALLENGE], 1, WALL_MS + 1_500)
    protocol.life.lost(1, TransportError("gone"), 1)

    assert of_type(Connect, protocol.expire(60)) == [Connect(2, -1_500)]


@pytest.mark.parametrize("told", [None, 1, 9 * 10**13], ids=["nothing", "1970", "4821"])
def test_a_time_that_cannot_be_is_not_believed(told):
    """A refusal without a usable time leaves the measurement of the same attempt."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([CHALLENGE], 1, WALL_MS + 1_500)
    protocol.receive([clock_refusal(told)], 1, WALL_MS)

    assert protocol.life.clock.skew == -1_500


# A reason of our own


@pytest.mark.parametrize("state", [S.CONNECTING, S.AUTHENTICATING])
def test_a_failing_signer_is_final(state):
    """Its next signature would fail as well."""
    protocol = protocol_in(state)
    protocol.submit(make_call("r1"), 0, writable=False)
    error = AuthenticationError("sign_message raised KeyError")

    actions = protocol.life.attempt_barred(1, error)

    assert protocol.life.state is S.CLOSED
    assert failures(actions)["r1"].__cause__ is error


# After the end


def test_calls_after_a_final_refusal_fail_at_once_with_the_reason():
    """Without a new connection, and not as if the user had closed."""
    protocol = protocol_in(S.AUTHENTICATING)
    protocol.receive([refusal("400004", msg="Invalid KC-API-PASSPHRASE.")], 1, WALL_MS)

    with pytest.raises(NotReadyError, match="400004: Invalid KC-API-PASSPHRASE") as caught:
        protocol.submit(make_call(), 2, writable=False)

    assert isinstance(caught.value.__cause__, AuthenticationError)
    assert protocol.expire(1000) == []


def test_each_call_gets_an_exception_of_its_own():
    """A shared one would collect the tracebacks of all who raise it; the shared reason is the cause."""
    protocol = protocol_in(S.AUTHENTICATING)
    for name in ("r1", "r2"):
        protocol.submit(make_call(name), 0, writable=False)

    errors = failures(protocol.receive([refusal("400005")], 1, WALL_MS))

    assert errors["r1"] is not errors["r2"]
    assert errors["r1"].__cause__ is errors["r2"].__cause__ is protocol.life.reason


def test_calls_after_the_users_close_are_refused_as_closed():
    """From the moment close is asked for, before it is performed."""
    protocol = make_protocol()
    protocol.life.open(0)
    protocol.life.accepting = False

    with pytest.raises(ClientClosedError):
        protocol.submit(make_call(), 0, writable=False)
    protocol.life.close(0)
    with pytest.raises(ClientClosedError):
        protocol.submit(make_call(), 0, writable=False)
