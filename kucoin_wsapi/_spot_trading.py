"""The methods of ``WebsocketAPIClient`` for spot and margin orders of classic accounts."""

from __future__ import annotations

from typing import Any, overload

# Annotations name what takes long to load as names of the package, which loads it when it is asked for them.
import kucoin_wsapi

from ._calls import ResponseFuture
from ._sending import Sender
from ._vocabulary import Amount, OrderType, SelfTradePrevention, Side, SpotTimeInForce
from .options import WsKey

__all__ = ["SpotTrading"]

_SPOT = WsKey.WS_API_SPOT_V1


class SpotTrading(Sender):
    """See ``WebsocketAPIClient``."""

    @overload
    def submit_new_spot_order(
        self,
        /,
        *,
        symbol: str,
        side: Side,
        type: OrderType,
        client_oid: str | None = None,
        price: Amount | None = None,
        size: Amount | None = None,
        funds: Amount | None = None,
        time_in_force: SpotTimeInForce | None = None,
        cancel_after: int | None = None,
        post_only: bool | None = None,
        hidden: bool | None = None,
        iceberg: bool | None = None,
        visible_size: Amount | None = None,
        stp: SelfTradePrevention | None = None,
        remark: str | None = None,
        tags: str | None = None,
        allow_max_time_window: int | None = None,
        client_timestamp: int | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]: ...

    @overload
    def submit_new_spot_order(
        self,
        order: kucoin_wsapi.SpotOrder,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]: ...

    def submit_new_spot_order(
        self,
        order: kucoin_wsapi.SpotOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.OrderAck]]:
        """Place a spot order; the answer says that it was accepted, not that it rests or was filled.

        Fields: ``SpotOrder``. KuCoin documentation, "Add Order".
        """
        return self._send("spot.order", order, fields, ws_key, timeout)

    @overload
    def modify_spot_order(
        self,
        /,
        *,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        new_price: Amount | None = None,
        new_size: Amount | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.ModifyAck]]: ...

    @overload
    def modify_spot_order(
        self,
        change: kucoin_wsapi.SpotModify,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.ModifyAck]]: ...

    def modify_spot_order(
        self,
        change: kucoin_wsapi.SpotModify | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.ModifyAck]]:
        """Replace a resting spot order by one with another price or size; it gets a new order id and loses its place in
        the queue.

        Fields: ``SpotModify``. KuCoin documentation, "Modify Order".
        """
        return self._send("spot.modify", change, fields, ws_key, timeout)

    @overload
    def cancel_spot_order(
        self,
        /,
        *,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]: ...

    @overload
    def cancel_spot_order(
        self,
        cancel: kucoin_wsapi.SpotCancel,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]: ...

    def cancel_spot_order(
        self,
        cancel: kucoin_wsapi.SpotCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]:
        """Ask for the cancel of a spot order; it may still fill before that takes effect.

        Fields: ``SpotCancel``. KuCoin documentation, "Cancel Order".
        """
        return self._send("spot.cancel", cancel, fields, ws_key, timeout)

    @overload
    def submit_sync_spot_order(
        self,
        /,
        *,
        symbol: str,
        side: Side,
        type: OrderType,
        client_oid: str | None = None,
        price: Amount | None = None,
        size: Amount | None = None,
        funds: Amount | None = None,
        time_in_force: SpotTimeInForce | None = None,
        cancel_after: int | None = None,
        post_only: bool | None = None,
        hidden: bool | None = None,
        iceberg: bool | None = None,
        visible_size: Amount | None = None,
        stp: SelfTradePrevention | None = None,
        remark: str | None = None,
        tags: str | None = None,
        allow_max_time_window: int | None = None,
        client_timestamp: int | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncOrderResult]]: ...

    @overload
    def submit_sync_spot_order(
        self,
        order: kucoin_wsapi.SpotOrder,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncOrderResult]]: ...

    def submit_sync_spot_order(
        self,
        order: kucoin_wsapi.SpotOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncOrderResult]]:
        """Place a spot order and answer after it was matched once, with the sizes.

        Fields: ``SpotOrder``. KuCoin documentation, "Add Order Sync".
        """
        return self._send("spot.sync_order", order, fields, ws_key, timeout)

    @overload
    def cancel_sync_spot_order(
        self,
        /,
        *,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncCancelResult]]: ...

    @overload
    def cancel_sync_spot_order(
        self,
        cancel: kucoin_wsapi.SpotCancel,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncCancelResult]]: ...

    def cancel_sync_spot_order(
        self,
        cancel: kucoin_wsapi.SpotCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.SyncCancelResult]]:
        """Cancel a spot order and answer when it is done, with the sizes.

        Fields: ``SpotCancel``. KuCoin documentation, "Cancel Order Sync".
        """
        return self._send("spot.sync_cancel", cancel, fields, ws_key, timeout)

    @overload
    def submit_margin_order(
        self,
        /,
        *,
        symbol: str,
        side: Side,
        type: OrderType = "limit",
        client_oid: str | None = None,
        price: Amount | None = None,
        size: Amount | None = None,
        funds: Amount | None = None,
        time_in_force: SpotTimeInForce | None = None,
        cancel_after: int | None = None,
        post_only: bool | None = None,
        hidden: bool | None = None,
        iceberg: bool | None = None,
        visible_size: Amount | None = None,
        stp: SelfTradePrevention | None = None,
        remark: str | None = None,
        is_isolated: bool | None = None,
        auto_borrow: bool | None = None,
        auto_repay: bool | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.MarginOrderAck]]: ...

    @overload
    def submit_margin_order(
        self,
        order: kucoin_wsapi.MarginOrder,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.MarginOrderAck]]: ...

    def submit_margin_order(
        self,
        order: kucoin_wsapi.MarginOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.MarginOrderAck]]:
        """Place a margin order.

        Fields: ``MarginOrder``. KuCoin documentation, "Add Margin Order".
        """
        return self._send("margin.order", order, fields, ws_key, timeout)

    @overload
    def cancel_margin_order(
        self,
        /,
        *,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]: ...

    @overload
    def cancel_margin_order(
        self,
        cancel: kucoin_wsapi.MarginCancel,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]: ...

    def cancel_margin_order(
        self,
        cancel: kucoin_wsapi.MarginCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.CancelAck]]:
        """Ask for the cancel of a margin order; it may still fill before that takes effect.

        Fields: ``MarginCancel``. KuCoin documentation, "Cancel Margin Order".
        """
        return self._send("margin.cancel", cancel, fields, ws_key, timeout)
