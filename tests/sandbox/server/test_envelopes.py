"""Frames after the welcome: what is no request, pings, silence."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.envelopes import MalformedRequest, read_request

MISSING_ID = "Please check the param of your request: Field 'id' must be a non-empty string."


@pytest.mark.parametrize(
    "text",
    [
        '{"op":"spot.order","args":{}}',
        '{"id":"","op":"spot.order","args":{}}',
        '{"id":1,"op":"spot.order","args":{}}',
        '{"id":null,"op":"ping"}',
        '{"id":["a"],"op":"ping"}',
    ],
)
def test_request_without_a_usable_id(client, text):
    """The answer has neither id nor op (KuCoin documentation, "Add Order")."""
    client.send_text(text)

    frame = client.receive()

    assert (frame["code"], frame["msg"]) == ("4001002", MISSING_ID)
    assert set(frame) == {"code", "msg", "inTime", "outTime"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{",
        "[]",
        "1",
        "null",
        '"ping"',
        '[{"id":"a","op":"ping"}]',
        '{"id":"a","op":"spot.order","args":{"size":NaN}}',
        "[" * 50_000,
        '{"id":"' + "a" * 65 + '","op":"ping"}',
        '{"id":"a","op":"ping","padding":"' + " " * 70_000 + '"}',
        '{"id":"a","op":"ping","number":' + "9" * 5_000 + "}",
    ],
)
def test_frame_that_is_no_request(client, text):
    """The answer is an id-less error, and the connection stays."""
    client.send_text(text)
    frame = client.receive()
    client.send_text('{"id":"after","op":"ping"}')

    assert frame["code"] == "4001002"
    assert "id" not in frame
    assert client.receive()["id"] == "after"


def test_binary_frame(client):
    """A request in a binary frame is an error, and the connection stays."""
    client.send_bytes(b'{"id":"a","op":"ping"}')
    frame = client.receive()
    client.send_text('{"id":"after","op":"ping"}')

    assert frame["code"] == "4001002"
    assert client.receive()["id"] == "after"


@pytest.mark.parametrize(
    ("request_", "echo"),
    [
        ({"id": "a"}, {"id": "a"}),
        ({"id": "a", "op": 5}, {"id": "a"}),
        ({"id": "a", "op": ""}, {"id": "a"}),
        ({"id": "a", "op": "spot.order"}, {"id": "a", "op": "spot.order"}),
        ({"id": "a", "op": "spot.order", "args": None}, {"id": "a", "op": "spot.order"}),
        ({"id": "a", "op": "spot.order", "args": []}, {"id": "a", "op": "spot.order"}),
        ({"id": "a", "op": "futures.multi_order", "args": {}}, {"id": "a", "op": "futures.multi_order"}),
        ({"id": "a", "op": "spot.multi_order", "args": []}, {"id": "a", "op": "spot.multi_order"}),
        ({"id": "\ud800", "op": "é\ud800"}, {"id": "\ud800", "op": "é\ud800"}),
    ],
)
def test_wrong_op_or_args(client, request_, echo):
    """What could be read of the request comes back with the error."""
    client.send_text(json.dumps(request_))

    frame = client.receive()

    assert frame["code"] == "4001002"
    assert {name: value for name, value in frame.items() if name in ("id", "op")} == echo


def test_many_malformed_frames_in_a_row_end_the_connection(client):
    """The twentieth is answered, then comes 420001, then a close."""
    for _ in range(20):
        client.send_text("{")

    codes = [client.receive()["code"] for _ in range(21)]

    assert codes == ["4001002"] * 20 + ["420001"]
    assert client.receive_close() == 1008


def test_a_good_frame_forgives_the_bad_ones(client):
    """Only errors in a row count."""
    for text in ["{"] * 19 + ['{"id":"good","op":"ping"}'] + ["{"] * 19:
        client.send_text(text)

    frames = [client.receive() for _ in range(39)]

    assert [frame.get("code") for frame in frames] == ["4001002"] * 19 + [None] + ["4001002"] * 19


def test_frame_too_large_to_read_is_closed(client, log_in, sandbox):
    """Beyond 4 MiB the connection just ends, and other connections do not notice."""
    other = log_in(sandbox)

    try:
        client.send_text(" " * (5 * 1024 * 1024))
        ending = client.receive_close()
    except ConnectionError:
        ending = "reset"  # the server closed while the frame was still on its way

    assert ending in (1009, "reset")
    other.send_text('{"id":"after","op":"ping"}')
    assert other.receive()["id"] == "after"


def test_ping_is_answered_by_a_pong_without_code(client):
    """The pong carries id, op and the time as a number of milliseconds, and nothing else."""
    client.send_text('{"id":"ping-1","op":"ping","timestamp":"1742176001882"}')

    frame = client.receive()

    assert frame["id"] == "ping-1"
    assert frame["op"] == "pong"
    assert set(frame) == {"id", "op", "timestamp"}
    assert abs(frame["timestamp"] / 1000 - time.time()) < 5


def test_silent_client_is_disconnected(open_sandbox, log_in):
    """No frame for ping interval and ping timeout together ends the connection."""
    client = log_in(open_sandbox(ping_interval=50, ping_timeout=50))
    welcomed = time.monotonic()

    assert client.receive_close() == 1001
    assert time.monotonic() - welcomed > 0.05


def test_client_that_pings_is_not_disconnected(open_sandbox, log_in):
    """Pings, of the socket's own or of the protocol's kind, outlast several times the limit."""
    client = log_in(open_sandbox(ping_interval=200, ping_timeout=100))
    deadline = time.monotonic() + 0.7

    while time.monotonic() < deadline:
        client.ping()
        client.send_text('{"id":"a","op":"ping"}')
        assert client.receive()["op"] == "pong"


def test_replies_tell_times_in_milliseconds(client):
    """By default inTime and outTime are Unix milliseconds, in order."""
    reply = client.ask("spot.cancel", {"symbol": "BTC-USDT", "orderId": "none"})

    assert abs(reply["inTime"] / 1000 - time.time()) < 5
    assert reply["inTime"] <= reply["outTime"]


def test_replies_tell_times_in_nanoseconds_on_demand(sandbox, log_in):
    """With enable_ns=true they are Unix nanoseconds, in errors too; a pong stays in milliseconds."""
    client = log_in(sandbox, enable_ns="true")

    reply = client.ask("spot.cancel", {"symbol": "BTC-USDT", "orderId": "none"})
    client.send_text("{")
    error = client.receive()
    client.send_text('{"id":"a","op":"ping"}')
    pong = client.receive()

    assert abs(reply["inTime"] / 1e9 - time.time()) < 5
    assert abs(error["outTime"] / 1e9 - time.time()) < 5
    assert abs(pong["timestamp"] / 1e3 - time.time()) < 5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=70) | json_values,
        "op": st.sampled_from(["ping", "spot.order", "futures.multi_order", "x"]) | json_values,
        "args": json_values,
    },
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text() | json_values.map(json.dumps) | envelopes.map(json.dumps))
def test_any_text_is_a_request_or_malformed(text):
    """No text makes the reader fail in another way, and what it lets through keeps the envelope's rules."""
    try:
        request = read_request(text, 64)
    except MalformedRequest as error:
        request = error
        request_id = "unread" if error.request_id is None else error.request_id
    else:
        request_id = request.id

    assert 1 <= len(request_id) <= 64
    assert (
        isinstance(request, MalformedRequest) or request.op == "ping" or isinstance(request.args, dict | list)
    )
