"""Look-ups over REST, against the sandbox and against servers that misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kucoin_wsapi import (
    AuthenticationError,
    LookUpError,
    Options,
    ProtocolError,
    TransportError,
    WebsocketAPIClient,
)
from kucoin_wsapi._records import OrderName, report_of
from kucoin_wsapi._rest import RestClient
from kucoin_wsapi._signing import rest_headers
from kucoin_wsapi.options import Credentials
from kucoin_wsapi.sandbox import Sandbox

KEY = {
    "api_key": "6710d8336afcdb0007319c27",
    "api_secret": "1ac2f1d4-9f4e-4a51-8f1b-0c7d9b1e2a33",
    "api_passphrase": "correct-horse",
}


@pytest.mark.parametrize(
    ("method", "target", "body", "expected"),
    [
        ("POST", "/api/v1/bullet-private", "", "7+gv5U3UZ0j/a9NcOXtN8jFcb3BTXlvrWFZWP7neF+8="),
        (
            "GET",
            "/api/v1/hf/orders/client-order/5c52e11203aa677f33e493fb?symbol=BTC-USDT",
            "",
            "Gp6Q+EY35HRAJu0rgMMeThHjWH1rmDNFgOz5fnFQMjE=",
        ),
        (
            "POST",
            "/api/v1/hf/orders",
            '{"symbol":"BTC-USDT","type":"limit","side":"buy","price":"50000","size":"0.00001",'
            '"clientOid":"5c52e11203aa677f33e493fb"}',
            "l7WX89yGAxHBKS3SPda1u/PZ60lRKYqItLtYHRd2rrc=",
        ),
    ],
)
def test_a_request_is_signed_as_the_known_vectors_are(
    method: str, target: str, body: str, expected: str
) -> None:
    """Time, method, target and body, in this order."""
    headers = rest_headers(method, target, body, **KEY, timestamp=1742175983882)

    assert headers["KC-API-SIGN"] == expected
    assert headers["KC-API-PASSPHRASE"] == "gMDZsTfV0a/ZFgYy3m5fKRHxYNhdHxEA1A4QBu0X3L8="


def test_a_partner_signs_besides() -> None:
    """With the partner's own key."""
    headers = rest_headers(
        "GET", "/", **KEY, timestamp=1742175983882, partner="ACME", partner_key="3c2f8a0e-partner"
    )

    assert headers["KC-API-PARTNER-SIGN"] == "ZbtV5tRuC6YLFEP16RMFBsIgHRbIbs2JneH9DZQ+Lzw="


@contextmanager
def rest_client(options: dict[str, Any], **more: Any) -> Iterator[RestClient]:
    """A client of REST for what a sandbox offers."""
    credentials = Credentials(*(options[name] for name in ("api_key", "api_secret", "api_passphrase")))
    client = RestClient(credentials, Options(rest_url=options["rest_url"], **more))
    with closing(client):
        yield client


def test_every_product_is_found_by_both_ids() -> None:
    """Each record reads as the order that was placed."""
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as trader,
        rest_client({**sandbox.client_options()}) as rest,
    ):
        limit: dict[str, Any] = {"side": "buy", "type": "limit", "price": "50000"}
        placed = {
            OrderName("spot", "BTC-USDT"): trader.submit_new_spot_order(
                symbol="BTC-USDT", size="0.1", **limit
            ),
            OrderName("margin", "BTC-USDT"): trader.submit_margin_order(
                symbol="BTC-USDT", size="0.1", **limit
            ),
            OrderName("futures", "XBTUSDTM"): trader.submit_futures_order(
                symbol="XBTUSDTM", size=2, leverage=2, **limit
            ),
            OrderName("uta", "BTC-USDT", trade_type="SPOT"): trader.submit_uta_order(
                trade_type="SPOT",
                symbol="BTC-USDT",
                side="BUY",
                order_type="LIMIT",
                price="50000",
                size="0.1",
            ),
        }
        for name, future in placed.items():
            ack = future.result().data
            for which in ({"order_id": ack.order_id}, {"client_oid": ack.client_oid}):
                record = rest.find_order(
                    OrderName(name.product, name.symbol, trade_type=name.trade_type, **which)
                )
                assert record is not None
                report = report_of(name.product, record)
                assert (report.state, report.order_id, report.client_oid) == (
                    "resting",
                    ack.order_id,
                    ack.client_oid,
                )
                assert report.price == 50000
                assert not report.filled_size


@pytest.mark.parametrize(
    ("product", "symbol", "trade_type"),
    [
        ("spot", "BTC-USDT", None),
        ("margin", "BTC-USDT", None),
        ("futures", "XBTUSDTM", None),
        ("uta", "BTC-USDT", "SPOT"),
    ],
)
def test_an_order_that_is_not_there_is_none(product: str, symbol: str, trade_type: str | None) -> None:
    """By either id; an id may contain anything."""
    with Sandbox() as sandbox, rest_client({**sandbox.client_options()}) as rest:
        for which in ({"order_id": "670fd33bf9406e0007ab3945"}, {"client_oid": "no / such ? & order"}):
            assert rest.find_order(OrderName(product, symbol, trade_type=trade_type, **which)) is None


def test_a_refused_key_is_an_authentication_error() -> None:
    """With the exchange's code, and not asked again."""
    with Sandbox() as sandbox, rest_client({**sandbox.client_options(), "api_secret": "wrong"}) as rest:
        with pytest.raises(AuthenticationError) as caught:
            rest.find_order(OrderName("spot", "BTC-USDT", client_oid="c"))

        assert caught.value.code == "400004"  # the passphrase is signed with it too, and looked at first


def test_a_clock_that_is_off_is_corrected() -> None:
    """The exchange's own time is asked for once it refuses ours."""
    with Sandbox(clock_offset=60) as sandbox, rest_client({**sandbox.client_options()}) as rest:
        assert rest.find_order(OrderName("spot", "BTC-USDT", client_oid="c")) is None


class _Broken(BaseHTTPRequestHandler):
    """Answers everything with the server's ``status`` and ``body``, and counts."""

    server: Any

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def broken_server(status: int, body: bytes) -> Iterator[Any]:
    """A server on loopback that gives every request the same answer."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Broken)
    server.status, server.body, server.asked = status, body, 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"[1]"),
        (500, b'{"code":"500000","msg":"Internal server error"}'),
        (429, b'{"code":"429000","msg":"Too many requests"}'),
        (302, b""),
    ],
)
def test_a_look_up_that_learns_nothing_says_so_after_three_attempts(status: int, body: bytes) -> None:
    """It is not taken for an order that is not there, and redirects are not followed."""
    with (
        broken_server(status, body) as server,
        rest_client({**KEY, "rest_url": f"http://127.0.0.1:{server.server_port}"}) as rest,
    ):
        with pytest.raises(LookUpError, match="failed 3 times"):
            rest.find_order(OrderName("spot", "BTC-USDT", client_oid="c"))

        assert server.asked == 3


def test_a_server_that_is_not_there_is_a_failed_look_up_without_secrets() -> None:
    """The signed headers are not in what is raised."""
    with broken_server(200, b"") as server:
        url = f"http://127.0.0.1:{server.server_port}"
    with rest_client({**KEY, "rest_url": url}) as rest, pytest.raises(LookUpError) as caught:
        rest.find_order(OrderName("spot", "BTC-USDT", client_oid="c"))

    assert caught.value.__cause__ is None
    assert KEY["api_key"] not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b'{"code":"200000","data":"soon"}'),
        (500, b'{"code":"500000","msg":"Internal server error"}'),
        (429, b'{"code":"429000","msg":"Too many requests"}'),
    ],
)
def test_clock_and_key_are_asked_for_once_and_without_an_answer_not_known(status: int, body: bytes) -> None:
    """Whoever asks wants to see what is wrong; nothing of the signed request is in what is raised."""
    with (
        broken_server(status, body) as server,
        rest_client({**KEY, "rest_url": f"http://127.0.0.1:{server.server_port}"}) as rest,
    ):
        for asked, ask in enumerate((rest.server_time, rest.describe_key), 1):
            with pytest.raises(TransportError) as caught:
                ask()

            assert (server.asked, caught.value.__context__) == (asked, None)
            assert KEY["api_key"] not in str(caught.value)


@pytest.mark.parametrize(
    ("product", "record"), [("spot", {}), ("uta", {"status": 99}), ("futures", {"dealSize": "x"})]
)
def test_a_record_of_another_shape_is_a_protocol_error(product: str, record: dict[str, Any]) -> None:
    """Not a guess at what it may mean."""
    with pytest.raises(ProtocolError, match="makes no sense"):
        report_of(product, record)


SPOT_RECORD = {
    "id": "6717422bd51c29000775ea03", "clientOid": "5c52e11203aa677f33e493fb", "symbol": "BTC-USDT", "price": "70000",
    "size": "0.00001", "funds": "0.7", "dealSize": "0.00001", "dealFunds": "0.677176", "cancelExist": False,
    "inOrderBook": False, "active": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "filled"),
        ({"active": True}, "accepted"),
        ({"active": True, "inOrderBook": True}, "resting"),
        ({"cancelExist": True, "dealSize": "0.000005"}, "cancelled"),
        ({"cancelExist": True}, "filled"),
        ({"size": "0", "dealSize": "0", "dealFunds": "0", "cancelExist": True}, "cancelled"),
    ],
)
def test_the_state_of_an_order_is_read_from_its_record(change: dict[str, Any], state: str) -> None:
    """KuCoin documentation, "Get Order By OrderId" (spot)."""
    assert report_of("spot", {**SPOT_RECORD, **change}).state == state


def test_the_average_price_is_what_was_paid_by_what_was_bought() -> None:
    """A spot record has both, and no average."""
    assert str(report_of("spot", SPOT_RECORD).average_price) == "67717.6"
