"""The whole public interface, as a program uses it, for type checkers: never run.

``assert_type`` says what each expression is. Every ``type: ignore`` stands where a type checker has to refuse the line:
one that is not needed is an error.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from typing_extensions import assert_type

import kucoin_wsapi
from kucoin_wsapi import (
    AuthenticationError,
    Backoff,
    BalanceUpdate,
    BatchCancelItem,
    BatchError,
    BatchItem,
    BatchOrderItem,
    BatchResult,
    BookChange,
    BookLevel,
    BookSnapshot,
    CallError,
    CancelAck,
    Channel,
    ClientClosedError,
    ClientOrderId,
    ConfigurationError,
    ConnectionEvent,
    ConnectionLostError,
    ConnectionState,
    Credentials,
    DeadManSwitch,
    DeadManSwitchError,
    DuplicateClientOidError,
    ExceptionEvent,
    Execution,
    Fill,
    FundingSettlement,
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesCancelAck,
    FuturesOrder,
    InsufficientFundsError,
    InvalidOrderError,
    InvalidRequestError,
    KucoinError,
    LatencyReport,
    LatencySummary,
    LookUpError,
    MarginCancel,
    MarginDebt,
    MarginOrder,
    MarginOrderAck,
    MarketTrade,
    MarketUnavailableError,
    MarkPrice,
    ModifyAck,
    NotReadyError,
    NotSentError,
    OpenOrderLimitError,
    OperationLatency,
    Options,
    OrderAck,
    OrderNotCancellableError,
    OrderNotFoundError,
    OrderReport,
    OrderReportState,
    OrderStateError,
    OrderTracker,
    OrderUpdate,
    OutcomeUnknownError,
    PacingError,
    PermissionDeniedError,
    PositionUpdate,
    ProtocolError,
    Quota,
    RateLimit,
    RateLimitedError,
    RejectedError,
    ReplacementFailedError,
    ReplyTimeoutError,
    Request,
    Resolution,
    ResponseFuture,
    ServerFaultError,
    SlowConsumerError,
    SpotCancel,
    SpotModify,
    SpotOrder,
    StaleRequestError,
    SubscriptionError,
    SubscriptionFuture,
    SyncCancelResult,
    SyncOrderResult,
    Ticker,
    TooManyInFlightError,
    TrackedOrder,
    TrackedState,
    TrackingError,
    TrackingStage,
    TrackingTimeoutError,
    TransportError,
    UnreadableReplyError,
    Update,
    Updates,
    UtaAck,
    UtaAmend,
    UtaAmendAck,
    UtaCancel,
    UtaOrder,
    WalletUpdate,
    WebsocketAPIClient,
    WebsocketClient,
    WSAPIResponse,
    WsKey,
)

client = WebsocketAPIClient("key", "secret", "passphrase", request_timeout=5.0)


def spot() -> None:
    order = SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price="20000", size=Decimal("0.0001"))
    placed = client.submit_new_spot_order(order, timeout=2.5)
    assert_type(placed, ResponseFuture[WSAPIResponse[OrderAck]])
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", funds=10, ws_key="wsApiSpotV1")
    order_id: str = placed.result().data.order_id
    client_oid: str | None = placed.result(1.0).data.client_oid

    modified: ModifyAck = (
        client.modify_spot_order(symbol="BTC-USDT", order_id=order_id, new_price="1").result().data
    )
    cancelled: CancelAck = client.cancel_spot_order(symbol="BTC-USDT", client_oid=client_oid).result().data
    synced: SyncOrderResult = client.submit_sync_spot_order(order).result().data
    sync_cancelled: SyncCancelResult = (
        client.cancel_sync_spot_order(symbol="BTC-USDT", order_id=order_id).result().data
    )
    filled: Decimal = synced.deal_size + sync_cancelled.deal_size
    print(modified.new_order_id, cancelled.order_id, filled)


def margin() -> None:
    placed: MarginOrderAck = (
        client.submit_margin_order(
            symbol="BTC-USDT",
            side="sell",
            type="limit",
            price="1",
            size="1",
            auto_borrow=True,
            client_oid="a",
        )
        .result()
        .data
    )
    borrowed: Decimal | None = placed.borrow_size
    cancelled: CancelAck = client.cancel_margin_order(symbol="BTC-USDT", order_id="1").result().data
    print(borrowed, cancelled)


def futures() -> None:
    order = FuturesOrder(symbol="XBTUSDTM", side="buy", type="limit", price="0.1", size=1, leverage=3)
    placed: OrderAck = client.submit_futures_order(order).result().data
    client.submit_futures_order(symbol="XBTUSDTM", side="buy", type="market", size=1, leverage=3)
    cancelled: FuturesCancelAck = client.cancel_futures_order(order_id=placed.order_id).result().data
    many: BatchResult[BatchOrderItem] = client.submit_multiple_futures_orders([order, order]).result().data
    symbols: list[str | None] = [item.symbol for item in many.failed]
    first: BatchOrderItem = many[0]
    none: BatchResult[BatchCancelItem] = client.cancel_multiple_futures_orders(order_ids=["1"]).result().data
    none.raise_if_any_failed()
    print(cancelled.cancelled_order_ids, symbols, first.ok)


def unified_account() -> None:
    placed: UtaAck = (
        client.submit_uta_order(
            trade_type="SPOT", symbol="BTC-USDT", side="BUY", order_type="LIMIT", size="1", price="1"
        )
        .result()
        .data
    )
    amended: UtaAmendAck = (
        client.amend_uta_order(symbol="BTC-USDT", order_id=placed.order_id, new_price="2").result().data
    )
    cancelled: UtaAck = (
        client.cancel_uta_order(trade_type="SPOT", symbol="BTC-USDT", order_id=amended.order_id).result().data
    )
    print(cancelled.trade_type)


def verdicts(future: ResponseFuture[WSAPIResponse[OrderAck]]) -> str | None:
    try:
        response = future.result()
    except NotSentError as error:
        return error.request_id
    except OutcomeUnknownError as error:
        return error.client_oid
    except RejectedError as error:
        code: str = error.code
        return code
    seconds: float = response.round_trip + response.queued
    return f"{seconds}"


def full_control() -> None:
    raw: WebsocketClient = client.get_ws_client()
    raw.send_ws_api_request(WsKey.WS_API_SPOT_V1, "spot.order", {"symbol": "BTC-USDT"}, timeout=1).result()
    raw.on("response", print).on("close", print)

    @raw.on("reconnect")
    def lost(event: ConnectionEvent) -> None:
        print(event.reason, event.generation)

    @raw.once("exception")
    def failed(event: ExceptionEvent) -> int:
        return int(event.is_ws_api_response)

    lost(ConnectionEvent("reconnect", WsKey.WS_API_SPOT_V1, 1))
    number: int = failed(ExceptionEvent(None, ValueError()))
    print(number)


def streams(update: Update) -> str:
    data = update.data
    if isinstance(data, OrderUpdate):
        filled: Decimal = data.filled_size
        return f"{data.status} {filled} {data.fill.price if data.fill else None}"
    if isinstance(data, Ticker) and data.best_bid is not None:
        bid: Decimal = data.best_bid
        return f"{Channel('ticker', symbol=data.symbol)} {bid}"
    return f"{update.topic} {update.subject} {update.raw['data']}"


def tracked() -> None:
    tracker: OrderTracker = client.track_order(
        client.submit_uta_order(
            UtaOrder(trade_type="SPOT", symbol="BTC-USDT", side="BUY", order_type="MARKET", size=1)
        )
    )

    @tracker.on_change
    def changed(order: TrackedOrder) -> None:
        print(order.state, order.fills)

    done: TrackedOrder = tracker.wait("partly_filled", timeout=1.0)
    changed(done)
    client.get_ws_client().track_order(order_id="1", product="futures")


def every_method_takes_an_object_or_its_fields() -> None:
    spot = SpotOrder(symbol="BTC-USDT", side="buy", type="market", funds="10")
    assert_type(client.submit_new_spot_order(spot), ResponseFuture[WSAPIResponse[OrderAck]])
    assert_type(client.submit_sync_spot_order(spot), ResponseFuture[WSAPIResponse[SyncOrderResult]])
    assert_type(
        client.submit_sync_spot_order(
            symbol="BTC-USDT",
            side="sell",
            type="limit",
            price=1,
            size=1,
            time_in_force="GTT",
            cancel_after=5,
            stp="DC",
        ),
        ResponseFuture[WSAPIResponse[SyncOrderResult]],
    )
    change = SpotModify(symbol="BTC-USDT", order_id="1", new_size="2")
    assert_type(client.modify_spot_order(change), ResponseFuture[WSAPIResponse[ModifyAck]])
    cancel = SpotCancel(symbol="BTC-USDT", order_id="1")
    assert_type(client.cancel_spot_order(cancel), ResponseFuture[WSAPIResponse[CancelAck]])
    assert_type(client.cancel_sync_spot_order(cancel), ResponseFuture[WSAPIResponse[SyncCancelResult]])
    margin_order = MarginOrder(symbol="BTC-USDT", side="buy", price="1", size="1", is_isolated=True)
    assert_type(client.submit_margin_order(margin_order), ResponseFuture[WSAPIResponse[MarginOrderAck]])
    assert_type(
        client.submit_margin_order(symbol="BTC-USDT", side="buy", price="1", size="1"),
        ResponseFuture[WSAPIResponse[MarginOrderAck]],
    )
    margin_cancel = MarginCancel(symbol="BTC-USDT", client_oid="mine")
    assert_type(client.cancel_margin_order(margin_cancel), ResponseFuture[WSAPIResponse[CancelAck]])
    assert_type(
        client.submit_futures_order(
            symbol="XBTUSDTM",
            side="sell",
            type="market",
            size=1,
            leverage=3,
            margin_mode="CROSS",
            position_side="LONG",
            stop="up",
            stop_price="1",
            stop_price_type="MP",
        ),
        ResponseFuture[WSAPIResponse[OrderAck]],
    )
    assert_type(
        client.cancel_futures_order(FuturesCancel(symbol="XBTUSDTM", client_oid="mine")),
        ResponseFuture[WSAPIResponse[FuturesCancelAck]],
    )
    one = FuturesOrder(symbol="XBTUSDTM", close_order=True, type="market")
    for batch in (
        client.submit_multiple_futures_orders(FuturesBatchOrder(orders=[one])),
        client.submit_multiple_futures_orders(one for _ in range(3)),
        client.submit_multiple_futures_orders(orders=[one]),
    ):
        assert_type(batch, ResponseFuture[WSAPIResponse[BatchResult[BatchOrderItem]]])
    pairs = FuturesBatchCancel(client_oids=[ClientOrderId("XBTUSDTM", "a"), ("XBTUSDTM", "b")])
    for cancels in (
        client.cancel_multiple_futures_orders(pairs),
        client.cancel_multiple_futures_orders(client_oids=[("XBTUSDTM", "a")]),
    ):
        assert_type(cancels, ResponseFuture[WSAPIResponse[BatchResult[BatchCancelItem]]])
    uta = UtaOrder(
        trade_type="FUTURES", symbol="XBTUSDTM", side="BUY", order_type="MARKET", size=1, size_unit="UNIT"
    )
    assert_type(client.submit_uta_order(uta, timeout=1), ResponseFuture[WSAPIResponse[UtaAck]])
    amend = UtaAmend(symbol="BTC-USDT", order_id="1", new_price="2")
    assert_type(client.amend_uta_order(amend), ResponseFuture[WSAPIResponse[UtaAmendAck]])
    uta_cancel = UtaCancel(trade_type="SPOT", symbol="BTC-USDT", order_id="1")
    assert_type(client.cancel_uta_order(uta_cancel), ResponseFuture[WSAPIResponse[UtaAck]])


def fields_from_a_dictionary(fields: dict[str, Any]) -> None:
    assert_type(client.submit_new_spot_order(**fields), ResponseFuture[WSAPIResponse[OrderAck]])


def responses(response: WSAPIResponse[OrderAck], batch: BatchResult[BatchOrderItem]) -> None:
    assert_type(response.data, OrderAck)
    assert_type(response.in_time, int | None)
    assert_type(response.rate_limit, RateLimit | None)
    assert_type(response.raw, Mapping[str, Any])
    assert_type(response.ws_key, WsKey)
    for item in batch:
        assert_type(item, BatchOrderItem)
        base: BatchItem = item
        print(base.code)


def looking_up(error: CallError) -> None:
    found = client.resolve(error, timeout=5)
    assert_type(found, Resolution)
    assert_type(found.order, OrderReport)
    state: OrderReportState = found[0].state
    assert_type(client.rate_limits, Mapping[str, Quota])
    assert_type(client.clock_skew, float | None)
    print(state, client.rate_limits["spot"].remaining)


def how_long(report: LatencyReport) -> None:
    assert_type(client.latency(), LatencyReport)
    assert_type(report[0], OperationLatency)
    assert_type(report[0].whole, LatencySummary)
    assert_type(report[0].gateway, LatencySummary | None)
    assert_type(report.to_dict(), dict[str, Any])


def subscriptions(raw: WebsocketClient, kept: Callable[[Update], None]) -> None:
    done = raw.subscribe("/market/ticker:BTC-USDT", WsKey.SPOT_PUBLIC_V1, handler=kept)
    assert_type(done, SubscriptionFuture)
    assert_type(done.result(), tuple[str, ...])
    raw.unsubscribe([Channel("obu", symbol="BTC-USDT", depth="50")], "spotPublicProV2").result(1.0)
    with raw.updates(WsKey.SPOT_PUBLIC_V1) as updates:
        assert_type(updates, Updates)
        assert_type(updates.next(0.1), Update | None)
        for update in updates:
            assert_type(update, Update)
            assert_type(update.data, object)
    assert_type(raw.subscriptions(WsKey.SPOT_PUBLIC_V1), tuple[str, ...])


def data_of_streams(data: object) -> None:
    match data:
        case BookSnapshot():
            assert_type(data.asks[0], BookLevel)
        case BookChange() | MarketTrade() | MarkPrice() | BalanceUpdate() | Execution() | PositionUpdate():
            assert_type(data.symbol if not isinstance(data, BalanceUpdate) else data.currency, str)
        case FundingSettlement() | MarginDebt() | WalletUpdate():
            print(data)
        case OrderUpdate():
            assert_type(data.fill, Fill | None)
        case _:
            print("news that this release cannot read")


def tracking(tracker: OrderTracker, stage: TrackingStage) -> None:
    assert_type(tracker.order, TrackedOrder)
    assert_type(tracker.order.state, TrackedState)
    assert_type(tracker.stream_error, Exception | None)
    try:
        assert_type(tracker.wait(stage), TrackedOrder)
    except TrackingTimeoutError as error:
        assert_type(error.order, TrackedOrder)
    for step in tracker:
        assert_type(step, TrackedOrder)


def options() -> None:
    with WebsocketClient(
        "key",
        "secret",
        "passphrase",
        pacing="wait",
        backoff=Backoff(base=0.1),
        dead_man_switch=DeadManSwitch(timeout=60),
        api_region="EU",
        ws_url={WsKey.WS_API_SPOT_V1: "ws://127.0.0.1:1", WsKey.WS_API_FUTURES_V1: "ws://127.0.0.1:1"},
        ssl_context=ssl.create_default_context(),
        sign_message=lambda message, secret: message + secret,
    ) as raw:
        assert_type(raw, WebsocketClient)
    WebsocketAPIClient(logger=logging.getLogger("orders"), ws_url="ws://127.0.0.1:1")
    assert_type(Options(max_in_flight=5).ws_url, Mapping[WsKey, str])
    assert_type(Credentials("key", "secret", "passphrase").api_key, str)
    assert_type(WsKey.of("wsApiSpotV1"), WsKey)
    state: ConnectionState = ConnectionState.READY
    print(state)


def branches_of_errors(error: KucoinError) -> float | None:
    """What may be done next is told by the class."""
    not_sent: tuple[type[NotSentError], ...] = (
        ClientClosedError,
        NotReadyError,
        PacingError,
        StaleRequestError,
        TooManyInFlightError,
    )
    unknown: tuple[type[OutcomeUnknownError], ...] = (
        ConnectionLostError,
        ReplacementFailedError,
        ReplyTimeoutError,
        ServerFaultError,
        UnreadableReplyError,
    )
    rejected: tuple[type[RejectedError], ...] = (
        DuplicateClientOidError,
        InsufficientFundsError,
        InvalidOrderError,
        MarketUnavailableError,
        OpenOrderLimitError,
        OrderNotCancellableError,
        OrderNotFoundError,
        OrderStateError,
        PermissionDeniedError,
        RateLimitedError,
    )
    calls: tuple[type[CallError], ...] = (*not_sent, *unknown, *rejected)
    others: tuple[type[KucoinError], ...] = (
        AuthenticationError,
        ConfigurationError,
        DeadManSwitchError,
        InvalidRequestError,
        LookUpError,
        ProtocolError,
        SlowConsumerError,
        SubscriptionError,
        TrackingError,
        TransportError,
    )
    print(calls, others)
    if isinstance(error, BatchError):
        assert_type(error.failed, tuple[BatchItem, ...])
    if isinstance(error, CallError):
        assert_type(error.ws_key, WsKey)
        assert_type(error.sent_at, float | None)
    return error.reset_after if isinstance(error, RateLimitedError) else None


def requests(request: Request) -> None:
    client.get_ws_client().send_ws_api_request("wsApiSpotV1", "spot.order", request)


def life() -> None:
    with WebsocketAPIClient.from_env() as opened:
        opened.connect_ws_api(WsKey.WS_API_FUTURES_V1, timeout=3.0)
        same: WebsocketAPIClient = opened
    same.close()


def mistakes() -> None:
    """Each line is refused."""
    client.submit_new_spot_order(symbol="BTC-USDT", sid="buy")  # type: ignore[call-overload]  # misspelt field
    client.submit_new_spot_order(symbol="BTC-USDT", side="long", type="limit")  # type: ignore[call-overload]  # no side
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy")  # type: ignore[call-overload]  # type is missing
    client.submit_new_spot_order()  # type: ignore[call-overload]  # all is missing
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", size=0.1)  # type: ignore[call-overload]  # a float
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="limit", time_in_force="GTX")  # type: ignore[call-overload]  # none
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", stp="XX")  # type: ignore[call-overload]  # no such word
    client.submit_futures_order(symbol="XBTUSDTM", side="buy", size=1, margin_mode="cross")  # type: ignore[call-overload]  # no such word
    client.submit_uta_order(trade_type="SPOT", symbol="BTC-USDT", side="BUY", order_type="STOP")  # type: ignore[call-overload]  # no type
    client.cancel_spot_order(order_id="1")  # type: ignore[call-overload]  # the symbol is missing
    client.cancel_spot_order(symbol="BTC-USDT", order_id="1", size=1)  # type: ignore[call-overload]  # another request's field
    order = SpotOrder(symbol="BTC-USDT", side="buy", type="market", size=1)
    client.submit_futures_order(order)  # type: ignore[call-overload]  # of another product
    client.submit_new_spot_order(order, size=2)  # type: ignore[call-overload]  # the object or fields, not both
    SpotOrder(symbol="BTC-USDT", side="long", type="market", size=1)  # type: ignore[arg-type]  # no side
    SpotOrder(symbol="BTC-USDT", side="buy")  # type: ignore[call-arg]  # type is missing
    order.size = Decimal(1)  # type: ignore[misc]  # frozen
    wrong: str = client.cancel_spot_order(symbol="BTC-USDT", order_id="1").result().data  # type: ignore[assignment]  # typed
    print(wrong)
    client.track_order("mine", product="spot").wait("filed")  # type: ignore[arg-type]  # no such stage
    client.get_ws_client().on("opened", print)  # type: ignore[call-overload]  # no such event
    WebsocketAPIClient(pacing="slow")  # type: ignore[arg-type]  # no such word
    WebsocketClient(request_timout=5.0)  # type: ignore[call-arg]  # misspelt option
    kucoin_wsapi.WebsocketApiClient.from_env()  # type: ignore[attr-defined]  # no such name
