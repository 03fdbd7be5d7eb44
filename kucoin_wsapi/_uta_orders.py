"""Requests of the unified account. Import them from ``kucoin_wsapi.orders``."""

from __future__ import annotations

from decimal import Decimal

from attrs import field, frozen

from ._order_rules import (
    amount,
    is_amount,
    is_client_oid,
    is_flag,
    is_name,
    one_of,
    optional,
    refusal,
    require_any,
    require_cancel_after_for_gtt,
    require_exactly_one,
    require_price_for_limit,
    require_with,
    text_up_to,
    upper_case,
    whole_from,
)
from ._vocabulary import (
    Amount,  # noqa: F401  # named by the annotations that attrs takes over from converters
    MarginMode,
    PositionSide,
    PriceKind,
    SelfTradePrevention,
    TriggerDirection,
    UtaOrderType,
    UtaSide,
    UtaSizeUnit,
    UtaTimeInForce,
    UtaTradeType,
)

__all__ = ["UtaAmend", "UtaCancel", "UtaOrder"]


@frozen(kw_only=True)
class UtaOrder:
    """A new order of a unified account, for ``uta.order``.

    Rules: KuCoin documentation, "Place Order" (unified account). Words are taken in any letter case and kept
    in capitals. Amounts are ``Decimal``, ``str`` or ``int`` and positive.

    Attributes:
        trade_type: ``"SPOT"``, ``"FUTURES"``, ``"MARGIN"``, ``"CROSS"`` or ``"ISOLATED"``.
        symbol: pair or contract.
        side: ``"BUY"`` or ``"SELL"``.
        order_type: ``"LIMIT"`` or ``"MARKET"``.
        size: amount, in ``size_unit``; may be left out with ``close_order`` only.
        size_unit: ``"BASECCY"``, ``"QUOTECCY"`` or ``"UNIT"`` (lots; futures only).
        price: needed for LIMIT, refused for MARKET.
        client_oid: required by the exchange for futures and margin; 1 to 40 of letters, digits, ``_`` and
            ``-``. Typed methods make one up when it is left out.
        time_in_force: ``"GTC"``, ``"IOC"``, ``"FOK"``, ``"RPI"`` or, except for futures, ``"GTT"``.
        cancel_after: seconds, at least 1, or -1 for never; needed for GTT, refused otherwise.
        post_only: never take liquidity.
        reduce_only: futures: only ever reduces the position.
        stp: self-trade prevention: ``"CN"``, ``"CO"``, ``"CB"`` or ``"DC"``.
        tags: order tag of at most 20 characters.
        position_side: futures: ``"BOTH"``, ``"LONG"`` or ``"SHORT"``.
        margin_mode: futures: ``"ISOLATED"`` or ``"CROSS"``.
        leverage: futures: a positive number.
        trigger_direction, trigger_price, trigger_price_type: a conditional order waits until the price that
            the type names (``"TP"``, ``"MP"``, ``"IP"``) has gone ``"UP"`` or ``"DOWN"`` to the trigger price.
        tp_trigger_price, tp_trigger_price_type: take profit; the type needs the price.
        sl_trigger_price, sl_trigger_price_type: stop loss; the type needs the price.
        close_order: closes the whole position.
        auto_borrow, auto_repay: margin: borrow what is missing; repay from the proceeds.
    """

    trade_type: UtaTradeType = field(converter=upper_case, validator=one_of(UtaTradeType))
    symbol: str = field(validator=is_name)
    side: UtaSide = field(converter=upper_case, validator=one_of(UtaSide))
    order_type: UtaOrderType = field(converter=upper_case, validator=one_of(UtaOrderType))
    size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    size_unit: UtaSizeUnit | None = field(
        default=None, converter=upper_case, validator=optional(one_of(UtaSizeUnit))
    )
    price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    client_oid: str | None = field(default=None, validator=optional(is_client_oid))
    time_in_force: UtaTimeInForce | None = field(
        default=None, converter=upper_case, validator=optional(one_of(UtaTimeInForce))
    )
    cancel_after: int | None = field(default=None, validator=optional(whole_from(1, or_else=-1)))
    post_only: bool | None = field(default=None, validator=optional(is_flag))
    reduce_only: bool | None = field(default=None, validator=optional(is_flag))
    stp: SelfTradePrevention | None = field(
        default=None, converter=upper_case, validator=optional(one_of(SelfTradePrevention))
    )
    tags: str | None = field(default=None, validator=optional(text_up_to(20, ascii_only=False)))
    position_side: PositionSide | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PositionSide))
    )
    margin_mode: MarginMode | None = field(
        default=None, converter=upper_case, validator=optional(one_of(MarginMode))
    )
    leverage: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    trigger_direction: TriggerDirection | None = field(
        default=None, converter=upper_case, validator=optional(one_of(TriggerDirection))
    )
    trigger_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    trigger_price_type: PriceKind | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PriceKind))
    )
    tp_trigger_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    tp_trigger_price_type: PriceKind | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PriceKind))
    )
    sl_trigger_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    sl_trigger_price_type: PriceKind | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PriceKind))
    )
    close_order: bool | None = field(default=None, validator=optional(is_flag))
    auto_borrow: bool | None = field(default=None, validator=optional(is_flag))
    auto_repay: bool | None = field(default=None, validator=optional(is_flag))

    def __attrs_post_init__(self) -> None:
        if self.size is None and not self.close_order:
            raise refusal("size", "needed unless close_order=True", self.size)
        require_price_for_limit(self, is_limit=self.order_type == "LIMIT")
        require_cancel_after_for_gtt(self)
        if self.trade_type == "FUTURES" and self.time_in_force == "GTT":
            raise refusal("time_in_force", "futures take GTC, IOC, FOK or RPI", self.time_in_force)
        if self.trade_type != "FUTURES" and self.size_unit == "UNIT":
            raise refusal(
                "size_unit", "BASECCY or QUOTECCY are needed unless trade_type is FUTURES", self.size_unit
            )
        # A direction without its price would be an order that is placed at once.
        require_with(self, "trigger_direction", "trigger_price")
        require_with(self, "trigger_price_type", "trigger_price")
        require_with(self, "tp_trigger_price_type", "tp_trigger_price")
        require_with(self, "sl_trigger_price_type", "sl_trigger_price")


@frozen(kw_only=True)
class UtaAmend:
    """A change of a unified-account order, for ``uta.amend``.

    Rules: KuCoin documentation, "Amend Order" (unified account).

    Attributes:
        symbol: pair or contract of the order.
        order_id: the exchange's id of the order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the order.
        trade_type: as in ``UtaOrder``; the exchange may not need it.
        new_price: at least one of ``new_price``, ``new_size`` and the two trigger prices.
        new_size: new amount, in ``size_unit``.
        size_unit: ``"BASECCY"``, ``"QUOTECCY"`` or ``"UNIT"`` (lots; futures).
        cxl_on_fail: cancel the order when the change fails.
        tp_trigger_price, tp_trigger_price_type: take profit; the type needs the price.
        sl_trigger_price, sl_trigger_price_type: stop loss; the type needs the price.
    """

    symbol: str = field(validator=is_name)
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))
    trade_type: UtaTradeType | None = field(
        default=None, converter=upper_case, validator=optional(one_of(UtaTradeType))
    )
    new_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    new_size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    size_unit: UtaSizeUnit | None = field(
        default=None, converter=upper_case, validator=optional(one_of(UtaSizeUnit))
    )
    cxl_on_fail: bool | None = field(default=None, validator=optional(is_flag))
    tp_trigger_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    tp_trigger_price_type: PriceKind | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PriceKind))
    )
    sl_trigger_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    sl_trigger_price_type: PriceKind | None = field(
        default=None, converter=upper_case, validator=optional(one_of(PriceKind))
    )

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")
        require_any(self, "new_price", "new_size", "tp_trigger_price", "sl_trigger_price")
        require_with(self, "tp_trigger_price_type", "tp_trigger_price")
        require_with(self, "sl_trigger_price_type", "sl_trigger_price")


@frozen(kw_only=True)
class UtaCancel:
    """A cancel of a unified-account order, for ``uta.cancel``.

    Rules: KuCoin documentation, "Cancel Order" (unified account).

    Attributes:
        trade_type: as in ``UtaOrder``.
        symbol: pair or contract of the order.
        order_id: the exchange's id of the order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the order.
    """

    trade_type: UtaTradeType = field(converter=upper_case, validator=one_of(UtaTradeType))
    symbol: str = field(validator=is_name)
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")
