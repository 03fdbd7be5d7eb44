"""Requests of classic futures. Import them from ``kucoin_wsapi.orders``."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import Attribute, field, frozen

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
    require_exactly_one,
    require_price_for_limit,
    require_visible_size_for_iceberg,
    require_with,
    text_up_to,
    whole_from,
    whole_number,
)
from ._vocabulary import (
    Amount,  # noqa: F401  # named by the annotations that attrs takes over from converters
    FuturesSelfTradePrevention,
    FuturesTimeInForce,
    MarginMode,
    OrderType,
    PositionSide,
    PriceKind,
    Side,
    StopDirection,
)
from .exceptions import InvalidRequestError

__all__ = ["ClientOrderId", "FuturesBatchCancel", "FuturesBatchOrder", "FuturesCancel", "FuturesOrder"]

_MOST_BATCH_ORDERS = 20


@frozen(kw_only=True)
class FuturesOrder:
    """A new futures order, for ``futures.order`` and as an item of ``futures.multi_order``.

    Rules: KuCoin documentation, "Add Order" (futures). Amounts are ``Decimal``, ``str`` or ``int`` and
    positive; whether they fit the contract's tick, lot and limits is the exchange's to judge.

    Attributes:
        symbol: contract, such as ``"XBTUSDTM"``.
        side: ``"buy"`` or ``"sell"``; may be left out with ``close_order`` only.
        type: ``"limit"`` (default) or ``"market"``.
        client_oid: required by the exchange; 1 to 40 of letters, digits, ``_`` and ``-``, unique. Typed
            methods make one up when it is left out.
        leverage: whole number of at least 1; sets the isolated margin of an opening order.
        size: lots, a whole number. Exactly one of ``size``, ``qty`` and ``value_qty``; with ``close_order`` at
            most one.
        qty: base coin; linear contracts only.
        value_qty: USDT or USDC; linear contracts only.
        price: quote currency; needed for limit, refused for market.
        time_in_force: ``"GTC"`` (the exchange's default), ``"IOC"`` or ``"RPI"``.
        post_only: never take liquidity; limit orders only; not with IOC, hidden or iceberg.
        hidden: not shown in the book; limit orders only.
        iceberg: only ``visible_size`` of it is shown; limit orders only.
        visible_size: lots; needed for iceberg, refused otherwise.
        reduce_only: only ever reduces the position.
        close_order: closes the whole position.
        force_hold: freeze margin for a reducing order too, so that it stays in the book.
        margin_mode: ``"ISOLATED"`` (the exchange's default) or ``"CROSS"``; must match the symbol's setting.
        position_side: ``"BOTH"`` (one-way mode, the exchange's default); ``"LONG"`` or ``"SHORT"`` in hedge
            mode.
        stp: self-trade prevention: ``"CN"``, ``"CO"`` or ``"CB"``.
        stop: ``"up"`` or ``"down"``: makes it a stop order, which waits until the price has risen or fallen
            to ``stop_price``; the three stop fields are given together or not at all.
        stop_price: quote currency.
        stop_price_type: what is watched: ``"TP"`` last price, ``"MP"`` mark price, ``"IP"`` index price.
        remark: note of at most 100 characters.
    """

    symbol: str = field(validator=is_name)
    side: Side | None = field(default=None, validator=optional(one_of(Side)))
    type: OrderType = field(default="limit", validator=one_of(OrderType))
    client_oid: str | None = field(default=None, validator=optional(is_client_oid))
    leverage: int | None = field(default=None, converter=whole_number, validator=optional(whole_from(1)))
    size: int | None = field(default=None, converter=whole_number, validator=optional(whole_from(1)))
    qty: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    value_qty: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    time_in_force: FuturesTimeInForce | None = field(
        default=None, validator=optional(one_of(FuturesTimeInForce))
    )
    post_only: bool | None = field(default=None, validator=optional(is_flag))
    hidden: bool | None = field(default=None, validator=optional(is_flag))
    iceberg: bool | None = field(default=None, validator=optional(is_flag))
    visible_size: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    reduce_only: bool | None = field(default=None, validator=optional(is_flag))
    close_order: bool | None = field(default=None, validator=optional(is_flag))
    force_hold: bool | None = field(default=None, validator=optional(is_flag))
    margin_mode: MarginMode | None = field(default=None, validator=optional(one_of(MarginMode)))
    position_side: PositionSide | None = field(default=None, validator=optional(one_of(PositionSide)))
    stp: FuturesSelfTradePrevention | None = field(
        default=None, validator=optional(one_of(FuturesSelfTradePrevention))
    )
    stop: StopDirection | None = field(default=None, validator=optional(one_of(StopDirection)))
    stop_price: Decimal | None = field(default=None, converter=amount, validator=optional(is_amount))
    stop_price_type: PriceKind | None = field(default=None, validator=optional(one_of(PriceKind)))
    remark: str | None = field(default=None, validator=optional(text_up_to(100, ascii_only=False)))

    def __attrs_post_init__(self) -> None:
        self._check_quantity()
        require_price_for_limit(self, is_limit=self.type == "limit")
        if self.type == "market":
            refuse_resting_flags(self, "post_only", "hidden", "iceberg")
        require_visible_size_for_iceberg(self)
        if self.post_only and (self.time_in_force == "IOC" or self.hidden or self.iceberg):
            raise refusal("post_only", "not together with IOC, hidden or iceberg", self.post_only)
        for given, partner in _STOP_FIELDS:
            require_with(self, given, partner)

    def _check_quantity(self) -> None:
        quantities = (self.size, self.qty, self.value_qty)
        if not self.close_order:
            if self.side is None:
                raise refusal("side", "needed unless close_order=True", self.side)
            require_exactly_one(self, "size", "qty", "value_qty")
        elif quantities.count(None) < 2:
            raise InvalidRequestError("size: at most one of size, qty, value_qty is taken", field="size")


# A stop price without its direction would be an order that is placed at once.
_STOP_FIELDS = (("stop", "stop_price"), ("stop_price", "stop_price_type"), ("stop_price_type", "stop"))


@frozen(kw_only=True)
class FuturesCancel:
    """A cancel of a futures order, for ``futures.cancel``.

    Rules: KuCoin documentation, "Cancel Order" (3470134w0).

    Attributes:
        symbol: contract; needed with ``client_oid``.
        order_id: the exchange's id of the order; exactly one of ``order_id`` and ``client_oid``.
        client_oid: the caller's id of the order.
    """

    symbol: str | None = field(default=None, validator=optional(is_name))
    order_id: str | None = field(default=None, validator=optional(is_name))
    client_oid: str | None = field(default=None, validator=optional(is_name))

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_id", "client_oid")
        require_with(self, "client_oid", "symbol")


def _as_tuple(items: Iterable[Any] | None) -> Any:
    # Text is an iterable of characters, which nobody means as a batch.
    return tuple(items) if isinstance(items, Iterable) and not isinstance(items, (str, bytes)) else items


def _are_orders(_: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple):
        raise refusal(attribute.name, "an iterable of FuturesOrder is needed", value)
    if not 1 <= len(value) <= _MOST_BATCH_ORDERS:
        raise refusal(attribute.name, f"1 to {_MOST_BATCH_ORDERS} orders are needed", len(value))
    for item in value:
        if not isinstance(item, FuturesOrder):
            raise refusal(attribute.name, "every item is a FuturesOrder", item)


@frozen(kw_only=True)
class FuturesBatchOrder:
    """Several new futures orders, for ``futures.multi_order``; each is accepted or refused on its own.

    Rules: KuCoin documentation, "Batch Add Orders" (futures).

    Attributes:
        orders: 1 to 20 ``FuturesOrder``, of any symbols and types; any iterable is taken.
    """

    orders: tuple[FuturesOrder, ...] = field(converter=_as_tuple, validator=_are_orders)


@frozen
class ClientOrderId:
    """Names a futures order by contract and the caller's id.

    Attributes:
        symbol: contract of the order.
        client_oid: the caller's id of the order.
    """

    symbol: str = field(validator=is_name)
    client_oid: str = field(validator=is_name)


def _client_order_ids(items: Iterable[ClientOrderId | tuple[str, str]] | None) -> Any:
    given = _as_tuple(items)
    if not isinstance(given, tuple):
        return given
    return tuple(
        ClientOrderId(*item) if isinstance(item, (tuple, list)) and len(item) == 2 else item for item in given
    )


def _are_order_ids(_: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple) or not value:
        raise refusal(attribute.name, "at least one order id is needed, in an iterable", value)
    for item in value:
        if not isinstance(item, str) or not item:
            raise refusal(attribute.name, "every item is a non-empty str", item)


def _are_client_order_ids(_: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple) or not value:
        raise refusal(
            attribute.name, "at least one pair (symbol, client_oid) is needed, in an iterable", value
        )
    for item in value:
        if not isinstance(item, ClientOrderId):
            raise refusal(attribute.name, "every item is a pair (symbol, client_oid)", item)


@frozen(kw_only=True)
class FuturesBatchCancel:
    """Several cancels of futures orders, for ``futures.multi_cancel``; each is taken or refused on its own.

    Rules: KuCoin documentation, "Batch Cancel Orders" (futures).

    Attributes:
        order_ids: the exchange's ids, in any iterable; exactly one of ``order_ids`` and ``client_oids``.
        client_oids: ``ClientOrderId`` or pairs ``(symbol, client_oid)``, in any iterable.
    """

    order_ids: tuple[str, ...] | None = field(
        default=None, converter=_as_tuple, validator=optional(_are_order_ids)
    )
    client_oids: tuple[ClientOrderId, ...] | None = field(
        default=None, converter=_client_order_ids, validator=optional(_are_client_order_ids)
    )

    def __attrs_post_init__(self) -> None:
        require_exactly_one(self, "order_ids", "client_oids")
