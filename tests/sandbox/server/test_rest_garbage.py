"""REST answers whatever it is asked, and never with a fault of its own."""

import json
import string
from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from independent_clients import signed_headers

from kucoin_wsapi.sandbox import Account, Sandbox
from kucoin_wsapi.sandbox.rest_endpoints import ENDPOINTS

FIELDS = [
    "symbol", "symbols", "type", "side", "price", "size", "funds", "clientOid", "orderId", "timeInForce",
    "cancelAfter", "stp", "hidden", "iceberg", "visibleSize", "postOnly", "newPrice", "newSize",
    "cancelSize", "orderList", "orderIdsList", "clientOidsList", "isIsolated", "autoBorrow", "autoRepay",
    "tradeType", "leverage", "marginMode", "positionMode", "positionSide", "reduceOnly", "closeOrder",
    "stop", "stopPrice", "stopPriceType", "orderType", "sizeUnit", "status", "currency", "startAt", "endAt",
    "lastId", "limit", "pageSize", "currentPage", "pageNum", "timeout",
]  # fmt: skip
WORDS = st.sampled_from([
    "BTC-USDT", "XBTUSDTM", "XBTUSDM", "limit", "market", "buy", "sell", "BUY", "SELL", "LIMIT", "MARKET",
    "SPOT", "FUTURES", "MARGIN", "MARGIN_TRADE", "TRADE", "USDT", "60000", "0.001", "1", "0", "-1", "1e5",
    "GTC", "GTT", "IOC", "FOK", "CN", "DC", "CROSS", "ISOLATED", "LONG", "BOTH", "up", "MP", "active",
    "done",
])  # fmt: skip
VALUES = st.recursive(
    WORDS
    | st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=12)
BODIES = OBJECTS | st.lists(OBJECTS, max_size=3)
QUERIES = st.dictionaries(st.sampled_from(FIELDS), WORDS | st.text(string.printable, max_size=8), max_size=8)
NAMES = st.text(string.ascii_letters + string.digits + "-_.~ %/é", min_size=1, max_size=12)
QUIET = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def options() -> Iterator[dict[str, str]]:
    """One sandbox for all examples, with quotas that do not end."""
    limits = dict.fromkeys(("spot", "futures", "uta", "management", "public"), 10**9)
    funds = {"USDT": 10_000}
    deposits = dict.fromkeys(("trade", "margin", "isolated:BTC-USDT", "futures"), funds)
    with Sandbox(accounts=[Account(deposits=deposits)], rate_limits=limits) as sandbox:
        yield dict(sandbox.client_options())


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def exchange(session, options, method: str, target: str, body: str) -> requests.Response:
    """One signed request on the connection of `session`."""
    headers = signed_headers(options, unquote(target), method=method, body=body)
    headers["Content-Type"] = "application/json"
    url = options["rest_url"] + target
    return session.request(method, url, data=body.encode() or None, headers=headers, timeout=10)


def target_of(path: str, name: str, query: dict[str, str]) -> str:
    """A path with something in place of its ids, and a query, percent-encoded."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + quote(name, safe="") + rest.partition("}")[2].removeprefix("}")
    encoded = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    return f"{path}?{encoded}" if encoded else path


@QUIET
@given(endpoint=st.sampled_from(ENDPOINTS), name=NAMES, query=QUERIES, body=BODIES)
def test_every_request_gets_an_answer(session, options, endpoint, name, query, body):
    """JSON with a code, and never 500000, for whatever fields and values."""
    text = json.dumps(body) if endpoint.method == "POST" else ""
    response = exchange(session, options, endpoint.method, target_of(endpoint.path, name, query), text)

    answer = response.json()
    assert isinstance(answer["code"], str)
    assert answer["code"] not in ("500000", "400005"), (endpoint, query, body)
    assert ("data" in answer) == (answer["code"] == "200000")


@QUIET
@given(
    endpoint=st.sampled_from([each for each in ENDPOINTS if each.method == "POST"]),
    text=st.text(max_size=40) | st.binary(max_size=20).map(lambda data: data.decode("latin-1")),
)
def test_every_body_gets_an_answer(session, options, endpoint, text):
    """What is no JSON as well."""
    response = exchange(session, options, "POST", endpoint.path, text)

    assert response.json()["code"] not in ("500000", "400005")
