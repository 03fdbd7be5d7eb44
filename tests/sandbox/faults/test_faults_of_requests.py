"""What can go wrong with a request, as a client sees it on the wire, and what the ledger says of it."""

import contextlib
import json
import time

import pytest
import websocket
from independent_clients import OrderSocketClient

from kucoin_wsapi.sandbox import Fault

LIMIT = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.001"}
BROKEN = (ConnectionResetError, BrokenPipeError, websocket.WebSocketConnectionClosedException)


def order(request_id):
    """The text of a request."""
    return json.dumps(
        {"id": request_id, "op": "spot.order", "args": {**LIMIT, "clientOid": f"c-{request_id}"}}
    )


def place(client, request_id="1"):
    """Send an order without waiting for its answer."""
    client.send_text(order(request_id))


def place_together(client, request_ids):
    """Send orders in one packet."""
    frames = (
        websocket.ABNF.create_frame(order(number), websocket.ABNF.OPCODE_TEXT) for number in request_ids
    )
    client._socket.sock.sendall(b"".join(frame.format() for frame in frames))


def read_to_the_end(client):
    """Read until the connection breaks or is closed; a close frame is no text."""
    with contextlib.suppress(*BROKEN, AssertionError):
        while client.receive():
            pass


def ping(client, ping_id="ping-1"):
    client.send_text(json.dumps({"id": ping_id, "op": "ping", "timestamp": 1}))


def placed(sandbox):
    """The client ids in the ledger."""
    return [order.terms.client_oid for order in sandbox.orders]


@pytest.mark.parametrize("limit", [True, False])
@pytest.mark.parametrize("code", ["429000", "429002"])
def test_a_refusal(log_in, code, limit):
    """A code, with or without the rate limit; nothing is executed."""
    sandbox, client = log_in(Fault("refusal", code=code, limit=limit))
    answer = client.ask("spot.order", LIMIT)
    assert answer["code"] == code
    assert ("userRateLimit" in answer) is limit
    assert sandbox.orders == ()


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("code", ["500000", "504000"])
def test_an_error_that_tells_nothing(log_in, code, executed):
    """The ledger alone knows whether it was executed."""
    sandbox, client = log_in(Fault("error", code=code, executed=executed))
    answer = client.ask("spot.order", LIMIT)
    assert answer["code"] == code
    assert "data" not in answer
    assert len(sandbox.orders) == executed


def test_an_error_without_an_id(log_in):
    """As for a request whose id could not be read; the connection stays."""
    sandbox, client = log_in("error-without-id:every=2")
    client.ask("spot.order", LIMIT)
    place(client, "2")
    answer = client.receive()
    assert answer["code"] == "4001002"
    assert "id" not in answer
    assert len(sandbox.orders) == 1
    assert client.ask("spot.order", LIMIT)["code"] == "200000"


@pytest.mark.parametrize("executed", [True, False])
def test_no_reply(log_in, executed):
    """The next request is answered, this one never."""
    sandbox, client = log_in(Fault("no-reply", executed=executed, every=2))
    place(client, "1")
    place(client, "2")
    place(client, "3")
    assert [client.receive()["id"] for _ in range(2)] == ["1", "3"]
    assert placed(sandbox) == (["c-1", "c-2", "c-3"] if executed else ["c-1", "c-3"])


def test_a_late_reply_delays_no_other(log_in):
    """It comes after those of later requests."""
    sandbox, client = log_in("reply-late:every=3,delay=0.2")
    for number in "1234":
        place(client, number)
    sent = time.monotonic()
    assert [client.receive()["id"] for _ in range(4)] == ["1", "2", "4", "3"]
    assert time.monotonic() - sent >= 0.15
    assert placed(sandbox) == ["c-1", "c-2", "c-3", "c-4"]


def test_a_reply_is_overtaken_by_the_next(log_in):
    """The order of answers is not the order of requests."""
    _, client = log_in("reply-reordered:every=2,delay=4")
    for number in "123":
        place(client, number)
    assert [client.receive()["id"] for _ in range(3)] == ["1", "3", "2"]


def test_a_reply_that_nothing_overtakes_comes_in_the_end(log_in):
    """After the delay."""
    _, client = log_in("reply-reordered:delay=0.1")
    assert client.ask("spot.order", LIMIT)["code"] == "200000"


def test_a_reply_that_comes_twice(log_in):
    """Word for word; executed once."""
    sandbox, client = log_in("reply-twice")
    place(client)
    assert client.receive_text() == client.receive_text()
    assert len(sandbox.orders) == 1


def test_a_stray_reply(log_in):
    """An id that nobody has used, then the true answer."""
    sandbox, client = log_in("reply-stray")
    place(client)
    stray, true = client.receive(), client.receive()
    assert (stray["id"] == "1", true["id"] == "1") == (False, True)
    assert len(sandbox.orders) == 1


def test_other_spellings_of_a_reply(log_in):
    """Each in its own way."""
    kinds = ["code-number", "extra-fields", "nanoseconds", "old-limit", "no-limit"]
    for kind in kinds:
        _, client = log_in(f"reply-{kind}")
        answer = client.ask("spot.order", LIMIT)
        assert (answer["code"] == 200000) is (kind == "code-number")
        assert ("unheardOf" in answer["data"]) is (kind == "extra-fields")
        assert (answer["inTime"] > 10**18) is (kind == "nanoseconds")
        assert ("rateLimit" in answer) is (kind == "old-limit")
        assert ("userRateLimit" in answer) is (kind not in ("old-limit", "no-limit"))


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("code", ["1001", "1006", "1012", "1013"])
def test_a_close_instead_of_the_reply(log_in, code, executed):
    """With its code, or as a reset; executed or not."""
    sandbox, client = log_in(Fault("close", code=code, executed=executed))
    place(client)
    if code == "1006":
        with pytest.raises(BROKEN):
            client.receive()
    else:
        assert client.receive_close() == int(code)
    assert len(sandbox.orders) == executed


def test_a_close_with_requests_unread(log_in):
    """The first is answered, what comes after it never arrives."""
    sandbox, client = log_in("close-unread:delay=0.2")
    place(client, "1")
    assert client.receive()["id"] == "1"
    place(client, "2")
    with pytest.raises(BROKEN):
        client.receive()
    assert placed(sandbox) == ["c-1"]


def test_a_shutdown(log_in):
    """501000 without an id, then a close."""
    sandbox, client = log_in("shutdown:executed=no")
    place(client)
    answer = client.receive()
    assert (answer["code"], "id" in answer) == ("501000", False)
    assert client.receive_close() == 1001
    assert sandbox.orders == ()


def test_a_mute_connection_goes_on_executing(log_in):
    """Nothing comes back, pongs neither; another connection is not concerned."""
    sandbox, client = log_in("mute:every=2", ping_interval=200, ping_timeout=200)
    client.ask("spot.order", LIMIT)
    ping(client)
    assert client.receive()["op"] == "pong"
    place(client, "2")
    place(client, "3")
    ping(client)
    assert client.receive_close() == 1001  # for silence: not a word before it
    assert placed(sandbox) == [None, "c-2", "c-3"]


@pytest.mark.parametrize(
    ("fault", "executed"),
    [
        ("half-open:every=2,delay=0.2", ["c-1"]),
        ("close:every=2,executed=no", ["c-1"]),
        ("close:every=2,code=1012", ["c-1", "c-2"]),
        ("close-unread:every=2,delay=0.2", ["c-1", "c-2"]),
        ("shutdown:every=2,executed=no", ["c-1"]),
    ],
)
def test_what_came_after_the_request_is_not_executed_later(log_in, fault, executed):
    """It was read in one go with it; the end of the connection is the end of it too."""
    sandbox, client = log_in(fault)
    place_together(client, "1234")
    read_to_the_end(client)
    other = OrderSocketClient(sandbox.client_options())  # is let in after all that the first one caused
    other.close()
    assert placed(sandbox) == executed


def test_a_half_open_connection_does_not_hold_up_the_end(log_in):
    """The sandbox stops in time."""
    sandbox, client = log_in("half-open")
    place(client, "1")
    deadline = time.monotonic() + 5
    while not sandbox.faults_struck["half-open"]:
        assert time.monotonic() < deadline
    sandbox.stop()
    assert time.monotonic() < deadline


def test_a_lost_pong(log_in):
    """Requests are answered all the same."""
    _, client = log_in("no-pong")
    ping(client)
    assert client.ask("spot.order", LIMIT)["code"] == "200000"


def test_a_pong_with_a_code(log_in):
    """As replies have it."""
    _, client = log_in("pong-coded")
    ping(client)
    answer = client.receive()
    assert (answer["op"], answer["id"], answer["code"]) == ("pong", "ping-1", "200000")


def test_only_one_operation(log_in):
    """Others are served."""
    sandbox, client = log_in("refusal:op=spot.order")
    assert client.ask("spot.order", LIMIT)["code"] == "429000"
    assert client.ask("spot.sync_order", LIMIT)["code"] == "200000"
    assert sandbox.faults_struck == {"refusal": 1}
