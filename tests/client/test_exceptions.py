"""What went wrong, as a program and its user see it: branches, texts, pickles."""

import concurrent.futures
import copy
import pickle
import traceback
from typing import Any

import pytest
from protocol_support import SPOT, make_call

from kucoin_wsapi import exceptions
from kucoin_wsapi.exceptions import (
    AuthenticationError,
    BatchError,
    CallError,
    ClientClosedError,
    ConfigurationError,
    ConnectionLostError,
    DeadManSwitchError,
    InvalidRequestError,
    KucoinError,
    LookUpError,
    NotReadyError,
    NotSentError,
    OutcomeUnknownError,
    PacingError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    ReplyTimeoutError,
    ServerFaultError,
    SlowConsumerError,
    StaleRequestError,
    SubscriptionError,
    TooManyInFlightError,
    TrackingError,
    TrackingTimeoutError,
    TransportError,
    UnreadableReplyError,
)
from kucoin_wsapi.responses import BatchOrderItem, RateLimit, WSAPIResponse
from kucoin_wsapi.tracking import TrackedOrder

BRANCHES = (NotSentError, OutcomeUnknownError, RejectedError)


def response(code: str = "400100", msg: str | None = "the exchange's words") -> WSAPIResponse[Any]:
    """A refusal, as the exchange sends it."""
    return WSAPIResponse(
        id="r1",
        op="spot.order",
        code=code,
        msg=msg,
        data=None,
        in_time=1,
        out_time=2,
        rate_limit=RateLimit(4000, 0, 1500),
        ws_key=SPOT,
        request={"symbol": "BTC-USDT"},
        raw={"code": code, "msg": msg},
        submitted_at=1.0,
        sent_at=1.5,
        received_at=2.0,
    )


def call_error(kind: type[CallError]) -> CallError:
    """An error of this class, of a call that was sent at 1.5 over connection 7."""
    call = make_call("r1")
    call.sent_at, call.generation = 1.5, 7
    if issubclass(kind, (RejectedError, ServerFaultError)):
        return kind(response=response(), **call.facts())
    if issubclass(kind, UnreadableReplyError):
        return kind("unreadable", raw={"id": "r1"}, **call.facts())
    if issubclass(kind, PacingError):
        return kind("the reason", reset_after=1.5, **call.facts())
    return call.error(kind, "the reason")


def every(root: type[KucoinError]) -> list[type[KucoinError]]:
    """The public classes of a branch, its root included."""
    classes = [getattr(exceptions, name) for name in exceptions.__all__]
    return [one for one in classes if issubclass(one, root)]


CALL_ERRORS = every(CallError)
OTHERS: list[KucoinError] = [
    KucoinError("text"),
    ConfigurationError("request_timeout: a positive number is needed"),
    InvalidRequestError("price: needed for a limit order", field="price"),
    AuthenticationError("login refused with 400003: no such key", code="400003", message="no such key"),
    TransportError("no connection in time", status=403, close_code=1012, code="503000"),
    ProtocolError("not JSON"),
    LookUpError("nothing has shown up"),
    TrackingError("the client is closed", order=TrackedOrder(product="spot", client_oid="mine")),
    TrackingTimeoutError("not done after 3 s", order=TrackedOrder(product="spot", state="resting")),
    SubscriptionError("refused with 404: no", topics=["/market/nothing"], code="404", message="no"),
    SlowConsumerError("the handlers do not keep up"),
    DeadManSwitchError("arming was refused with 400007: no", code="400007", message="no"),
    BatchError(
        failed=[BatchOrderItem(client_oid="a", code="300003", msg="Balance not enough")],
        succeeded=[BatchOrderItem(order_id="1", client_oid="b", code="200000")],
    ),
]


def test_every_class_is_covered_here():
    """The lists above are complete."""
    covered = {type(error) for error in OTHERS} | set(CALL_ERRORS)

    assert covered == set(every(KucoinError))


@pytest.mark.parametrize("kind", [kind for kind in CALL_ERRORS if kind is not CallError])
def test_every_error_of_a_call_is_in_exactly_one_branch(kind):
    """Repeat, look up or fix: a program decides by these three."""
    assert sum(issubclass(kind, branch) for branch in BRANCHES) == 1


@pytest.mark.parametrize("kind", [kind for kind in CALL_ERRORS if kind is not CallError])
def test_the_text_says_what_happened_to_which_order_and_what_to_do(kind):
    """Operation, request, order, reason and advice."""
    error = call_error(kind)
    text = str(error)

    assert text.startswith("spot.order (request r1, client_oid oid-r1): ")
    assert error.args[0] in text
    assert error.advice
    assert text.endswith(f"[{error.advice}]")


@pytest.mark.parametrize("kind", [*every(RejectedError), *every(ServerFaultError)])
def test_the_text_of_an_answer_has_its_code_and_its_words(kind):
    """Also where there are no words."""
    error = call_error(kind)
    silent = kind(response=response(msg=None), **make_call("r1").facts())

    assert "400100" in str(error)
    assert "the exchange's words" in str(error)
    assert (error.code, error.message) == ("400100", "the exchange's words")
    assert "400100: no text" in str(silent)
    assert silent.message is None


@pytest.mark.parametrize(
    ("branch", "word"),
    [(NotSentError, "repeating it is safe"), (OutcomeUnknownError, "look"), (RejectedError, "rejected")],
)
def test_the_advice_follows_the_branch(branch, word):
    """Nothing unknown or rejected is called safe to repeat, above all."""
    for kind in every(branch):
        assert word in call_error(kind).advice
        assert ("repeating it is safe" in call_error(kind).advice) is (branch is NotSentError)


def test_a_call_without_a_client_oid_is_named_by_its_request():
    """No ``None`` in the text."""
    error = ClientClosedError("closed", request_id="r1", op="futures.multi_order", ws_key=SPOT)

    assert str(error).startswith("futures.multi_order (request r1): closed [")


@pytest.mark.parametrize(
    "original", [*map(call_error, CALL_ERRORS), *OTHERS], ids=lambda error: type(error).__name__
)
def test_an_error_survives_pickling_and_copying(original):
    """With its text and all attributes: it crosses the borders of processes."""
    for copied in (
        *(
            pickle.loads(pickle.dumps(original, protocol))
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
        ),
        copy.copy(original),
        copy.deepcopy(original),
    ):
        assert type(copied) is type(original)
        assert str(copied) == str(original)
        assert copied.args == original.args
        assert vars(copied) == vars(original)


@pytest.mark.parametrize("original", [call_error(NotReadyError), call_error(ReplyTimeoutError)])
def test_an_error_can_be_raised_again_after_pickling(original):
    """It is a whole exception, with a traceback of its own."""
    with pytest.raises(type(original), match="the reason"):
        raise pickle.loads(pickle.dumps(original))


def test_a_timeout_is_a_timeout_for_everybody():
    """Programs catch either of the two names, which are one since Python 3.11."""
    error = call_error(ReplyTimeoutError)

    assert isinstance(error, TimeoutError)
    assert isinstance(error, concurrent.futures.TimeoutError)
    assert isinstance(error, OutcomeUnknownError)
    assert error.args == ("the reason",)


def test_no_other_error_is_a_timeout():
    """A ``TimeoutError`` always means that the order may exist."""
    timeouts = [kind for kind in every(KucoinError) if issubclass(kind, TimeoutError)]

    assert timeouts == [ReplyTimeoutError, TrackingTimeoutError]
    for kind in (NotReadyError, StaleRequestError, TooManyInFlightError):
        assert not issubclass(kind, concurrent.futures.TimeoutError)


def test_wrong_arguments_are_value_errors():
    """As everywhere in Python."""
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(InvalidRequestError, ValueError)
    assert not issubclass(CallError, ValueError)


def test_the_cause_is_shown_with_the_error():
    """The shared reason stays one object, and the traceback tells of it."""
    reason = AuthenticationError("login refused with 400003: no such key", code="400003")
    error = make_call("r1").error(NotReadyError, str(reason), reason)

    assert error.__cause__ is reason
    assert "login refused with 400003" in "".join(traceback.format_exception(error))


def test_a_rate_limit_without_a_quota_has_no_time():
    """The exchange does not always say when."""
    told = call_error(RateLimitedError)
    assert isinstance(told, RateLimitedError)

    assert told.reset_after == 1.5


def test_a_batch_error_names_what_failed_and_counts_what_is_live():
    """The items keep their order."""
    error = OTHERS[-1]

    assert isinstance(error, BatchError)
    assert error.args == ("1 of 2 items failed: a: 300003 Balance not enough",)
    assert [item.client_oid for item in error.failed] == ["a"]
    assert [item.client_oid for item in error.succeeded] == ["b"]


def test_the_loss_of_a_connection_is_no_built_in_connection_error():
    """Nobody who catches ``ConnectionError`` to reconnect and repeat catches an order that may exist."""
    assert not issubclass(ConnectionLostError, (ConnectionError, OSError))
