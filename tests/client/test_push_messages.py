"""What the push sockets say is recognised by its fields, of both generations; whatever they say, nothing raises."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from push_samples import PUSHES, SAMPLES, push

from kucoin_wsapi._messages import Pong, Unrecognised, Welcome
from kucoin_wsapi._push_messages import (
    Accepted,
    Other,
    Push,
    PushMessage,
    Refused,
    encode_login,
    encode_pro_subscription,
    encode_v1_ping,
    encode_v1_subscription,
    parse_push,
)

MESSAGES = get_args(PushMessage)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v1 welcome", Welcome(None, None)),
        ("v1 ack", Accepted("1545910660739")),
        ("v1 pong", Pong("1545910590801")),
        ("v1 pong with its time", Pong("1545910590801")),
        ("v1 error", Refused("1545910660739", "404", "topic does not exist")),
        ("v1 bad token", Refused("1545910660739", "401", "token is invalid")),
        ("v1 ping timeout", Refused("", "400", "ping timeout")),
        ("pro welcome", Welcome(18.0, None)),
        ("pro login", Accepted("auth-1")),
        ("pro accepted", Accepted("1")),
        ("pro refused", Refused("5", "", "invalid request data")),
        ("pro pong", Pong("1")),
        ("pro pong by its op", Pong("1")),
    ],
)
def test_what_is_said_about_the_connection(name, expected):
    """Welcomes, answers and pongs, as documented and as captured."""
    assert parse_push(SAMPLES[name]) == expected


def test_every_sample_of_data_is_a_push_with_all_of_its_message():
    """Every key of every message, those that differ only in case included."""
    assert len(PUSHES) == 64
    for name in PUSHES:
        message = push(name)

        assert message.raw == json.loads(SAMPLES[name], parse_float=Decimal)
        assert message.topic == message.raw.get("topic", message.raw.get("T"))


def test_the_subject_is_that_of_v1_and_the_stage_of_a_pro_book():
    """Other Pro messages have none."""
    subjects = {
        name: push(name).subject
        for name in ("spot trade", "pro book", "pro book change", "pro ticker", "spot ticker of all")
    }

    assert subjects == {
        "spot trade": "trade.l3match",
        "pro book": "snapshot",
        "pro book change": "delta",
        "pro ticker": "",
        "spot ticker of all": "BTC-USDT",
    }


def test_keys_that_differ_in_case_stay_apart():
    """``ls`` is the price of the last fill, ``lS`` its size."""
    data = push("pro order filled").raw["d"]

    assert (data["ls"], data["lS"], data["s"], data["S"]) == ("66421", "0.00001", "BTC-USDT", "BUY")


def test_a_number_with_a_fraction_is_exact():
    """Positions and mark prices come as numbers."""
    assert push("futures position").raw["data"]["realisedCost"] == Decimal("-0.002817568")


@pytest.mark.parametrize(
    "text", [' {"id":"7","type":"ack"}', '{"id":"7","type":"ack"}\r\n', '\t{"id": "7", "type": "ack"} ']
)
def test_blanks_around_a_message_do_not_count(text):
    """Those that JSON knows."""
    assert parse_push(text) == Accepted("7")


@pytest.mark.parametrize("name", ["pro ticker", "v1 ack"])
def test_a_binary_message_is_the_same_text_in_utf_8(name):
    """Pro sends binary frames with JSON in them."""
    assert parse_push(SAMPLES[name].encode()) == parse_push(SAMPLES[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id":"7","result":"true"}', Accepted("7")),
        ('{"id":"7","result":"false","reason":"no"}', Refused("7", "", "no")),
        ('{"id":7,"result":true}', Accepted("7")),
        ('{"id":"7","result":false,"code":"400100","msg":"bad"}', Refused("7", "400100", "bad")),
        ('{"code":"400003","msg":"KC-API-KEY not exists."}', Refused("", "400003", "KC-API-KEY not exists.")),
        ('{"id":"7","code":400001,"message":"bad"}', Refused("7", "400001", "bad")),
        ('{"id":"7","code":"200000"}', Accepted("7")),
        (
            '{"sessionId":"s","message":"welcome","pingInterval":30000,"pingTimeout":10000}',
            Welcome(30.0, 10.0),
        ),
        ('{"id":"7","type":"error","code":509,"data":null}', Refused("7", "509", "")),
        ('{"id":"7","type":"error"}', Refused("7", "", "")),
    ],
)
def test_other_spellings_of_answers(text, expected):
    """Results come as booleans or as text, codes as text or as numbers, reasons under four names."""
    assert parse_push(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pong",
        "[]",
        "null",
        "{}",
        '{"type":"message"}',
        '{"type":"message","topic":5,"data":{}}',
        '{"T":5,"d":{}}',
        '{"T":"ticker.SPOT"}',
        '{"d":{}}',
        '{"id":"7","result":"perhaps"}',
        '{"id":"7","result":1}',
        '{"topic":"/a","type":"message","data":NaN}',
        '{"id":"7","type":"ack"}{"id":"8","type":"ack"}',
        '{"id":"7","type":"ack"}\xa0',
        '{"topic":"/a","type":"message","data":1e99999999999999999999}',
        '{"T":"a","d":' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_garbage_is_told_as_such(text):
    """Not JSON, or of no known shape: a message that says so, with a short excerpt."""
    message = parse_push(text)

    assert isinstance(message, Unrecognised)
    assert message.text == text[:200]


def test_a_message_of_another_type_is_no_garbage():
    """It is news that this release does not know."""
    assert parse_push('{"type":"something new","topic":"/a"}') == Other("something new")


def test_bytes_that_are_no_text_are_told_as_such():
    """Nothing is guessed: a letter replaced in the name of a symbol would be another symbol."""
    assert parse_push(b'{"T":"a\xff","d":1}') == Unrecognised("not UTF-8", repr(b'{"T":"a\xff","d":1}'))


def test_a_word_inside_the_data_misleads_nobody():
    """A message of a subscription is that, whatever is in it."""
    for text in (
        '{"type":"message","topic":"/a","subject":"pong","data":{"type":"error","code":1,"result":false},"op":"pong"}',
        '{"T":"a.SPOT","d":{"op":"pong"},"op":"pong","code":"400","result":false}',
    ):
        assert isinstance(parse_push(text), Push)


KEYS = [
    "id",
    "type",
    "topic",
    "subject",
    "data",
    "T",
    "P",
    "d",
    "t",
    "op",
    "code",
    "msg",
    "result",
    "message",
]
WORDS = ["message", "welcome", "pong", "ack", "error", "true", "false", "200000", "", "ticker.SPOT", "/a:B"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 10**40)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=7))
def test_any_object_of_known_fields_is_recognised_as_something(fields):
    """Whatever the values of the known fields are, nothing raises and no type is stretched."""
    message = parse_push(json.dumps(fields))

    assert isinstance(message, MESSAGES)
    if isinstance(message, (Accepted, Refused, Pong)):
        assert isinstance(message.id, str)
    if isinstance(message, Push):
        assert isinstance(message.topic, str)
        assert isinstance(message.subject, str)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.text(max_size=40)
    | st.text(alphabet='{}[]",:0123456789eE+-.\\ntu', max_size=40)
    | st.binary(max_size=40)
)
def test_no_text_raises(text):
    """Fuzz: text, text that looks like JSON, and bytes."""
    assert isinstance(parse_push(text), MESSAGES)


def test_the_requests_of_v1_are_as_documented():
    """KuCoin documentation, "Websocket Introduction"; an answer is asked for."""
    topic = "/market/ticker:BTC-USDT,ETH-USDT"

    assert encode_v1_subscription("1545910660739", "subscribe", topic, private=False) == (
        '{"id":"1545910660739","type":"subscribe","topic":"/market/ticker:BTC-USDT,ETH-USDT",'
        '"privateChannel":false,"response":true}'
    )
    assert encode_v1_subscription("1545910660739", "unsubscribe", "/account/balance", private=True) == (
        '{"id":"1545910660739","type":"unsubscribe","topic":"/account/balance",'
        '"privateChannel":true,"response":true}'
    )
    assert encode_v1_ping("1545910590801") == '{"id":"1545910590801","type":"ping"}'


def test_the_requests_of_pro_are_as_documented():
    """KuCoin documentation, "Websocket Introduction" of the unified account."""
    channel = {"channel": "obu", "tradeType": "FUTURES", "symbol": "XBTUSDTM", "depth": "50"}

    assert encode_pro_subscription("2", "subscribe", channel) == (
        '{"id":"2","action":"SUBSCRIBE","channel":"obu","tradeType":"FUTURES","symbol":"XBTUSDTM","depth":"50"}'
    )
    assert '"action":"UNSUBSCRIBE"' in encode_pro_subscription("2", "unsubscribe", channel)


def test_the_login_of_pro_signs_time_and_path():
    """The signature covers the time and the path of a verification; the passphrase is signed too."""
    signed = {}

    def sign(message: str, secret: str) -> str:
        signed[message] = secret
        return f"<{message}>"

    text = encode_login(
        "auth-1",
        api_key="key",
        api_secret="secret",
        api_passphrase="phrase",
        timestamp=1742175983882,
        sign=sign,
    )

    assert json.loads(text) == {
        "id": "auth-1",
        "op": "auth",
        "kc-api-key": "key",
        "kc-api-sign": "<1742175983882POST/api/websocket/users/verify>",
        "kc-api-timestamp": "1742175983882",
        "kc-api-passphrase": "<phrase>",
    }
    assert set(signed.values()) == {"secret"}
