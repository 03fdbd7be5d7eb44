"""Requests of the spot book: classic spot and margin. Import them from ``kucoin_wsapi.orders``."""

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
    refuse_resting_flags,
    require_any,
    require_cancel_after_for_gtt,
    require_exactly_one,
    require_price_for_limit,
    require_visible_size_for_iceberg,
    require_with,
    text_up_to,
    whole_from,
)
from ._vocabulary import (
    Amount,  # noqa: F401  # named by the annotations that attrs takes over from converters
    OrderType,
    SelfTradePrevention,
    Side,
    SpotTimeInForce,
)

__all__ = ["MarginCancel", "MarginOrder", "SpotCancel", "SpotModify", "SpotOrder"]

_cancel_after = whole_from(1, 2_592_000, or_else=-1)


def _check_book_order(order: SpotOrder | MarginOrder) -> None:
    require_price_for_limit(order, is_limit=order.type == "limit")
    if order.type == "limit":
        if order.size is None:
            raise refusal("size", "needed for a limit order", order.size)
        if order.funds is not None:
            raise refusal("funds", "a limit order takes size instead", str(order.funds))
    else:
        require_exactly_one(order, "size", "funds")
        refuse_resting_flags(order, "post_only", "hidden", "iceberg")
        if order.stp == "DC":
            raise refusal("stp", "a market order takes CN, CO or CB", order.stp)
    require_cancel_after_for_gtt(order)
    require_visible_size_for_iceberg(order)
    if order.visible_size is not None and order.size is not None and order.visible_size * 20 < order.size:
        raise refusal("visible_size", "at least a twentieth of size is needed", str(order.visible_size))


@frozen(kw_only=True)
class SpotOrder:
    """A new spot order, for ``spot.order`` and ``spot.sync_order``.

    Rules: KuCoin documentation, "Add Order" and "Add Order Sync" (spot). Amounts are ``Decimal``, ``str`` or
    ``int`` and positive; whether they fit the symbol's increments and limits is the exchange's to judge.

    Attributes:
        symbol: pair, such as ``"BTC-USDT"``.
        side: ``"buy"`` or ``"sell"``.
        type: ``"limit"`` or ``"market"``.
        client_oid: the caller's id of the order: 1 to 40 of letters, digits, ``_`` and ``-``, unique. Typed
            methods make one up when it is left out.
        price: quote currency per unit of base currency; needed for limit, refused for market.
        size: base currency. Needed for limit; a market order takes exactly one of ``size`` and ``funds``.
        funds: quote currency to spend or to receive; market orders only.
        time_in_force: ``"GTC"`` (the exchange's default), ``"GTT"``, ``"IOC"`` or ``"FOK"``; the exchange
            ignores it for market orders.
        cancel_after: seconds, 1 to 2,592,000, or -1 for never; needed for GTT, refused otherwise.
        post_only: never take liquidity; limit orders only. It has no effect with IOC and FOK.
        hidden: not shown in the book; limit orders only.
        iceberg: only ``visible_size`` of it is shown; limit orders only; wins over ``hidden``.
        visible_size: base currency, at least a twentieth of ``size``; needed for iceberg, refused otherwise.
        stp: self-trade prevention: ``"CN"``, ``"CO"``, ``"CB"`` or, for limit orders, ``"DC"``.
        remark: note of at most 20 ASCII characters.
        tags: order tag of at most 20 ASCII characters.
        allow_max_time_window: milliseconds after ``client_timestamp`` beyond which the gateway refuses the
            order; needs ``client_timestamp``.
        client_timestamp: Unix time in milliseconds.
    """

    symbol: str = field(validator=is_name)
    side: Side = field(validator=one_of(Side))
    type: OrderType = field(validator=one_of(OrderType))
    client_oid: str | None = field(default=None, validator=optional(is_client_oid))
    price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    funds: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    time_in_force: SpotTimeInForce | None = field(default=None, validator=optional(one_of(SpotTimeInForce)))
    cancel_after: int | None = field(default=None, validator=optional(_cancel_after))
    post_only: bool | None = field(default=None, validator=optional(is_flag))
    hidden: bool | None = field(default=None, validator=optional(is_flag))
    iceberg: bool | None = field(default=None, validator=optional(is_flag))
    visible_size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    stp: SelfTradePrevention | None = field(default=None, validator=optional(one_of(SelfTradePrevention)))
    remark: str | None = field(default=None, validator=optional(text_up_to(20, ascii_only=True)))
    tags: str | None = field(default=None, validator=optional(text_up_to(20, ascii_only=True)))
    allow_max_time_window: int | None = field(default=None, validator=optional(whole_from(1)))
    client_timestamp: int | None = field(default=None, validator=optional(whole_from(1)))

    def __attrs_post_init__(self) -> None:
        _check_book_order(self)
        require_with(self, "allow_max_time_window", "client_timestamp")


@frozen(kw_only=True)
class SpotModify:
    """A change of a resting spot order, for ``spot.modify``: the old order is cancelled, a new one placed.

    Rules: KuCoin documentation, "Modify Order" (spot). Queue priority is lost.

    Attributes:
        symbol: pair of the order.
        order_id: the exchange's id of the old order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the old order.
        new_price: quote currency per unit of base currency; at least one of ``new_price`` and ``new_size``.
        new_size: new total in base currency, what has filled already included.
    """

    symbol: str = field(validator=is_name)
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))
    new_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    new_size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")
        require_any(self, "new_price", "new_size")


@frozen(kw_only=True)
class SpotCancel:
    """A cancel of a spot order, for ``spot.cancel`` and ``spot.sync_cancel``.

    Rules: KuCoin documentation, "Cancel Order" (3470134w0).

    Attributes:
        symbol: pair of the order.
        order_id: the exchange's id of the order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the order.
    """

    symbol: str = field(validator=is_name)
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")


@frozen(kw_only=True)
class MarginOrder:
    """A new margin order, for ``margin.order``.

    Rules: KuCoin documentation, "Add Order" (margin). Fields that ``SpotOrder`` has too mean the same.

    Attributes:
        symbol: pair, such as ``"BTC-USDT"``.
        side: ``"buy"`` or ``"sell"``.
        type: ``"limit"`` (default) or ``"market"``.
        client_oid: required by the exchange; 1 to 40 of letters, digits, ``_`` and ``-``. Typed methods make
            one up when it is left out.
        price: quote currency per unit of base currency; needed for limit, refused for market.
        size: base currency. Needed for limit; a market order takes exactly one of ``size`` and ``funds``.
        funds: quote currency; market orders only.
        time_in_force: ``"GTC"`` (the exchange's default), ``"GTT"``, ``"IOC"`` or ``"FOK"``.
        cancel_after: seconds, 1 to 2,592,000, or -1 for never; needed for GTT, refused otherwise.
        post_only, hidden, iceberg: limit orders only.
        visible_size: base currency, at least a twentieth of ``size``; needed for iceberg, refused otherwise.
        stp: ``"CN"``, ``"CO"``, ``"CB"`` or, for limit orders, ``"DC"``.
        remark: note of at most 20 ASCII characters.
        is_isolated: True for the pair's isolated margin account, False (the exchange's default) for cross.
        auto_borrow: borrow what is missing.
        auto_repay: repay loans from the proceeds.
    """

    symbol: str = field(validator=is_name)
    side: Side = field(validator=one_of(Side))
    type: OrderType = field(default="limit", validator=one_of(OrderType))
    client_oid: str | None = field(default=None, validator=optional(is_client_oid))
    price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    funds: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    time_in_force: SpotTimeInForce | None = field(default=None, validator=optional(one_of(SpotTimeInForce)))
    cancel_after: int | None = field(default=None, validator=optional(_cancel_after))
    post_only: bool | None = field(default=None, validator=optional(is_flag))
    hidden: bool | None = field(default=None, validator=optional(is_flag))
    iceberg: bool | None = field(default=None, validator=optional(is_flag))
    visible_size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    stp: SelfTradePrevention | None = field(default=None, validator=optional(one_of(SelfTradePrevention)))
    remark: str | None = field(default=None, validator=optional(text_up_to(20, ascii_only=True)))
    is_isolated: bool | None = field(default=None, validator=optional(is_flag))
    auto_borrow: bool | None = field(default=None, validator=optional(is_flag))
    auto_repay: bool | None = field(default=None, validator=optional(is_flag))

    def __attrs_post_init__(self) -> None:
        _check_book_order(self)


@frozen(kw_only=True)
class MarginCancel:
    """A cancel of a margin order, for ``margin.cancel``.

    Rules: KuCoin documentation, "Cancel Order" (3470134w0).

    Attributes:
        symbol: pair of the order.
        order_id: the exchange's id of the order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the order.
    """

    symbol: str = field(validator=is_name)
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")
