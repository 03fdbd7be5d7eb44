"""The keywords of the typed methods: the fields of each request, with what a caller may give for them.

For type checkers: ``api_client`` annotates ``**fields: Unpack[SpotOrderFields]``. All keys are optional here because a
method also takes the request as an object; the request classes check what is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from ._futures_orders import ClientOrderId, FuturesOrder
from ._vocabulary import (
    Amount,
    FuturesSelfTradePrevention,
    FuturesTimeInForce,
    MarginMode,
    OrderType,
    PositionSide,
    PriceKind,
    SelfTradePrevention,
    Side,
    SpotTimeInForce,
    StopDirection,
)


class SpotOrderFields(TypedDict, total=False):
    """Keywords of ``SpotOrder``."""

    symbol: str
    side: Side
    type: OrderType
    client_oid: str | None
    price: Amount | None
    size: Amount | None
    funds: Amount | None
    time_in_force: SpotTimeInForce | None
    cancel_after: int | None
    post_only: bool | None
    hidden: bool | None
    iceberg: bool | None
    visible_size: Amount | None
    stp: SelfTradePrevention | None
    remark: str | None
    tags: str | None
    allow_max_time_window: int | None
    client_timestamp: int | None


class SpotModifyFields(TypedDict, total=False):
    """Keywords of ``SpotModify``."""

    symbol: str
    order_id: str | None
    client_oid: str | None
    new_price: Amount | None
    new_size: Amount | None


class SpotCancelFields(TypedDict, total=False):
    """Keywords of ``SpotCancel``."""

    symbol: str
    order_id: str | None
    client_oid: str | None


class MarginOrderFields(TypedDict, total=False):
    """Keywords of ``MarginOrder``."""

    symbol: str
    side: Side
    type: OrderType
    client_oid: str | None
    price: Amount | None
    size: Amount | None
    funds: Amount | None
    time_in_force: SpotTimeInForce | None
    cancel_after: int | None
    post_only: bool | None
    hidden: bool | None
    iceberg: bool | None
    visible_size: Amount | None
    stp: SelfTradePrevention | None
    remark: str | None
    is_isolated: bool | None
    auto_borrow: bool | None
    auto_repay: bool | None


class MarginCancelFields(TypedDict, total=False):
    """Keywords of ``MarginCancel``."""

    symbol: str
    order_id: str | None
    client_oid: str | None


class FuturesOrderFields(TypedDict, total=False):
    """Keywords of ``FuturesOrder``."""

    symbol: str
    side: Side | None
    type: OrderType
    client_oid: str | None
    leverage: Amount | None
    size: Amount | None
    qty: Amount | None
    value_qty: Amount | None
    price: Amount | None
    time_in_force: FuturesTimeInForce | None
    post_only: bool | None
    hidden: bool | None
    iceberg: bool | None
    visible_size: Amount | None
    reduce_only: bool | None
    close_order: bool | None
    force_hold: bool | None
    margin_mode: MarginMode | None
    position_side: PositionSide | None
    stp: FuturesSelfTradePrevention | None
    stop: StopDirection | None
    stop_price: Amount | None
    stop_price_type: PriceKind | None
    remark: str | None


class FuturesCancelFields(TypedDict, total=False):
    """Keywords of ``FuturesCancel``."""

    symbol: str | None
    order_id: str | None
    client_oid: str | None


class FuturesBatchOrderFields(TypedDict, total=False):
    """Keywords of ``FuturesBatchOrder``."""

    orders: Iterable[FuturesOrder]


class FuturesBatchCancelFields(TypedDict, total=False):
    """Keywords of ``FuturesBatchCancel``."""

    order_ids: Iterable[str] | None
    client_oids: Iterable[ClientOrderId | tuple[str, str]] | None


class UtaOrderFields(TypedDict, total=False):
    """Keywords of ``UtaOrder``."""

    trade_type: str
    symbol: str
    side: str
    order_type: str
    size: Amount | None
    size_unit: str | None
    price: Amount | None
    client_oid: str | None
    time_in_force: str | None
    cancel_after: int | None
    post_only: bool | None
    reduce_only: bool | None
    stp: str | None
    tags: str | None
    position_side: str | None
    margin_mode: str | None
    leverage: Amount | None
    trigger_direction: str | None
    trigger_price: Amount | None
    trigger_price_type: str | None
    tp_trigger_price: Amount | None
    tp_trigger_price_type: str | None
    sl_trigger_price: Amount | None
    sl_trigger_price_type: str | None
    close_order: bool | None
    auto_borrow: bool | None
    auto_repay: bool | None


class UtaAmendFields(TypedDict, total=False):
    """Keywords of ``UtaAmend``."""

    symbol: str
    order_id: str | None
    client_oid: str | None
    trade_type: str | None
    new_price: Amount | None
    new_size: Amount | None
    size_unit: str | None
    cxl_on_fail: bool | None
    tp_trigger_price: Amount | None
    tp_trigger_price_type: str | None
    sl_trigger_price: Amount | None
    sl_trigger_price_type: str | None


class UtaCancelFields(TypedDict, total=False):
    """Keywords of ``UtaCancel``."""

    trade_type: str
    symbol: str
    order_id: str | None
    client_oid: str | None
