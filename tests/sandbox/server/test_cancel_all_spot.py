"""All spot orders cancelled over REST (KuCoin documentation, "Cancel All Orders", "Cancel All Orders By Symbol")."""

import requests
from independent_clients import sign, signed_headers

ORDERS = {
    "BTC-USDT": {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"},
    "ETH-USDT": {"symbol": "ETH-USDT", "type": "limit", "side": "buy", "price": "2000", "size": "0.01"},
}


def delete(options, target: str) -> requests.Response:
    """A signed DELETE."""
    headers = signed_headers(options, target)
    text = f"{headers['KC-API-TIMESTAMP']}DELETE{target}"
    headers |= {"KC-API-SIGN": sign(options["api_secret"], text)}
    return requests.delete(options["rest_url"] + target, headers=headers, timeout=5)


def place_all(client) -> None:
    """One order of each pair, and one on margin."""
    for order in ORDERS.values():
        assert client.ask("spot.order", order)["code"] == "200000"
    assert client.ask("margin.order", {**ORDERS["BTC-USDT"], "clientOid": "m"})["code"] == "200000"


def active(sandbox) -> list[tuple[str, str]]:
    """Product and pair of the orders that are active."""
    return [(order.terms.product, order.terms.symbol) for order in sandbox.orders if order.is_active]


def test_all_spot_orders_are_cancelled_and_their_pairs_named(sandbox, client):
    """Margin orders stay; the call weighs 30."""
    place_all(client)

    response = delete(sandbox.client_options(), "/api/v1/hf/orders/cancelAll")

    data = response.json()["data"]
    assert (sorted(data["succeedSymbols"]), data["failedSymbols"]) == (["BTC-USDT", "ETH-USDT"], [])
    assert active(sandbox) == [("margin", "BTC-USDT")]
    assert int(response.headers["gw-ratelimit-remaining"]) == 4000 - 1 - 1 - 2 - 30


def test_those_of_a_pair_are_cancelled(sandbox, client):
    """The others stay; the call weighs 2."""
    place_all(client)

    response = delete(sandbox.client_options(), "/api/v1/hf/orders?symbol=BTC-USDT")

    assert response.json()["data"] == "success"
    assert active(sandbox) == [("spot", "ETH-USDT"), ("margin", "BTC-USDT")]
    assert int(response.headers["gw-ratelimit-remaining"]) == 4000 - 1 - 1 - 2 - 2
