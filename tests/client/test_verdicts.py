"""The verdict on a call that ends without an answer: whether a byte may have left decides."""

import pytest
from protocol_support import make_call

from kucoin_wsapi import _verdicts as verdicts
from kucoin_wsapi.exceptions import (
    ClientClosedError,
    ConnectionLostError,
    NotReadyError,
    NotSentError,
    OutcomeUnknownError,
    ReplyTimeoutError,
    StaleRequestError,
    TransportError,
)

REASON = TransportError("cannot connect: refused")


def call_that_is(stage: str):
    """A call as it is when it is queued, claimed with nothing written, or written."""
    call = make_call("r1", timeout=10, max_send_delay=3)
    if stage != "queued":
        call.claim()
    call.written = stage == "written"
    return call


@pytest.mark.parametrize(
    ("stage", "now", "kind", "text"),
    [
        ("queued", 3, StaleRequestError, "not written within max_send_delay (3 s): cannot connect: refused"),
        ("queued", 10, NotReadyError, "no ready connection within 10 s: cannot connect: refused"),
        ("claimed", 10, NotReadyError, "the socket took nothing of it within 10 s"),
        ("written", 10, ReplyTimeoutError, "no answer within 10 s"),
    ],
)
def test_an_expired_call(stage, now, kind, text):
    """Unknown only if it was written."""
    error = verdicts.expired(call_that_is(stage), now, REASON)

    assert type(error) is kind
    assert text in str(error)
    assert error.__cause__ is (REASON if stage == "queued" else None)


def test_an_expired_call_without_a_reason_names_none():
    """A queue behind a slow socket has no failed connection to tell of."""
    error = verdicts.expired(call_that_is("queued"), 3, None)

    assert error.args == ("not written within max_send_delay (3 s)",)
    assert error.__cause__ is None


@pytest.mark.parametrize(("stage", "kind"), [("claimed", NotReadyError), ("written", ConnectionLostError)])
def test_a_call_whose_connection_is_lost(stage, kind):
    """The loss is the cause."""
    error = verdicts.lost(call_that_is(stage), REASON)

    assert type(error) is kind
    assert error.__cause__ is REASON


@pytest.mark.parametrize(("reason", "kind"), [(None, ClientClosedError), (REASON, NotReadyError)])
def test_a_call_on_a_closed_connection(reason, kind):
    """Closed by the user, or for a reason that is then told."""
    error = verdicts.closed(call_that_is("queued"), reason)

    assert type(error) is kind
    assert error.__cause__ is reason


@pytest.mark.parametrize("stage", ["queued", "claimed", "written"])
def test_only_what_may_have_left_is_unknown(stage):
    """The two branches never mix: one says repeat, the other look up."""
    branch = OutcomeUnknownError if stage == "written" else NotSentError

    assert isinstance(verdicts.expired(call_that_is(stage), 10, None), branch)
    assert isinstance(verdicts.lost(call_that_is(stage), REASON), branch)


def test_an_error_knows_everything_about_its_call():
    """So that it can be looked up or repeated from the error alone."""
    call = call_that_is("written")
    call.sent_at, call.generation = 1.5, 7

    error = verdicts.lost(call, REASON)

    assert (error.request_id, error.op, error.ws_key) == (call.id, call.op, call.ws_key)
    assert (error.client_oid, error.request) == ("oid-r1", call.request)
    assert (error.sent_at, error.generation) == (1.5, 7)
