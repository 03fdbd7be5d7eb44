"""How a program uses the package, for a type checker: never run."""

from __future__ import annotations

from decimal import Decimal

import kucoin_wsapi
from kucoin_wsapi import (
    BatchCancelItem,
    BatchOrderItem,
    BatchResult,
    CancelAck,
    Channel,
    ConnectionEvent,
    ExceptionEvent,
    FuturesCancelAck,
    FuturesOrder,
    MarginOrderAck,
    ModifyAck,
    NotSentError,
    OrderAck,
    OrderTracker,
    OrderUpdate,
    OutcomeUnknownError,
    RejectedError,
    ResponseFuture,
    SpotOrder,
    SyncCancelResult,
    SyncOrderResult,
    Ticker,
    TrackedOrder,
    Update,
    UtaAck,
    UtaAmendAck,
    WebsocketAPIClient,
    WebsocketClient,
    WSAPIResponse,
    WsKey,
)

client = WebsocketAPIClient("key", "secret", "passphrase", request_timeout=5.0)


def spot() -> None:
    order = SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price="20000", size=Decimal("0.0001"))
    placed: ResponseFuture[WSAPIResponse[OrderAck]] = client.submit_new_spot_order(order, timeout=2.5)
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
    tracker: OrderTracker = client.track_order(client.submit_uta_order(symbol="BTC-USDT"))

    @tracker.on_change
    def changed(order: TrackedOrder) -> None:
        print(order.state, order.fills)

    done: TrackedOrder = tracker.wait("partly_filled", timeout=1.0)
    changed(done)
    client.get_ws_client().track_order(order_id="1", product="futures")


def life() -> None:
    with WebsocketAPIClient.from_env() as opened:
        opened.connect_ws_api(WsKey.WS_API_FUTURES_V1, timeout=3.0)
        same: WebsocketAPIClient = opened
    same.close()


def mistakes() -> None:
    """Each line is refused by the type checker; an unused ignore is an error, so that this is checked too."""
    client.submit_new_spot_order(symbol="BTC-USDT", sid="buy")  # type: ignore[call-arg]  # misspelt keyword
    client.submit_new_spot_order(symbol="BTC-USDT", side="long", type="limit")  # type: ignore[arg-type]  # no side
    client.cancel_spot_order(order_id="1", size=1)  # type: ignore[call-arg]  # another request's field
    client.submit_futures_order(SpotOrder(symbol="BTC-USDT", side="buy", type="market", size=1))  # type: ignore[arg-type]  # spot
    client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", size=0.1)  # type: ignore[arg-type]  # a float
    wrong: str = client.cancel_spot_order(symbol="BTC-USDT", order_id="1").result().data  # type: ignore[assignment]  # typed
    print(wrong)
    client.track_order("mine", product="spot").wait("filed")  # type: ignore[arg-type]  # no such stage
    kucoin_wsapi.WebsocketApiClient.from_env()  # type: ignore[attr-defined]  # no such name
