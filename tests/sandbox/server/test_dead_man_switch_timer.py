"""The dead-man switch over REST, by the real clock."""

import json
import threading
import time

import pytest
import requests
from independent_clients import get, sign, signed_headers

PATH = "/api/v1/hf/orders/dead-cancel-all"
ORDER = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}


def post(options, body: str) -> requests.Response:
    """A signed POST of `body`."""
    headers = signed_headers(options, PATH)
    text = f"{headers['KC-API-TIMESTAMP']}POST{PATH}{body}"
    headers |= {"KC-API-SIGN": sign(options["api_secret"], text), "Content-Type": "application/json"}
    return requests.post(options["rest_url"] + PATH, data=body, headers=headers, timeout=5)


def set_switch(options, **fields: object) -> requests.Response:
    """A signed POST of an object."""
    return post(options, json.dumps(fields))


def test_it_fires_by_itself_and_in_time(sandbox, client):
    """Nobody says anything for five seconds; the order has the trigger's own time, not that of a later look."""
    order_id = client.ask("spot.order", ORDER)["data"]["orderId"]
    before = time.time_ns()
    data = set_switch(sandbox.client_options(), timeout=5).json()["data"]
    after = time.time_ns()

    deadline = time.monotonic() + 20
    pause = threading.Event()
    while sandbox.find_order(order_id=order_id).is_active:
        assert time.monotonic() < deadline
        pause.wait(0.01)

    order = sandbox.find_order(order_id=order_id)
    assert order.cancel_reason == "DEAD_CANCEL_ALL"
    assert before + 5_000_000_000 <= order.updated_at <= after + 5_000_000_000
    assert data["triggerTime"] - data["currentTime"] == 5
    assert before // 1_000_000_000 <= data["currentTime"] <= after // 1_000_000_000


def test_set_query_and_end(sandbox):
    """The shapes of the three answers; no data when none is set."""
    options = sandbox.client_options()

    assert get(options, f"{PATH}/query").json() == {"code": "200000", "data": None}
    times = set_switch(options, timeout=60, symbols="BTC-USDT").json()["data"]
    told = get(options, f"{PATH}/query").json()["data"]
    assert told == {
        "timeout": 60,
        "symbols": "BTC-USDT",
        "currentTime": told["currentTime"],
        "triggerTime": times["triggerTime"],
    }
    assert set_switch(options, timeout=-1).json()["code"] == "200000"
    assert get(options, f"{PATH}/query").json()["data"] is None


def test_each_call_weighs_two(sandbox):
    """Of the spot pool, as the headers tell."""
    options = sandbox.client_options()

    remaining = [
        int(response.headers["gw-ratelimit-remaining"])
        for response in (set_switch(options, timeout=60), get(options, f"{PATH}/query"))
    ]

    assert remaining == [3998, 3996]


def test_a_used_up_pool_refuses(open_sandbox):
    """And no timer is set."""
    sandbox = open_sandbox(rate_limits={"spot": 3})
    options = sandbox.client_options()
    get(options, f"{PATH}/query")

    response = set_switch(options, timeout=5)

    assert (response.status_code, response.json()["code"]) == (429, "429000")


def test_setting_needs_the_permission_to_trade_spot(sandbox):
    """Asking needs only the general one."""
    options = sandbox.client_options(permissions=["General", "Futures"])

    response = set_switch(options, timeout=5)

    assert (response.status_code, response.json()["code"]) == (403, "400007")
    assert get(options, f"{PATH}/query").json()["code"] == "200000"


def test_the_body_is_signed(sandbox):
    """A signature over another body is refused."""
    options = sandbox.client_options()
    headers = signed_headers(options, PATH)

    response = requests.post(options["rest_url"] + PATH, data='{"timeout":5}', headers=headers, timeout=5)

    assert (response.status_code, response.json()["code"]) == (401, "400005")
    assert get(options, f"{PATH}/query").json()["data"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "400100"),
        ("{", "400101"),
        ("[]", "400100"),
        ('"5"', "400102"),
        ("[" * 100_000, "400101"),
        ('{"timeout":4}', "400100"),
        ('{"timeout":"5"}', "400100"),
    ],
)
def test_other_bodies_are_refused(sandbox, body, code):
    """In words, by the gateway where it is not JSON, and without a trace."""
    response = post(sandbox.client_options(), body)

    assert response.json()["code"] == code
    assert get(sandbox.client_options(), f"{PATH}/query").json()["data"] is None
