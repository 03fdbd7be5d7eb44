"""The methods of ``WebsocketAPIClient`` for futures orders of classic accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, overload

# Annotations name what takes long to load as names of the package, which loads it when it is asked for them.
import kucoin_wsapi

from ._calls import ResponseFuture
from ._sending import Sender
from ._vocabulary import (
    Amount,
    FuturesSelfTradePrevention,
    FuturesTimeInForce,
    MarginMode,
    OrderType,
    PositionSide,
    PriceKind,
    Side,
    StopDirection,
)
from .options import WsKey

__all__ = ["FuturesTrading"]

_FUTURES = WsKey.WS_API_FUTURES_V1


class FuturesTrading(Sender):
    """See ``WebsocketAPIClient``."""

    @overload
    def submit_futures_order(
        self,
        /,
        *,
        symbol: str,
        side: Side | None = None,
        type: OrderType = "limit",
        client_oid: str | None = None,
        leverage: Amount | None = None,
        size: Amount | None = None,
        qty: Amount | None = None,
        value_qty: Amount | None = None,
        price: Amount | None = None,
        time_in_force: FuturesTimeInForce | None = None,
        post_only: bool | None = None,
        hidden: bool | None = None,
        iceberg: bool | None = None,
        visible_size: Amount | None = None,
        reduce_only: bool | None = None,
        close_order: bool | None = None,
        force_hold: bool | None = None,
        margin_mode: MarginMode | None = None,
        position_side: PositionSide | None = None,
        stp: FuturesSelfTradePrevention | None = None,
        stop: StopDirection | None = None,
        stop_price: Amount | None = None,
        stop_price_type: PriceKind | None = None,
        remark: str | None = None,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]: ...

    @overload
    def submit_futures_order(
        self,
        order: kucoin_wsapi.FuturesOrder,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]: ...

    def submit_futures_order(
        self,
        order: kucoin_wsapi.FuturesOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]:
        """Place a futures order.

        Fields: ``FuturesOrder``. KuCoin documentation, "Add Futures Order".
        """
        return self._send("futures.order", order, fields, ws_key, timeout)

    @overload
    def cancel_futures_order(
        self,
        /,
        *,
        symbol: str | None = None,
        order_id: str | None = None,
        client_oid: str | None = None,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.FuturesCancelAck]]: ...

    @overload
    def cancel_futures_order(
        self,
        cancel: kucoin_wsapi.FuturesCancel,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.FuturesCancelAck]]: ...

    def cancel_futures_order(
        self,
        cancel: kucoin_wsapi.FuturesCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.FuturesCancelAck]]:
        """Ask for the cancel of a futures order; it may still fill before that takes effect.

        Fields: ``FuturesCancel``. KuCoin documentation, "Cancel Futures Order".
        """
        return self._send("futures.cancel", cancel, fields, ws_key, timeout)

    @overload
    def submit_multiple_futures_orders(
        self,
        /,
        *,
        orders: Iterable[kucoin_wsapi.FuturesOrder],
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[
        kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchOrderItem]]
    ]: ...

    @overload
    def submit_multiple_futures_orders(
        self,
        orders: kucoin_wsapi.FuturesBatchOrder | Iterable[kucoin_wsapi.FuturesOrder],
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[
        kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchOrderItem]]
    ]: ...

    def submit_multiple_futures_orders(
        self,
        orders: kucoin_wsapi.FuturesBatchOrder | Iterable[kucoin_wsapi.FuturesOrder] | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchOrderItem]]]:
        """Place up to 20 futures orders; each is judged alone, so look at the items: some may have failed. Takes
        a plain list of ``FuturesOrder`` too.

        Fields: ``FuturesBatchOrder``. KuCoin documentation, "Batch Add Orders".
        """
        return self._send("futures.multi_order", orders, fields, ws_key, timeout)

    @overload
    def cancel_multiple_futures_orders(
        self,
        /,
        *,
        order_ids: Iterable[str] | None = None,
        client_oids: Iterable[kucoin_wsapi.ClientOrderId | tuple[str, str]] | None = None,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[
        kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchCancelItem]]
    ]: ...

    @overload
    def cancel_multiple_futures_orders(
        self,
        cancels: kucoin_wsapi.FuturesBatchCancel,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
    ) -> ResponseFuture[
        kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchCancelItem]]
    ]: ...

    def cancel_multiple_futures_orders(
        self,
        cancels: kucoin_wsapi.FuturesBatchCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.BatchResult[kucoin_wsapi.BatchCancelItem]]]:
        """Ask for the cancel of several futures orders; each is judged alone.

        Fields: ``FuturesBatchCancel``. KuCoin documentation, "Batch Cancel Orders".
        """
        return self._send("futures.multi_cancel", cancels, fields, ws_key, timeout)
