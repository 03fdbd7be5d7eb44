"""The methods of ``WebsocketAPIClient`` for orders of unified accounts."""

from __future__ import annotations

from typing import Any, overload

# Annotations name what takes long to load as names of the package, which loads it when it is asked for them.
import kucoin_wsapi

from ._calls import ResponseFuture
from ._sending import Sender
from ._vocabulary import (
    Amount,
    MarginMode,
    OrderType,
    PositionSide,
    PriceKind,
    SelfTradePrevention,
    Side,
    TriggerDirection,
    UtaOrderType,
    UtaSide,
    UtaSizeUnit,
    UtaTimeInForce,
    UtaTradeType,
)
from .options import WsKey

__all__ = ["UtaTrading"]

_SPOT = WsKey.WS_API_SPOT_V1


class UtaTrading(Sender):
    """See ``WebsocketAPIClient``."""

    @overload
    def submit_uta_order(
        self,
        /,
        *,
        trade_type: UtaTradeType,
        symbol: str,
        side: UtaSide | Side,
        order_type: UtaOrderType | OrderType,
        size: Amount | None = None,
        size_unit: UtaSizeUnit | None = None,
        price: Amount | None = None,
        client_oid: str | None = None,
        time_in_force: UtaTimeInForce | None = None,
        cancel_after: int | None = None,
        post_only: bool | None = None,
        reduce_only: bool | None = None,
        stp: SelfTradePrevention | None = None,
        tags: str | None = None,
        position_side: PositionSide | None = None,
        margin_mode: MarginMode | None = None,
        leverage: Amount | None = None,
        trigger_direction: TriggerDirection | None = None,
        trigger_price: Amount | None = None,
        trigger_price_type: PriceKind | None = None,
        tp_trigger_price: Amount | None = None,
        tp_trigger_price_type: PriceKind | None = None,
        sl_trigger_price: Amount | None = None,
        sl_trigger_price_type: PriceKind | None = None,
        close_order: bool | None = None,
        auto_borrow: bool | None = None,
        auto_repay: bool | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]: ...

    @overload
    def submit_uta_order(
        self,
        order: kucoin_wsapi.UtaOrder,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]: ...

    def submit_uta_order(
        self,
        order: kucoin_wsapi.UtaOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]:
        """Place an order of a unified account.

        Fields: ``UtaOrder``. KuCoin documentation, "Place Order (UTA)".
        """
        return self._send("uta.order", order, fields, ws_key, timeout)

    @overload
    def amend_uta_order(
        self,
        /,
        *,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        trade_type: UtaTradeType | None = None,
        new_price: Amount | None = None,
        new_size: Amount | None = None,
        size_unit: UtaSizeUnit | None = None,
        cxl_on_fail: bool | None = None,
        tp_trigger_price: Amount | None = None,
        tp_trigger_price_type: PriceKind | None = None,
        sl_trigger_price: Amount | None = None,
        sl_trigger_price_type: PriceKind | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAmendAck]]: ...

    @overload
    def amend_uta_order(
        self,
        change: kucoin_wsapi.UtaAmend,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAmendAck]]: ...

    def amend_uta_order(
        self,
        change: kucoin_wsapi.UtaAmend | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAmendAck]]:
        """Change price or size of a resting order of a unified account.

        Fields: ``UtaAmend``. KuCoin documentation, "Amend Order (UTA)".
        """
        return self._send("uta.amend", change, fields, ws_key, timeout)

    @overload
    def cancel_uta_order(
        self,
        /,
        *,
        trade_type: UtaTradeType,
        symbol: str,
        order_id: str | None = None,
        client_oid: str | None = None,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]: ...

    @overload
    def cancel_uta_order(
        self,
        cancel: kucoin_wsapi.UtaCancel,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]: ...

    def cancel_uta_order(
        self,
        cancel: kucoin_wsapi.UtaCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Any,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[kucoin_wsapi.UtaAck]]:
        """Ask for the cancel of an order of a unified account; it may still fill before that takes effect.

        Fields: ``UtaCancel``. KuCoin documentation, "Cancel Order (UTA)".
        """
        return self._send("uta.cancel", cancel, fields, ws_key, timeout)
