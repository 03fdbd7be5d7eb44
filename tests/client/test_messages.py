"""What the order socket says is recognised by its fields; whatever it says, nothing raises."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi._messages import (
    Challenge,
    GatewayError,
    Message,
    Pong,
    Reply,
    Unrecognised,
    Welcome,
    encode_ping,
    encode_request,
    milliseconds,
    parse_message,
)

CHALLENGE = '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","timestamp":1742175983882}'
WELCOME = (
    '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","data":"welcome",'
    '"pingInterval":18000,"pingTimeout":10000}'
)
GATEWAY_REFUSAL = (
    '{"code":"400003","msg":"KC-API-KEY not exists.","inTime":1741589088843,"outTime":1741589088848}'
)


@pytest.mark.parametrize(
    "text",
    [
        CHALLENGE,
        '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc", "timestamp": 1742175983882}',
        ' { "timestamp" : 1742175983882 , "sessionId" : "92f2aec4-d87e-47cc-917d-4e7c93911bdc" } ',
    ],
    ids=["compact", "with blanks", "swapped keys"],
)
def test_a_challenge_keeps_the_exact_text(text):
    """The signature covers the text as it came, so not a blank of it may change."""
    assert parse_message(text) == Challenge(text, 1742175983882)


def test_a_challenge_does_not_print_its_text():
    """The session id stays out of logs."""
    assert "92f2aec4" not in repr(parse_message(CHALLENGE))


def test_a_challenge_in_nanoseconds_still_tells_the_clock():
    """The clock is read in milliseconds, whatever unit it came in."""
    assert parse_message('{"sessionId":"s","timestamp":1742175983882000000}') == Challenge(
        '{"sessionId":"s","timestamp":1742175983882000000}', 1742175983882
    )


@pytest.mark.parametrize("timestamp", ["null", '"1742175983882"', "true", "-1", "1742175983882.5"])
def test_a_challenge_with_a_strange_clock_is_still_a_challenge(timestamp):
    """It has to be answered all the same; it just does not tell the time."""
    text = f'{{"sessionId":"s","timestamp":{timestamp}}}'

    assert parse_message(text) == Challenge(text, None)


def test_the_intervals_of_a_welcome_become_seconds():
    """They are announced in milliseconds."""
    assert parse_message(WELCOME) == Welcome(18.0, 10.0)


@pytest.mark.parametrize("key", ["data", "message", "op", "type"])
@pytest.mark.parametrize("word", ["welcome", "WELCOME", "Welcome"])
def test_a_welcome_is_known_by_any_of_four_fields(key, word):
    """KuCoin's own SDK looks at all four, whatever the case."""
    assert parse_message(json.dumps({"sessionId": "s", "timestamp": 1, key: word})) == Welcome(None, None)


@pytest.mark.parametrize("announced", ["null", "0", "-5", '"18000"', "true", "1" + "0" * 400, "1e3"])
def test_a_nonsensical_interval_counts_as_not_announced(announced):
    """The defaults apply then, so that the pings never cease."""
    text = f'{{"data":"welcome","pingInterval":{announced},"pingTimeout":{announced}}}'

    assert parse_message(text) == Welcome(None, None)


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"ping-123","op":"pong","timestamp":1742175990001}',
        '{"id":"ping-123","op":"pong"}',
        '{"id":"ping-123","op":"pong","code":"200000"}',
    ],
    ids=["documented", "without timestamp", "with a code"],
)
def test_a_pong_is_known_by_its_op(text):
    """Whether a code or a timestamp comes with it makes no difference."""
    assert parse_message(text) == Pong("ping-123")


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"pong","op":"spot.order","code":"200000","data":{"orderId":"pong","clientOid":"pong"}}',
        '{"id":"x-pong-1","op":"spot.order","code":"200000","data":{"orderId":"welcome"}}',
        '{"id":"sessionId","op":"spot.order","code":"400100","msg":"pong timestamp welcome"}',
        '{"id":"a","op":"spot.order","code":"200000","data":"welcome"}',
    ],
)
def test_a_word_inside_an_id_or_a_text_misleads_nobody(text):
    """Answers that mention pong, welcome or sessionId are answers."""
    assert isinstance(parse_message(text), Reply)


CAPTURED_REPLIES = {
    "spot, documented": (
        '{"id":"request-001","op":"spot.order","code":"200000","data":{"orderId":"670fd33bf9406e0007ab3945",'
        '"clientOid":"5c52e11203aa677f33e493fb"},"inTime":1695190491421,"outTime":1695190491420,'
        '"userRateLimit":{"limit":4000,"remaining":3999,"reset":29876}}'
    ),
    "futures, refused": (
        '{"id":"_QACfSLXfE0AAQAAAAAA","op":"futures.order","code":"330008",'
        '"msg":"Order quantity is too high, insufficient available margin.",'
        '"inTime":1768970303228,"outTime":1768970303239}'
    ),
    "rate limited, id second": (
        '{"code":"429000","id":"order-1741590647179","op":"futures.order",'
        '"msg":"Too many requests in a short period of time, please retry later.","inTime":1741589852255,'
        '"outTime":1741589852255,"rateLimit":{"limit":1600,"reset":15244,"remaining":1528}}'
    ),
    "futures, accepted": (
        '{"id":"IAACgxI9hU0AAQAAAAAA","op":"futures.order","code":"200000","data":{"orderId":'
        '"403371203999346688","clientOid":"IAACgxI9hU0AAQAAAAAA"},"inTime":1768984391308,"outTime":1768984391377}'
    ),
    "uta, accepted": (
        '{"id":"4wACJpW38FMAAQAAAAAA","op":"uta.order","code":"200000","data":{"orderId":"414936156380143616",'
        '"tradeType":"FUTURES","ts":1771741690837000000,"clientOid":"4wACJpW38FMAAQAAAAAA"},'
        '"inTime":1771741690821,"outTime":1771741690838}'
    ),
}


@pytest.mark.parametrize("text", CAPTURED_REPLIES.values(), ids=CAPTURED_REPLIES.keys())
def test_a_captured_reply_keeps_id_code_and_everything_else(text):
    """Nothing of a real answer is lost or changed."""
    raw = json.loads(text)

    assert parse_message(text) == Reply(raw["id"], raw["code"], raw)


def test_a_code_may_be_a_number():
    """It is documented as text and was seen as a number."""
    reply = parse_message('{"id":"a","op":"spot.order","code":200004,"msg":"Balance insufficient!"}')

    assert isinstance(reply, Reply)
    assert reply.code == "200004"


def test_numbers_with_a_fraction_do_not_pass_through_a_float():
    """An amount that comes as a number is exactly the amount."""
    reply = parse_message('{"id":"a","code":"200000","data":{"borrowSize":0.1000000000000000055}}')

    assert isinstance(reply, Reply)
    assert reply.raw["data"]["borrowSize"] == Decimal("0.1000000000000000055")


def test_a_refused_login_is_a_code_without_id_and_op():
    """The code, the text and the gateway's time are kept."""
    refusal = parse_message(GATEWAY_REFUSAL)

    assert refusal == GatewayError(
        "400003", "KC-API-KEY not exists.", 1741589088843, json.loads(GATEWAY_REFUSAL)
    )


@pytest.mark.parametrize("request_id", ["null", '""', "7", "[]", "true"])
def test_a_code_without_a_usable_id_names_no_request(request_id):
    """The documented answer to an unreadable request: it belongs to nobody."""
    message = parse_message(
        f'{{"id":{request_id},"code":"4001002","msg":"Field \'id\' must be a non-empty string."}}'
    )

    assert isinstance(message, GatewayError)
    assert (message.code, message.in_time) == ("4001002", None)


def test_a_code_without_a_text_has_no_text():
    """A missing ``msg`` is not an error."""
    assert parse_message('{"code":501000}') == GatewayError("501000", None, None, {"code": 501000})


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "pong",
        "\ufeff{}",
        "{",
        "[]",
        "null",
        "17",
        '"welcome"',
        "{}",
        '{"sessionId":"s"}',
        '{"timestamp":1}',
        '{"type":"error","code":null}',
        '{"code":true}',
        '{"code":[]}',
        '{"code":200000.0}',
        '{"id":"a","code":"200000","data":NaN}',
        '{"id":"a","code":"200000","data":Infinity}',
        '{"id":"a","code":"200000","data":1e99999999999999999999}',
        "[" * 100_000,
        '{"id":' + "[" * 100_000 + "]" * 100_000 + ',"code":"1"}',
        "9" * 5_000,
        CHALLENGE + "x",
        CHALLENGE + CHALLENGE,
    ],
)
def test_garbage_is_told_as_such(text):
    """Not JSON, or of no known shape: a message that says so, with a short excerpt, never an exception."""
    message = parse_message(text)

    assert isinstance(message, Unrecognised)
    assert message.text == text[:200]
    assert message.reason


KEYS = ["id", "op", "code", "msg", "data", "sessionId", "timestamp", "type", "message"]
KEYS += ["inTime", "pingInterval", "pingTimeout", "userRateLimit"]
WORDS = st.sampled_from(["pong", "welcome", "200000", "400002", "", "spot.order"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**400) | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=6,
)
MESSAGES = (
    Challenge | Welcome | Pong | Reply | GatewayError | Unrecognised
)  # what a caller has to deal with, no more


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, max_size=7))
def test_any_object_of_known_fields_is_recognised_as_something(fields):
    """Whatever the values of the known fields are, nothing raises and no type is stretched."""
    message: Message = parse_message(json.dumps(fields))

    assert isinstance(message, MESSAGES)
    if isinstance(message, Reply):
        assert message.id == fields["id"] != ""
        assert message.code == str(fields["code"])
    if isinstance(message, Welcome):
        assert all(
            interval is None or 0 < interval <= 86_400
            for interval in (message.ping_interval, message.ping_timeout)
        )


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet='{}[]",:0123456789eE+-.\\ntu', max_size=60))
def test_no_text_raises(text):
    """Fuzz: plain text and text that looks like JSON."""
    assert isinstance(parse_message(text), MESSAGES)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, len(WELCOME)), st.characters(), st.sampled_from([CHALLENGE, WELCOME, GATEWAY_REFUSAL]))
def test_a_damaged_message_raises_nothing(position, character, text):
    """Fuzz: one character replaced anywhere in a real message."""
    assert isinstance(parse_message(text[:position] + character + text[position + 1 :]), MESSAGES)


@pytest.mark.parametrize(
    ("given_time", "expected"),
    [
        (1742175983882, 1742175983882),
        (1742175983882_123456, 1742175983882),
        (10**14 - 1, 10**14 - 1),
        (10**14, 10**8),
        (0, None),
        (-1, None),
        (True, None),
        ("1742175983882", None),
        (None, None),
        (1.5, None),
    ],
)
def test_a_time_is_milliseconds_whatever_its_unit(given_time, expected):
    """Nanoseconds, as ``enable_ns`` has them, are told by their size."""
    assert milliseconds(given_time) == expected


def test_a_request_is_compact_json_with_id_op_and_args():
    """The envelope that KuCoin documents, in its order; a batch's args are a list."""
    assert encode_request("a1", "spot.order", {"symbol": "BTC-USDT"}) == (
        b'{"id":"a1","op":"spot.order","args":{"symbol":"BTC-USDT"}}'
    )
    assert encode_request("a2", "futures.multi_order", [{"size": 1}]) == (
        b'{"id":"a2","op":"futures.multi_order","args":[{"size":1}]}'
    )


def _circular() -> dict[str, object]:
    loop: dict[str, object] = {}
    loop["self"] = loop
    return loop


@pytest.mark.parametrize(
    "args",
    [float("nan"), {"price": float("inf")}, {"price": Decimal(1)}, {1: object()}, {"x": {1, 2}}, _circular()],
)
def test_what_is_not_json_is_not_encoded(args):
    """NaN and infinity above all, which Python's encoder would let through."""
    with pytest.raises((TypeError, ValueError)):
        encode_request("a", "op", args)


def test_a_ping_carries_its_id_and_a_number_as_its_time():
    """A number is the documented type of the timestamp."""
    assert json.loads(encode_ping("ping-123", 1742175990000)) == {
        "id": "ping-123",
        "op": "ping",
        "timestamp": 1742175990000,
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"a"}',
        '{"id":"a","op":"spot.order"}',
        '{"id":"a","code":true}',
        '{"id":"a","code":[]}',
        '{"id":"a","code":200000.0}',
    ],
)
def test_an_answer_without_a_readable_code_still_names_its_request(text):
    """So that the call ends as unknown at once, rather than at its deadline."""
    message = parse_message(text)

    assert isinstance(message, Reply)
    assert (message.id, message.code) == ("a", "")


def test_a_welcome_is_one_with_a_code_of_success_too():
    """Not a login that is refused with success."""
    assert isinstance(parse_message('{"code":"200000","data":"welcome"}'), Welcome)
