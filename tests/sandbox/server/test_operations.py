"""Every operation once through the socket, permissions and rate limits."""

import json

import pytest

from kucoin_wsapi.sandbox.rate_limits import RateLimits

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
FUTURES = {
    "symbol": "XBTUSDTM",
    "type": "limit",
    "side": "buy",
    "price": "60000",
    "size": 1,
    "leverage": 3,
}
UTA = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "0.001",
}


def succeeded(reply: dict) -> dict:
    """The data of a reply that must be a success."""
    assert reply["code"] == "200000", reply
    return reply["data"]


def test_spot_order_and_cancel(client, sandbox):
    """An order is acknowledged, stands in the ledger, and a cancel ends it."""
    placed = succeeded(client.ask("spot.order", {**SPOT, "clientOid": "c-1"}))
    standing = sandbox.find_order(client_oid="c-1")
    canceled = succeeded(client.ask("spot.cancel", {"symbol": "BTC-USDT", "orderId": placed["orderId"]}))

    assert placed == {"orderId": standing.order_id, "clientOid": "c-1"}
    assert standing.is_active
    assert canceled == {"orderId": placed["orderId"]}
    assert not sandbox.find_order(order_id=placed["orderId"]).is_active


def test_spot_sync_order_that_fills(client, sandbox):
    """A market order reports its sizes, and the ledger shows its fills."""
    args = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.01", "clientOid": "m-1"}

    data = succeeded(client.ask("spot.sync_order", args))

    assert data["status"] == "done"
    assert data["dealSize"] == "0.01"
    assert {fill.order_id for fill in sandbox.fills} == {data["orderId"]}
    assert sum(fill.size for fill in sandbox.fills) == sandbox.find_order(client_oid="m-1").filled_size


def test_spot_modify_and_sync_cancel(client):
    """A modified order has a new id, which a sync cancel ends with its sizes."""
    placed = succeeded(client.ask("spot.order", {**SPOT, "clientOid": "c-1"}))
    modified = succeeded(
        client.ask("spot.modify", {"symbol": "BTC-USDT", "clientOid": "c-1", "newPrice": "59000"})
    )
    canceled = succeeded(
        client.ask("spot.sync_cancel", {"symbol": "BTC-USDT", "orderId": modified["newOrderId"]})
    )

    assert modified["newOrderId"] != placed["orderId"]
    assert canceled["canceledSize"] == "0.001"
    assert canceled["status"] == "done"


def test_margin_order_and_cancel(client, sandbox):
    """A cross margin order within the funds is placed and cancelled by its clientOid."""
    succeeded(client.ask("margin.order", {**SPOT, "clientOid": "m-1"}))
    product = sandbox.find_order(client_oid="m-1").terms.product
    canceled = succeeded(client.ask("margin.cancel", {"symbol": "BTC-USDT", "clientOid": "m-1"}))

    assert product == "margin"
    assert canceled == {"clientOid": "m-1"}


def test_futures_order_and_cancel(client):
    """A futures order is placed, and cancelled by its clientOid and symbol."""
    placed = succeeded(client.ask("futures.order", {**FUTURES, "clientOid": "f-1"}))
    canceled = succeeded(client.ask("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "f-1"}))

    assert placed["clientOid"] == "f-1"
    assert canceled == {"clientOid": "f-1"}


def test_futures_position_stands_in_the_ledger(client, sandbox):
    """A filled futures order makes a position."""
    args = {**FUTURES, "type": "market", "clientOid": "f-1"}
    del args["price"]

    succeeded(client.ask("futures.order", args))

    sizes = {position.symbol: position.size for position in sandbox.positions}
    assert sizes["XBTUSDTM"] == 1


def test_futures_batches(client):
    """Items succeed and fail for themselves; the envelope succeeds."""
    good, bad = {**FUTURES, "clientOid": "f-1"}, {**FUTURES, "clientOid": "f-2", "size": -1}
    placed = succeeded(client.ask("futures.multi_order", [good, bad]))
    canceled = succeeded(
        client.ask("futures.multi_cancel", {"orderIdsList": [placed[0]["orderId"], "123456789012345678"]})
    )

    assert placed[0]["code"] == "200000"
    assert placed[1]["code"] != "200000"
    assert canceled[0]["code"] == "200"
    assert canceled[1]["code"] != "200"


def test_uta_order_amend_and_cancel(client):
    """The unified account's operations keep the order's id."""
    placed = succeeded(client.ask("uta.order", {**UTA, "clientOid": "u-1"}))
    amended = succeeded(
        client.ask("uta.amend", {"symbol": "BTC-USDT", "clientOid": "u-1", "newPrice": "59000"})
    )
    reference = {"tradeType": "SPOT", "symbol": "BTC-USDT", "orderId": placed["orderId"]}
    canceled = succeeded(client.ask("uta.cancel", reference))

    assert placed["tradeType"] == "SPOT"
    assert amended["orderId"] == canceled["orderId"] == placed["orderId"]


def test_refusal_has_a_message_and_no_data(client):
    """A refused order carries the product's code."""
    reply = client.ask("spot.order", {**SPOT, "size": "1000", "clientOid": "c-1"})

    assert reply["code"] == "200004"
    assert reply["msg"] == "Balance insufficient!"
    assert "data" not in reply


def test_pipelined_requests_are_all_answered(client):
    """A burst of requests gets its replies, each with its own id."""
    for number in range(200):
        client.send_text(json.dumps({"id": str(number), "op": "spot.cancel", "args": {"orderId": "none"}}))

    assert {client.receive()["id"] for _ in range(200)} == {str(number) for number in range(200)}


@pytest.mark.parametrize(
    ("op", "args", "permission"),
    [
        ("spot.order", SPOT, "Spot"),
        ("margin.order", {**SPOT, "clientOid": "a"}, "Margin"),
        ("futures.order", {**FUTURES, "clientOid": "a"}, "Futures"),
        ("uta.order", {**UTA, "clientOid": "a"}, "Spot"),
    ],
)
def test_permission_of_the_key(sandbox, log_in, op, args, permission):
    """Without the product's permission there is 400007 and nothing in the ledger; with it alone the order stands."""
    others = {"General", "Spot", "Margin", "Futures"} - {permission}

    refused = log_in(sandbox, permissions=tuple(others)).ask(op, args)
    untouched = sandbox.orders
    placed = log_in(sandbox, permissions=(permission,)).ask(op, args)

    assert refused["code"] == "400007"
    assert untouched == ()
    assert placed["code"] == "200000"
    assert len(sandbox.orders) == 1


def test_uta_permission_follows_the_trade_type(sandbox, log_in):
    """A UTA futures order needs Futures; an amend, which names no product, any trading permission."""
    spot_only = log_in(sandbox, permissions=("Spot",))
    general_only = log_in(sandbox, permissions=("General",))
    amend = {"symbol": "BTC-USDT", "clientOid": "none", "newPrice": "1"}

    assert spot_only.ask("uta.order", {**UTA, "tradeType": "FUTURES"})["code"] == "400007"
    assert spot_only.ask("uta.amend", amend)["code"] != "400007"
    assert general_only.ask("uta.amend", amend)["code"] == "400007"


def test_usage_is_reported_on_most_replies(client):
    """Spot, and futures cancels, report the pool after the request; futures and UTA orders report none."""
    spot = client.ask("spot.order", {**SPOT, "clientOid": "c-1"})
    refused = client.ask("futures.cancel", {"orderId": "1"})
    futures = client.ask("futures.order", {**FUTURES, "clientOid": "f-1"})
    uta = client.ask("uta.order", {**UTA, "clientOid": "u-1"})

    assert spot["userRateLimit"]["limit"] == 4000
    assert spot["userRateLimit"]["remaining"] == 3999
    assert 0 < spot["userRateLimit"]["reset"] <= 30_000
    assert refused["userRateLimit"]["remaining"] == 1999
    assert "userRateLimit" not in futures
    assert "userRateLimit" not in uta


def test_used_up_quota(open_sandbox, log_in):
    """The request that does not fit is refused with 429000 and the limit, on every connection, and does nothing."""
    sandbox = open_sandbox(rate_limits={"spot": 3})
    first, second = log_in(sandbox), log_in(sandbox)
    placed = [first.ask("spot.order", {**SPOT, "clientOid": f"c-{number}"}) for number in range(2)]

    refused = second.ask("margin.order", {**SPOT, "clientOid": "m-1"})
    futures = second.ask("futures.order", {**FUTURES, "clientOid": "f-1"})

    assert [reply["code"] for reply in placed] == ["200000", "200000"]
    assert refused["code"] == "429000"
    assert refused["userRateLimit"]["remaining"] == 1
    assert futures["code"] == "200000"
    assert sandbox.find_order(client_oid="m-1") is None


def test_quota_returns_after_thirty_seconds():
    """The window starts with its first request and gives everything back at its end."""
    limits = RateLimits({"futures": 20})
    start = 1_742_175_983_882_000_000

    usages = [
        limits.charge("somebody", "futures", 20, start + second * 1_000_000_000) for second in (0, 29, 30)
    ]

    assert [(usage.granted, usage.remaining, usage.reset) for usage in usages] == [
        (True, 0, 30_000),
        (False, 0, 1_000),
        (True, 0, 30_000),
    ]


def test_pool_that_does_not_exist(open_sandbox):
    """A misspelt pool is no silent no-op."""
    with pytest.raises(ValueError, match="margin"):
        open_sandbox(rate_limits={"margin": 1})
