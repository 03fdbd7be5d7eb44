"""Whatever a client sends to a push socket is answered or ignored, and never more."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.push_announcing import Subscription
from kucoin_wsapi.sandbox.push_pro_channels import (
    ChannelRefused,
    read_private_channel,
    read_public_channel,
)
from kucoin_wsapi.sandbox.push_pro_requests import (
    login_headers,
    read_pro_request,
    write_pong,
    write_result,
)
from kucoin_wsapi.sandbox.push_tokens import LIFETIME, TokenRefused, read_token, write_token
from kucoin_wsapi.sandbox.push_v1_requests import RequestRefused, read_v1_request, write_ack, write_error
from kucoin_wsapi.sandbox.push_v1_topics import TopicRefused, read_topic

NOW = 1_742_175_983_882_000_000
KNOWN = {"BTC-USDT"}
words = st.one_of(
    st.sampled_from(
        [
            "subscribe",
            "SUBSCRIBE",
            "unsubscribe",
            "ping",
            "auth",
            "/market/ticker:BTC-USDT",
            "/account/balance",
            "ticker",
            "obu",
            "orderAll",
            "order",
            "balance",
            "SPOT",
            "UNIFIED",
            "BTC-USDT",
            "50",
        ]
    ),
    st.text(max_size=20),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ["id", "type", "topic", "response", "action", "op", "channel", "tradeType", "symbol"]
FIELDS += ["symbols", "depth", "accountType", "kc-api-key"]
messages = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8).map(json.dumps)
texts = st.one_of(messages, values.map(json.dumps), st.text(max_size=40))


def outcome(call: Callable[[], object], *refusals: type[Exception]) -> object:
    """What a call gives, or how it refuses."""
    try:
        return call()
    except refusals as refusal:
        return refusal


def are_subscriptions(result: object, uid: str) -> bool:
    """Of this user, or of everybody."""
    return all(isinstance(each, Subscription) and each.uid in ("", uid) for each in result)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(texts)
def test_classic_requests(text):
    """A request has an id of text and topics that are subscriptions, or it is refused with a number and words."""
    request = outcome(lambda: read_v1_request(text), RequestRefused)
    if isinstance(request, RequestRefused):
        error = write_error(request.id, request.code, request.text)
        assert json.loads(error)["code"] in (400, 415)
        return
    assert json.loads(write_ack(request.id)) == {"id": request.id, "type": "ack"}
    for uid in ("", "7"):
        result = outcome(lambda uid=uid: read_topic(request.topic, uid, KNOWN, ()), TopicRefused)
        if isinstance(result, TopicRefused):
            assert result.code in (400, 403, 404, 406, 509)
        else:
            assert are_subscriptions(result, uid)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(texts)
def test_pro_requests(text):
    """The same of Pro; what is no request is none."""
    request = read_pro_request(text)
    if request is None:
        return
    assert json.loads(write_result(request.id, "no"))["result"] is False
    assert "pong" in write_pong(request, NOW)
    assert all(isinstance(value, str) for value in login_headers(request).values())
    for read in (
        lambda: read_private_channel(request.fields, "7"),
        lambda: read_private_channel(request.fields, ""),
        lambda: read_public_channel(request.fields, "SPOT", KNOWN),
    ):
        result = outcome(read, ChannelRefused)
        assert str(result) if isinstance(result, ChannelRefused) else are_subscriptions(result, "7")


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=40).map(lambda data: data.decode("latin-1"))))
def test_made_up_tokens(text):
    """None of them lets anybody in."""
    with pytest.raises(TokenRefused, match="token is invalid"):
        read_token(text, NOW)


def test_a_token_is_good_for_its_time_and_for_nobody_else():
    """To the nanosecond; and its parts cannot be put together anew."""
    mine, yours = write_token("7", NOW), write_token("8", NOW)

    assert read_token(mine, NOW + LIFETIME).uid == "7"
    with pytest.raises(TokenRefused, match="token is expired"):
        read_token(mine, NOW + LIFETIME + 1)
    with pytest.raises(TokenRefused, match="token is invalid"):
        read_token(mine.split(".")[0] + "." + yours.split(".")[1], NOW)
