"""REST: the time, and what became of an order."""

import time

import pytest
import requests
from independent_clients import get, sign, signed_headers

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
FUTURES = {"symbol": "XBTUSDTM", "type": "limit", "side": "buy", "price": "60000", "size": 2, "leverage": 3}
UTA = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "0.001",
}

# Product: how an order is placed, and where it is looked up by orderId and by clientOid.
PLACES = {
    "spot": (
        "spot.order",
        SPOT,
        "/api/v1/hf/orders/{order_id}?symbol=BTC-USDT",
        "/api/v1/hf/orders/client-order/{client_oid}?symbol=BTC-USDT",
    ),
    "margin": (
        "margin.order",
        SPOT,
        "/api/v3/hf/margin/orders/{order_id}?symbol=BTC-USDT",
        "/api/v3/hf/margin/orders/client-order/{client_oid}?symbol=BTC-USDT",
    ),
    "futures": (
        "futures.order",
        FUTURES,
        "/api/v1/orders/{order_id}",
        "/api/v1/orders/byClientOid?clientOid={client_oid}",
    ),
    "uta": (
        "uta.order",
        UTA,
        "/api/ua/v2/unified/order/detail?tradeType=SPOT&symbol=BTC-USDT&orderId={order_id}",
        "/api/ua/v2/unified/order/detail?tradeType=SPOT&symbol=BTC-USDT&clientOid={client_oid}",
    ),
}


@pytest.fixture
def options(sandbox) -> dict[str, str]:
    return sandbox.client_options()


def test_these_tests_sign_as_kucoin_does():
    """The tests' own header signature agrees with a known one."""
    target = "/api/v1/hf/orders/client-order/5c52e11203aa677f33e493fb?symbol=BTC-USDT"
    options = {
        "api_key": "6710d8336afcdb0007319c27",
        "api_secret": "1ac2f1d4-9f4e-4a51-8f1b-0c7d9b1e2a33",
        "api_passphrase": "correct-horse",
    }

    headers = signed_headers(options, target, timestamp="1742175983882")

    assert headers["KC-API-SIGN"] == "Gp6Q+EY35HRAJu0rgMMeThHjWH1rmDNFgOz5fnFQMjE="


def test_timestamp_needs_no_key(options):
    """The time is public, in milliseconds."""
    response = get(options, "/api/v1/timestamp", headers={})

    assert response.status_code == 200
    assert response.json()["code"] == "200000"
    assert abs(response.json()["data"] / 1000 - time.time()) < 5


def test_timestamp_follows_the_clock_of_the_sandbox(open_sandbox):
    """A clock that is ahead shows."""
    options = open_sandbox(clock_offset=60.0).client_options()

    assert get(options, "/api/v1/timestamp", headers={}).json()["data"] / 1000 - time.time() > 50


@pytest.mark.parametrize("product", PLACES)
def test_order_is_found_by_either_id(client, options, product):
    """Both look-ups of the product show the same record, of the order that was placed."""
    op, args, by_order_id, by_client_oid = PLACES[product]
    placed = client.ask(op, {**args, "clientOid": "look-me-up"})["data"]

    records = [
        get(options, target.format(order_id=placed["orderId"], client_oid="look-me-up")).json()
        for target in (by_order_id, by_client_oid)
    ]

    assert records[0] == records[1]
    assert records[0]["code"] == "200000"
    record = records[0]["data"]
    assert placed["orderId"] in (record.get("id"), record.get("orderId"))
    assert record["clientOid"] == "look-me-up"
    assert record["symbol"] == args["symbol"]


@pytest.mark.parametrize(
    ("product", "by_order_id", "by_client_oid"),
    [
        ("spot", "400100", "400100"),
        ("margin", "126043", "126043"),
        ("futures", "100001", "100001"),
        ("uta", "106052", "106102"),
    ],
)
def test_order_that_does_not_exist(options, product, by_order_id, by_client_oid):
    """The product's own code says so, with HTTP status 200."""
    responses = [get(options, target.format(order_id="1", client_oid="x")) for target in PLACES[product][2:]]

    assert [response.json()["code"] for response in responses] == [by_order_id, by_client_oid]
    assert [response.status_code for response in responses] == [200, 200]
    assert all("data" not in response.json() for response in responses)


@pytest.mark.parametrize(
    ("product", "by", "filled", "days"),
    [
        *((product, by, False, 2) for product in ("spot", "margin") for by in ("orderId", "clientOid")),
        *((product, by, True, 7) for product in ("spot", "margin") for by in ("orderId", "clientOid")),
        *(("futures", "orderId", filled, 90) for filled in (False, True)),
        *(("futures", "clientOid", filled, 7) for filled in (False, True)),
    ],
)
def test_finished_order_is_found_for_so_many_days(sandbox, client, product, by, filled, days):
    """KuCoin documentation, "Get Order": no longer than that; an active order is always found."""
    op, args, by_order_id, by_client_oid = PLACES[product]
    ending = {"price": "68000"} if filled else {"timeInForce": "IOC"}
    ids = {
        name: client.ask(op, {**args, **more, "clientOid": name})["data"]["orderId"]
        for name, more in (("over", ending), ("resting", {}))
    }
    target = by_order_id if by == "orderId" else by_client_oid

    def found(name: str) -> bool:
        answer = get(sandbox.client_options(), target.format(order_id=ids[name], client_oid=name))
        return answer.json()["code"] == "200000"

    sandbox.advance(days * 86_400 - 60)
    before = found("over")
    sandbox.advance(120)

    assert (before, found("over"), found("resting")) == (True, False, True)


def test_wording_of_not_found(options):
    """Clients tell "not found" from other parameter errors by these words."""
    spot, futures = (
        get(options, PLACES[product][2].format(order_id="1")).json()["msg"] for product in ("spot", "futures")
    )

    assert spot == "order not exist."
    assert futures == "error.getOrder.orderNotExist"


def test_orders_of_one_product_are_not_found_in_another(client, options):
    """A spot order is no margin and no futures order."""
    order_id = client.ask("spot.order", {**SPOT, "clientOid": "c-1"})["data"]["orderId"]

    codes = [
        get(options, PLACES[product][2].format(order_id=order_id)).json()["code"]
        for product in ("margin", "futures")
    ]

    assert codes == ["126043", "100001"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/v1/hf/orders/1", "400100"),
        ("/api/v3/hf/margin/orders/1", "400100"),
        ("/api/v1/orders/byClientOid", "100001"),
        ("/api/ua/v2/unified/order/detail?symbol=BTC-USDT&orderId=1", "106000"),
        ("/api/ua/v2/unified/order/detail?tradeType=SWAP&symbol=BTC-USDT&orderId=1", "106000"),
        ("/api/ua/v2/unified/order/detail?tradeType=SPOT&orderId=1", "106000"),
        ("/api/ua/v2/unified/order/detail?tradeType=SPOT&symbol=BTC-USDT", "106000"),
    ],
)
def test_incomplete_look_up(options, target, code):
    """A look-up that lacks a parameter says which, in the product's code."""
    body = get(options, target).json()

    assert body["code"] == code
    assert "required" in body["msg"]


def test_uta_look_up_with_another_trade_type(client, options):
    """A spot order is not found as a futures order."""
    client.ask("uta.order", {**UTA, "clientOid": "u-1"})
    target = PLACES["uta"][3].format(client_oid="u-1").replace("SPOT", "FUTURES")

    assert get(options, target).json()["code"] == "106102"


@pytest.mark.parametrize(
    ("replaced", "code"),
    [
        ({"KC-API-KEY": None}, "400001"),
        ({"KC-API-SIGN": None}, "400001"),
        ({"KC-API-KEY-VERSION": None}, "400001"),
        ({"KC-API-KEY-VERSION": "1"}, "400009"),
        ({"KC-API-TIMESTAMP": "1742175983882"}, "400002"),
        ({"KC-API-KEY": "6710d8336afcdb0007319c27"}, "400003"),
        ({"KC-API-PASSPHRASE": "sandbox-passphrase"}, "400004"),
        ({"KC-API-SIGN": "x"}, "400005"),
    ],
)
def test_refused_headers(options, replaced, code):
    """Bad credentials are HTTP 401 with the code that says what is wrong."""
    target = "/api/v1/orders/1"
    headers = {**signed_headers(options, target), **replaced}

    response = get(options, target, {name: value for name, value in headers.items() if value is not None})

    assert (response.status_code, response.json()["code"]) == (401, code)


def test_key_version_two_is_accepted(options):
    """Clients in the field send 2."""
    target = "/api/v1/orders/1"
    headers = {**signed_headers(options, target), "KC-API-KEY-VERSION": "2"}

    assert get(options, target, headers).json()["code"] == "100001"


def test_query_is_signed_unencoded(options):
    """The signature is over the plain query, whatever the encoding on the wire (KuCoin documentation)."""
    plain = "/api/v1/orders/byClientOid?clientOid=a b/c+d&x=é"
    encoded = "/api/v1/orders/byClientOid?clientOid=a%20b%2Fc%2Bd&x=%C3%A9"

    signed_plain = get(options, encoded, signed_headers(options, plain))
    signed_encoded = get(options, encoded, signed_headers(options, encoded))

    assert signed_plain.json()["code"] == "100001"
    assert signed_encoded.json()["code"] == "400005"


def test_signature_covers_the_target(options):
    """A signature for one order does not open another."""
    headers = signed_headers(options, "/api/v1/orders/1")

    assert get(options, "/api/v1/orders/2", headers).json()["code"] == "400005"


def test_look_up_needs_the_general_permission(sandbox):
    """A key that may only trade is refused with 400007; one that may only look is not."""
    target = "/api/v1/orders/1"

    refused = get(sandbox.client_options(permissions=("Spot", "Futures")), target)
    allowed = get(sandbox.client_options(permissions=("General",)), target)

    assert (refused.status_code, refused.json()["code"]) == (403, "400007")
    assert allowed.json()["code"] == "100001"


def test_look_ups_draw_on_the_pools_of_the_socket(open_sandbox, log_in):
    """REST and the socket share one quota; the headers tell the rest of it."""
    sandbox = open_sandbox(rate_limits={"spot": 3})
    log_in(sandbox).ask("spot.order", {**SPOT, "clientOid": "c-1"})
    target = PLACES["spot"][3].format(client_oid="c-1")

    first, second = (get(sandbox.client_options(), target) for _ in range(2))

    assert first.headers["gw-ratelimit-limit"] == "3"
    assert first.headers["gw-ratelimit-remaining"] == "0"
    assert 0 < int(first.headers["gw-ratelimit-reset"]) <= 30_000
    assert (second.status_code, second.json()["code"]) == (429, "429000")


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/v1/private", "/api/v1/timestamp/"])
def test_unknown_url(options, path):
    """An unknown path, or the order socket's without an upgrade, is 404000."""
    response = get(options, path, headers={})

    assert (response.status_code, response.json()["code"]) == (404, "404000")


def test_unknown_method(options):
    """A known path with a method that is not served is 404000 as well."""
    response = requests.post(options["rest_url"] + "/api/v1/timestamp", timeout=5)

    assert (response.status_code, response.json()["code"]) == (404, "404000")


def test_body_is_signed_too(options):
    """A GET with a body is judged over the body as well."""
    target = "/api/v1/orders/1"
    headers = signed_headers(options, target)
    text = f"{headers['KC-API-TIMESTAMP']}GET{target}body"
    signed_with_body = {**headers, "KC-API-SIGN": sign(options["api_secret"], text)}

    codes = [
        requests.get(options["rest_url"] + target, headers=h, data="body", timeout=5).json()["code"]
        for h in (headers, signed_with_body)
    ]

    assert codes == ["400005", "100001"]
