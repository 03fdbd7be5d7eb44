"""What notebooks show: tables of whatever is there, harmless whoever wrote it, at any moment."""

from __future__ import annotations

import threading
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve
from scripted_exchange import ScriptedExchange, eventually, stay_silent

from kucoin_wsapi import (
    DeadManSwitch,
    LatencyReport,
    OrderReport,
    Resolution,
    TrackedOrder,
    WebsocketAPIClient,
    WsKey,
)
from kucoin_wsapi._html import table
from kucoin_wsapi.account_updates import Fill
from kucoin_wsapi.responses import BatchOrderItem, BatchResult, OrderAck, RateLimit, WSAPIResponse
from kucoin_wsapi.sandbox import Sandbox

EVIL = "<script>alert('$x$')</script>\" & \ud800"
OURS = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}

RESPONSE: WSAPIResponse[Any] = WSAPIResponse(
    id="a1",
    op="spot.order",
    code="200000",
    msg=None,
    data=OrderAck("670fd33b", "c-1"),
    in_time=1742175984100,
    out_time=1742175984107,
    rate_limit=RateLimit(limit=4000, remaining=3999, reset=29990),
    ws_key=WsKey.WS_API_SPOT_V1,
    request={"symbol": "BTC-USDT", "price": Decimal("0E-8"), "stop": None},
    raw={"secret of": "the exchange"},
    submitted_at=10.0,
    sent_at=10.25,
    received_at=12.0,
)
REPORT = OrderReport(
    state="resting", symbol="BTC-USDT", order_id="1", size=Decimal("1.50"), record={"x": "unseen"}
)
FILL = Fill(price=Decimal(50000), size=Decimal("0.4"), trade_id="trade-7", liquidity="maker", fee_type=None)
TRACKED = TrackedOrder(product="spot", symbol="BTC-USDT", fills=(FILL,), filled_size=Decimal("0.4"))


class Page(HTMLParser):
    """What a browser makes of it: rows of cells, and the elements there are."""

    def __init__(self, shown: Any) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.captions: list[str] = []
        self._cells: list[str] = []
        self.feed(shown._repr_html_() if hasattr(shown, "_repr_html_") else shown)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self._cells = []
            self.rows.append(self._cells)
        elif tag == "caption":
            self._cells = self.captions
        if tag in ("th", "td", "caption"):
            self._cells.append("")

    def handle_data(self, data: str) -> None:
        self._cells[-1] += data


def test_a_response_shows_its_envelope_and_its_data_by_the_names_to_type() -> None:
    """What is None is left out; the exchange's whole message is not shown."""
    assert Page(RESPONSE).rows == [
        ["id", "a1"],
        ["op", "spot.order"],
        ["code", "200000"],
        ["in_time", "1742175984100"],
        ["out_time", "1742175984107"],
        ["rate_limit", "limit 4000, remaining 3999, reset 29990"],
        ["ws_key", "wsApiSpotV1"],
        ["request", "symbol BTC-USDT, price 0.00000000"],
        ["round_trip", "1,750,000 us"],
        ["queued", "250,000 us"],
        ["data.order_id", "670fd33b"],
        ["data.client_oid", "c-1"],
    ]


def test_a_batch_shows_a_line_for_each_item() -> None:
    """Of those that failed too; and there may be none."""
    placed = BatchOrderItem(order_id="1", client_oid="a", symbol="XBTUSDTM", code="200000")
    refused = BatchOrderItem(client_oid="b", symbol="XBTUSDTM", code="300003", msg="Balance not enough")
    page = Page(evolve(RESPONSE, data=BatchResult([placed, refused])))

    assert ["data", "2 items"] in page.rows
    assert page.rows[-3:] == [
        ["order_id", "client_oid", "symbol", "code", "msg", "ok"],
        ["1", "a", "XBTUSDTM", "200000", "", "True"],
        ["", "b", "XBTUSDTM", "300003", "Balance not enough", "False"],
    ]
    assert ["data", "0 items"] in Page(evolve(RESPONSE, data=BatchResult([]))).rows


def test_raw_data_cannot_pass_itself_off_as_the_envelope() -> None:
    """A raw request returns whatever object the exchange has sent."""
    rows = Page(
        evolve(RESPONSE, code="400100", msg="refused", data={"code": "200000", "deep": [[[[["end"]]]]]})
    ).rows

    assert [row for row in rows if "code" in row[0]] == [["code", "400100"], ["data.code", "200000"]]
    assert ["msg", "refused"] in rows
    assert ["data.deep", "…"] in rows


def test_reports_of_resolve_show_one_order_or_a_line_for_each() -> None:
    """Without the exchange's own records."""
    never = OrderReport(state="never_placed", symbol="BTC-USDT")
    one, both = Page(REPORT), Page(Resolution((REPORT, never)))

    assert one.rows == [
        ["state", "resting"],
        ["symbol", "BTC-USDT"],
        ["order_id", "1"],
        ["size", "1.50"],
        ["filled_size", "0"],
    ]
    assert [row[:3] for row in both.rows] == [
        ["state", "symbol", "order_id"],
        ["resting", "BTC-USDT", "1"],
        ["never_placed", "BTC-USDT", ""],
    ]
    assert Page(Resolution(())).rows == [both.rows[0]]


def test_a_tracked_order_shows_its_fills() -> None:
    """Once there are some."""
    page = Page(TRACKED)

    assert ["filled_size", "0.4"] in page.rows
    assert page.captions == ["TrackedOrder", "fills"]
    assert page.rows[-1] == ["50000", "0.4", "trade-7", "maker", ""]
    assert Page(evolve(TRACKED, fills=())).captions == ["TrackedOrder"]


@pytest.mark.parametrize(
    "shown",
    [
        evolve(RESPONSE, op=EVIL, msg=EVIL, data=OrderAck(EVIL), request={EVIL: EVIL}),
        evolve(RESPONSE, data={EVIL: {EVIL: [EVIL]}}),
        evolve(RESPONSE, data=BatchResult([BatchOrderItem(code=EVIL, msg=EVIL)])),
        evolve(REPORT, symbol=EVIL, client_oid=EVIL),
        Resolution((evolve(REPORT, symbol=EVIL),)),
        evolve(TRACKED, cancel_reason=EVIL, error=ValueError(EVIL), fills=(evolve(FILL, trade_id=EVIL),)),
        table([EVIL], [[EVIL]], caption=EVIL),
    ],
)
def test_what_an_exchange_writes_is_text_and_nothing_else(shown: Any) -> None:
    """No element, no attribute, no formula, and nothing that cannot be sent to a page."""
    html = shown if isinstance(shown, str) else shown._repr_html_()

    assert Page(html).tags <= OURS
    assert "<script>alert('$x$')</script>\" & ?" in "".join(text for row in Page(html).rows for text in row)
    html.encode()
    assert html.count("<table") == html.count('<table class="tex2jax_ignore">')


def test_a_cell_stays_a_cell_whatever_is_in_it() -> None:
    """A short text can mean a number of a thousand million digits; and data may be as deep or long as a message."""
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    rows = Page(
        evolve(REPORT, size=Decimal("1E+999999999"), price=Decimal("NaN"), client_oid="x" * 10**6)
    ).rows

    assert ["size", "1E+999999999"] in rows
    assert ["price", "NaN"] in rows
    assert ["client_oid", "x" * 300 + "…"] in rows
    assert ["data.deep", "…"] in Page(evolve(RESPONSE, data={"deep": deep})).rows


def test_a_client_shows_its_connections_in_every_state_and_makes_none() -> None:
    """Never connected, at work, closed; without its key, and on both faces of it."""
    with Sandbox() as sandbox, ScriptedExchange(stay_silent) as silent:
        options = dict(sandbox.client_options())
        client = WebsocketAPIClient(
            **options, dead_man_switch=DeadManSwitch(60), attach_event_listeners=False
        )
        with client:
            assert Page(client).captions == ["WebsocketAPIClient, not connected, dead-man switch not armed"]
            assert repr(client) == "<WebsocketAPIClient not connected>", "looking connects to nothing"
            client.connect_ws_api()
            client.get_ws_client().subscribe(["/market/ticker:BTC-USDT"], "spotPublicV1").result(20)
            connected = Page(client)
        closed = Page(client.get_ws_client())
        with WebsocketAPIClient(
            **silent.client_options(), close_timeout=0.1, attach_event_listeners=False
        ) as waiting:
            waiting.submit_new_spot_order(**ORDER)
            eventually(lambda: silent.requests)
            in_flight = Page(waiting)

    head = ["key", "state", "queued", "in flight", "topics"]
    assert connected.captions == ["WebsocketAPIClient, dead-man switch armed"]
    assert connected.rows == [
        head,
        ["wsApiSpotV1", "ready", "0", "0", ""],
        ["spotPublicV1", "ready", "", "", "1"],
    ]
    assert closed.captions == ["WebsocketClient, closed, dead-man switch not armed"]
    assert [row[:2] for row in closed.rows[1:]] == [["wsApiSpotV1", "closed"], ["spotPublicV1", "closed"]]
    assert in_flight.rows == [head, ["wsApiSpotV1", "ready", "0", "1", ""]]
    secrets = [options[name] for name in ("api_key", "api_secret", "api_passphrase")]
    assert not [
        secret for secret in secrets if secret in str((connected.rows, connected.captions, closed.rows))
    ]


def test_a_client_is_shown_while_it_connects_and_while_others_trade() -> None:
    """From any thread, without waiting for an exchange that says nothing."""
    with (
        ScriptedExchange(challenge=False) as mute,
        WebsocketAPIClient(
            **mute.client_options(),
            connect_timeout=60,
            request_timeout=60,
            max_send_delay=60,
            attach_event_listeners=False,
        ) as client,
    ):
        client.submit_new_spot_order(**ORDER)
        eventually(lambda: "authenticating" in repr(client))
        pages: list[Page] = []
        lookers = [threading.Thread(target=lambda: pages.append(Page(client))) for _ in range(4)]
        for looker in lookers:
            looker.start()
        for number in range(20):
            client.submit_new_spot_order(**ORDER, client_oid=str(number))
        for looker in lookers:
            looker.join(5)

        assert {page.rows[1][0] for page in pages} == {"wsApiSpotV1"}
        assert [page.rows[1][1] for page in pages] == ["authenticating"] * 4
        assert Page(client).rows[1][2:] == ["21", "0", ""]


def test_a_tracker_shows_its_order_and_whether_it_is_streamed() -> None:
    """Before, during and after; with the client closed too."""
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as client,
    ):
        tracker = client.track_order(client.submit_new_spot_order(**ORDER))
        first = Page(tracker)
        tracker.wait("resting", 20)
        eventually(lambda: tracker.is_streamed)
        resting = Page(tracker)
    closed = Page(tracker)

    assert ["product", "spot"] in first.rows
    assert ["state", "resting"] in resting.rows
    assert resting.rows[-1] == ["is_streamed", "True"]
    assert ["state", "resting"] in closed.rows


def test_the_latency_report_is_the_table_that_it_prints() -> None:
    """Empty before the first answer."""
    assert Page(LatencyReport(())).rows == [
        ["operation", "connection", "", "count", "p50 us", "p90 us", "p99 us", "max us"]
    ]
