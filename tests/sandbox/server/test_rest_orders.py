"""Orders over REST: the twins of the order socket's operations, and what REST alone can do."""

import pytest
from independent_clients import ask, send

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
FUTURES = {"symbol": "XBTUSDTM", "type": "limit", "side": "buy", "price": "66000", "size": 2, "leverage": 3}
UTA = {"tradeType": "SPOT", "symbol": "BTC-USDT", "side": "BUY", "orderType": "LIMIT"}
UTA |= {"price": "60000", "size": "0.001"}


@pytest.fixture
def options(sandbox) -> dict[str, str]:
    return sandbox.client_options()


@pytest.mark.parametrize(
    ("op", "path", "args"),
    [
        ("spot.order", "/api/v1/hf/orders", SPOT),
        ("spot.sync_order", "/api/v1/hf/orders/sync", SPOT),
        ("margin.order", "/api/v3/hf/margin/order", SPOT),
        ("futures.order", "/api/v1/orders", FUTURES),
        ("uta.order", "/api/ua/v1/unified/order/place", UTA),
        ("uta.order", "/api/ua/v2/unified/order/place", UTA),
    ],
)
def test_placing_answers_as_the_order_socket_does(client, sandbox, options, op, path, args):
    """The data has the same fields, and both orders stand in the ledger with the same terms."""
    over_rest = ask(options, "POST", path, {**args, "clientOid": "c-1"})
    on_socket = client.ask(op, {**args, "clientOid": "c-2"})["data"]

    first, second = (sandbox.find_order(client_oid=name) for name in ("c-1", "c-2"))
    assert set(over_rest) == set(on_socket)
    assert over_rest["orderId"] == first.order_id
    assert first.is_active
    assert (first.terms.price, first.terms.size) == (second.terms.price, second.terms.size)


@pytest.mark.parametrize(
    ("path", "args", "by_order_id", "by_client_oid"),
    [
        (
            "/api/v1/hf/orders",
            SPOT,
            "/api/v1/hf/orders/{id}?symbol=BTC-USDT",
            "/api/v1/hf/orders/client-order/{oid}?symbol=BTC-USDT",
        ),
        (
            "/api/v1/hf/orders",
            SPOT,
            "/api/v1/hf/orders/sync/{id}?symbol=BTC-USDT",
            "/api/v1/hf/orders/sync/client-order/{oid}?symbol=BTC-USDT",
        ),
        (
            "/api/v3/hf/margin/order",
            SPOT,
            "/api/v3/hf/margin/orders/{id}?symbol=BTC-USDT",
            "/api/v3/hf/margin/orders/client-order/{oid}?symbol=BTC-USDT",
        ),
        (
            "/api/v1/orders",
            FUTURES,
            "/api/v1/orders/{id}",
            "/api/v1/orders/client-order/{oid}?symbol=XBTUSDTM",
        ),
    ],
)
def test_canceling_by_either_id(sandbox, options, path, args, by_order_id, by_client_oid):
    """The order is cancelled by its user; a second cancel finds nothing to cancel."""
    codes = []
    for number, target in enumerate((by_order_id, by_client_oid)):
        placed = ask(options, "POST", path, {**args, "clientOid": f"c-{number}"})
        target = target.format(id=placed["orderId"], oid=f"c-{number}")
        codes += [send(options, "DELETE", target).json()["code"] for _ in range(2)]

    assert codes[0] == codes[2] == "200000"
    assert codes[1] == codes[3] == ("100004" if args is FUTURES else "400100")
    assert not any(order.is_active for order in sandbox.orders)


def test_modifying(sandbox, options):
    """The new order has the new price, and the old one is gone."""
    ask(options, "POST", "/api/v1/hf/orders", {**SPOT, "clientOid": "c-1"})

    body = {"symbol": "BTC-USDT", "clientOid": "c-1", "newPrice": "61000"}
    data = ask(options, "POST", "/api/v1/hf/orders/alter", body)

    assert sandbox.find_order(order_id=data["newOrderId"]).terms.price == 61_000
    assert [order.is_active for order in sandbox.orders] == [False, True]


@pytest.mark.parametrize(
    ("path", "args"),
    [
        ("/api/v1/hf/orders/test", SPOT),
        ("/api/v3/hf/margin/order/test", SPOT),
        ("/api/v1/orders/test", FUTURES),
    ],
)
def test_testing_places_nothing(sandbox, options, path, args):
    """A good order gets an id, a bad one the refusal it would get; neither is placed."""
    good = ask(options, "POST", path, {**args, "clientOid": "c-1"})
    bad = send(options, "POST", path, {**args, "clientOid": "c-2", "side": "hold"}).json()

    assert good["clientOid"] == "c-1"
    assert good["orderId"]
    assert bad["code"] in ("400100", "100001")
    assert sandbox.orders == ()


def test_batch_of_spot_orders(sandbox, options):
    """Each is judged alone, and only limit orders are taken."""
    items = [
        {**SPOT, "clientOid": "c-1"},
        {**SPOT, "clientOid": "c-2", "size": "1000"},
        {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.01", "clientOid": "c-3"},
    ]

    first, second, third = ask(options, "POST", "/api/v1/hf/orders/multi", {"orderList": items})

    assert first == {"orderId": sandbox.orders[0].order_id, "clientOid": "c-1", "success": True}
    assert (second["success"], second["failMsg"]) == (False, "Balance insufficient!")
    assert third["success"] is False
    assert len(sandbox.orders) == 1


def test_synchronous_batch_tells_the_sizes(options):
    """Each item says what the first matching left of it."""
    (item,) = ask(options, "POST", "/api/v1/hf/orders/multi/sync", {"orderList": [SPOT]})

    assert (item["success"], item["status"], item["remainSize"]) == (True, "open", "0.001")


@pytest.mark.parametrize("items", [[], [SPOT] * 6, "all"])
def test_batch_of_the_wrong_size(sandbox, options, items):
    """None or more than five is a refusal of the whole."""
    answer = send(options, "POST", "/api/v1/hf/orders/multi", {"orderList": items}).json()

    assert answer["code"] == "400100"
    assert sandbox.orders == ()


def test_futures_batches(sandbox, options):
    """An array of orders is placed, an object with their ids cancels them, in the body of a DELETE."""
    items = [{**FUTURES, "clientOid": "f-1"}, {**FUTURES, "clientOid": "f-2", "size": 0}]
    placed = ask(options, "POST", "/api/v1/orders/multi", items)
    canceled = ask(options, "DELETE", "/api/v1/orders/multi-cancel", {"orderIdsList": [placed[0]["orderId"]]})

    assert [item["code"] == "200000" for item in placed] == [True, False]
    assert canceled[0]["code"] == "200"
    assert [order.is_active for order in sandbox.orders] == [False]


def test_partial_cancel(sandbox, options):
    """A part of the size is cancelled, and the rest stays in the book."""
    placed = ask(options, "POST", "/api/v1/hf/orders", SPOT)
    target = f"/api/v1/hf/orders/cancel/{placed['orderId']}?symbol=BTC-USDT&cancelSize=0.0004"

    data = ask(options, "DELETE", target)

    (order,) = sandbox.orders
    assert data == {"orderId": placed["orderId"], "cancelSize": "0.0004"}
    assert order.is_active
    assert (str(order.remaining_size), str(order.canceled_size)) == ("0.0006", "0.0004")


def test_canceling_all_of_spot(sandbox, options):
    """Of one symbol, or all; margin orders stay."""
    eth = {**SPOT, "symbol": "ETH-USDT", "price": "2500", "size": "0.1"}
    for path, args in (
        ("/api/v1/hf/orders", SPOT),
        ("/api/v1/hf/orders", eth),
        ("/api/v3/hf/margin/order", {**SPOT, "clientOid": "m-1"}),
    ):
        ask(options, "POST", path, args)

    of_symbol = ask(options, "DELETE", "/api/v1/hf/orders?symbol=BTC-USDT")
    after_first = [order.is_active for order in sandbox.orders]
    of_all = ask(options, "DELETE", "/api/v1/hf/orders/cancelAll")

    assert of_symbol == "success"
    assert after_first == [False, True, True]
    assert of_all == {"succeedSymbols": ["ETH-USDT"], "failedSymbols": []}
    assert [order.is_active for order in sandbox.orders] == [False, False, True]


def test_canceling_all_of_margin(sandbox, options):
    """Of one symbol and one kind of margin account."""
    ask(options, "POST", "/api/v3/hf/margin/order", {**SPOT, "clientOid": "m-1"})

    isolated = "/api/v3/hf/margin/orders?symbol=BTC-USDT&tradeType=MARGIN_ISOLATED_TRADE"
    ask(options, "DELETE", isolated)
    untouched = sandbox.orders[0].is_active
    ask(options, "DELETE", "/api/v3/hf/margin/orders?symbol=BTC-USDT&tradeType=MARGIN_TRADE")

    assert untouched
    assert not sandbox.orders[0].is_active


@pytest.mark.parametrize("path", ["/api/v3/orders", "/api/v1/orders"])
def test_canceling_all_of_futures_spares_stop_orders(open_sandbox, path):
    """Stop orders have a cancel of their own, which spares the others."""
    sandbox = open_sandbox()
    options = sandbox.client_options()
    stop = {**FUTURES, "stop": "up", "stopPrice": "70000", "stopPriceType": "MP"}
    plain = ask(options, "POST", "/api/v1/orders", {**FUTURES, "clientOid": "f-1"})["orderId"]
    waiting = ask(options, "POST", "/api/v1/orders", {**stop, "clientOid": "f-2"})["orderId"]

    all_but_stops = ask(options, "DELETE", f"{path}?symbol=XBTUSDTM")
    stops = ask(options, "DELETE", "/api/v1/stopOrders?symbol=XBTUSDTM")

    assert all_but_stops == {"cancelledOrderIds": [plain]}
    assert stops == {"cancelledOrderIds": [waiting]}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_unified_account(sandbox, options, version):
    """Amending and cancelling name the order, which keeps its id."""
    path = f"/api/ua/{version}/unified/order"
    placed = ask(options, "POST", f"{path}/place", {**UTA, "clientOid": "u-1"})
    reference = {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "u-1"}
    amended = ask(options, "POST", f"{path}/amend", {**reference, "newPrice": "61000"})
    detail = ask(options, "GET", f"{path}/detail?tradeType=SPOT&symbol=BTC-USDT&clientOid=u-1")
    canceled = ask(options, "POST", f"{path}/cancel", reference)

    assert amended["orderId"] == canceled["orderId"] == detail["orderId"] == placed["orderId"]
    assert detail["price"] == "61000"
    assert not sandbox.orders[0].is_active


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/hf/orders/active"),
        ("GET", "/api/v1/hf/orders/test"),
        ("DELETE", "/api/v1/hf/orders/test"),
        ("GET", "/api/v1/hf/orders/cancelAll"),
        ("GET", "/api/v1/hf/orders/multi"),
        ("DELETE", "/api/v1/hf/orders/alter"),
        ("DELETE", "/api/v1/hf/orders/sync"),
        ("DELETE", "/api/v3/hf/margin/orders/active"),
        ("GET", "/api/v1/orders/test"),
        ("GET", "/api/v1/orders/multi"),
        ("DELETE", "/api/v1/orders/byClientOid"),
        ("DELETE", "/api/v1/orders/multi"),
        ("GET", "/api/v1/orders/multi-cancel"),
        ("GET", "/api/v1/contracts"),
    ],
)
def test_no_word_of_a_path_is_taken_for_an_order_id(options, method, path):
    """A path of its own, asked for with another method, looks no order up and cancels none."""
    response = send(options, method, f"{path}?symbol=BTC-USDT")

    assert (response.status_code, response.json()["code"]) == (404, "404000")


@pytest.mark.parametrize(
    ("method", "path", "weight", "permission"),
    [
        ("POST", "/api/v1/hf/orders", 1, "Spot"),
        ("POST", "/api/v1/hf/orders/multi", 1, "Spot"),
        ("DELETE", "/api/v1/hf/orders/cancel/1?symbol=BTC-USDT", 2, "Spot"),
        ("DELETE", "/api/v1/hf/orders?symbol=BTC-USDT", 2, "Spot"),
        ("DELETE", "/api/v1/hf/orders/cancelAll", 30, "Spot"),
        ("POST", "/api/v3/hf/margin/order", 2, "Margin"),
        ("DELETE", "/api/v3/hf/margin/orders?symbol=BTC-USDT", 5, "Margin"),
        ("POST", "/api/v1/orders", 2, "Futures"),
        ("POST", "/api/v1/orders/multi", 20, "Futures"),
        ("DELETE", "/api/v3/orders", 10, "Futures"),
        ("DELETE", "/api/v1/stopOrders", 15, "Futures"),
    ],
)
def test_weight_and_permission(sandbox, method, path, weight, permission):
    """Each draws its weight from the product's pool, and needs the product's permission."""
    others = {"General", "Spot", "Margin", "Futures"} - {permission}
    body = {} if method == "POST" else None

    granted = send(sandbox.client_options(permissions=[permission]), method, path, body)
    refused = send(sandbox.client_options(permissions=others), method, path, body)

    limit = int(granted.headers["gw-ratelimit-limit"])
    assert limit - int(granted.headers["gw-ratelimit-remaining"]) == weight
    assert (refused.status_code, refused.json()["code"]) == (403, "400007")
    assert limit - int(refused.headers["gw-ratelimit-remaining"]) == 2 * weight
