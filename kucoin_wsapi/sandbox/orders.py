"""Orders: what was asked (`OrderTerms`), the live order inside the exchange, and the frozen views of the ledger.

Sizes are in the base currency on spot and margin and in lots on futures; prices, funds and fees are in the quote
(settle) currency; times are Unix nanoseconds.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Literal

import attrs

from .prices import PriceType

__all__ = [
    "Balance",
    "FeeType",
    "Fill",
    "Liability",
    "MarginMode",
    "Order",
    "OrderStatus",
    "OrderTerms",
    "OrderType",
    "OrderView",
    "PositionSide",
    "Product",
    "SelfTradePrevention",
    "Side",
    "TimeInForce",
    "Trigger",
    "view",
]

Product = Literal["spot", "margin", "futures"]
Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
TimeInForce = Literal["GTC", "GTT", "IOC", "FOK", "RPI"]
SelfTradePrevention = Literal["CN", "CO", "CB", "DC"]
FeeType = Literal["makerFee", "takerFee"]
MarginMode = Literal["ISOLATED", "CROSS"]
PositionSide = Literal["BOTH", "LONG", "SHORT"]

ZERO = Decimal(0)
FINEST_PRICE = Decimal("1E-12")


class OrderStatus(Enum):
    """`ACTIVE` until the order is wholly filled or its rest is cancelled; the other two are final."""

    ACTIVE = "active"
    FILLED = "filled"
    CANCELED = "canceled"


@attrs.frozen
class Trigger:
    """A price that sets something off: reached from below ("up") or from above ("down")."""

    direction: Literal["up", "down"]
    price_type: PriceType
    price: Decimal

    def is_reached(self, price: Decimal) -> bool:
        """Whether the watched price stands at the trigger or beyond it."""
        return price >= self.price if self.direction == "up" else price <= self.price


@attrs.frozen
class OrderTerms:
    """What was asked for, in the terms of KuCoin's "Add Order" pages. Absent options are None."""

    product: Product
    symbol: str
    side: Side
    order_type: OrderType
    client_oid: str | None = None
    price: Decimal | None = None
    size: Decimal | None = None
    """None only for a market order by `funds`."""
    funds: Decimal | None = None
    time_in_force: TimeInForce = "GTC"
    cancel_after: int | None = None
    """Seconds in the book before a GTT order expires."""
    post_only: bool = False
    hidden: bool = False
    iceberg: bool = False
    visible_size: Decimal | None = None
    """How much of an iceberg order shows at a time."""
    stp: SelfTradePrevention | None = None
    is_isolated: bool = False
    """Margin: trades from the isolated account of the pair instead of the cross account."""
    auto_borrow: bool = False
    auto_repay: bool = False
    remark: str | None = None
    tags: str | None = None
    leverage: int = 1
    reduce_only: bool = False
    close_order: bool = False
    margin_mode: MarginMode = "ISOLATED"
    position_side: PositionSide = "BOTH"
    force_hold: bool = False
    trigger: Trigger | None = None
    """Futures: the order waits, outside the book and without a hold, until this price is reached."""
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None
    is_uta: bool = False
    """Placed by `uta.order`; limits and fees are those of the product all the same."""

    @property
    def is_concealed(self) -> bool:
        """Whether the book shows less than there is: such an order pays the taker fee, always."""
        return self.hidden or self.iceberg

    @property
    def is_immediate(self) -> bool:
        """Whether it never rests."""
        return self.order_type == "market" or self.time_in_force in ("IOC", "FOK")

    @property
    def only_makes(self) -> bool:
        """Whether postOnly has an effect: not on orders that never rest (KuCoin documentation, "Add Order")."""
        return self.post_only and not self.is_immediate


@attrs.define(eq=False)
class Order:
    """A live order. Only the exchange changes it; outside it is seen as an `OrderView`."""

    order_id: str
    uid: str
    terms: OrderTerms
    created_at: int
    updated_at: int
    family: str
    """Orders of one family are one's own to self-trade prevention; see `Venue.family`."""
    status: OrderStatus = OrderStatus.ACTIVE
    in_book: bool = False
    has_rested: bool = False
    """Whether it is, or was once, in the book."""
    filled_size: Decimal = ZERO
    filled_value: Decimal = ZERO
    fee: Decimal = ZERO
    canceled_size: Decimal = ZERO
    canceled_funds: Decimal = ZERO
    cancel_reason: str | None = None
    hold: Decimal = ZERO
    """What the order freezes now: quote for spot buys, base for spot sells, settle currency on futures."""
    tip: Decimal = ZERO
    """Iceberg in the book: the part that shows and fills at its present place in the queue."""
    expires_at: int | None = None
    """When a GTT order expires, Unix nanoseconds; None before it rests."""
    borrowed: Decimal = ZERO
    """Margin: what autoBorrow borrowed for it, in the currency it freezes."""
    loan_apply_id: str | None = None
    opening_size: Decimal = ZERO
    """Futures: lots of the rest whose margin is held; the others reduce the position and hold nothing."""
    hold_per_lot: Decimal = ZERO
    stop_triggered: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for its trigger."""
        return (
            self.terms.trigger is not None and not self.stop_triggered and self.status is OrderStatus.ACTIVE
        )

    @property
    def remaining_size(self) -> Decimal:
        """What may still fill; zero for an order by funds, which has no size."""
        if self.terms.size is None:
            return ZERO
        return self.terms.size - self.filled_size - self.canceled_size

    @property
    def exposed_size(self) -> Decimal:
        """What may fill before the next order at its price gets its turn."""
        return self.tip if self.terms.iceberg else self.remaining_size


@attrs.frozen
class OrderView:
    """One order as it was at one moment. `origin_size == filled_size + remaining_size + canceled_size`, always."""

    order_id: str
    uid: str
    terms: OrderTerms
    created_at: int
    updated_at: int
    status: OrderStatus
    in_book: bool
    filled_size: Decimal
    filled_value: Decimal
    fee: Decimal
    canceled_size: Decimal
    canceled_funds: Decimal
    cancel_reason: str | None
    hold: Decimal
    borrowed: Decimal
    """Margin: what autoBorrow borrowed to place it."""
    origin_size: Decimal
    """The size asked for; of an order by funds, the size bought or sold so far."""
    remaining_size: Decimal
    funds: Decimal
    """The value asked for: the funds, or price x size; zero for a market order by size."""
    remaining_funds: Decimal
    """`funds` without what was filled and what was cancelled; never negative."""
    average_price: Decimal
    """Mean price of the fills, rounded to 12 decimals; zero before the first one."""
    fee_currency: str
    stop_triggered: bool = False
    is_waiting: bool = False
    """Whether it is a stop order that has not been triggered."""

    @property
    def is_active(self) -> bool:
        """Whether it may still fill."""
        return self.status is OrderStatus.ACTIVE


def view(order: Order, *, value: Decimal, average_price: Decimal, fee_currency: str) -> OrderView:
    """The frozen snapshot of `order`; `value` is price x size, zero where there is no price."""
    terms = order.terms
    funds = value if terms.funds is None else terms.funds
    return OrderView(
        order_id=order.order_id,
        uid=order.uid,
        terms=terms,
        created_at=order.created_at,
        updated_at=order.updated_at,
        status=order.status,
        in_book=order.in_book,
        filled_size=order.filled_size,
        filled_value=order.filled_value,
        fee=order.fee,
        canceled_size=order.canceled_size,
        canceled_funds=order.canceled_funds,
        cancel_reason=order.cancel_reason,
        hold=order.hold,
        borrowed=order.borrowed,
        origin_size=order.filled_size if terms.size is None else terms.size,
        remaining_size=order.remaining_size,
        funds=funds,
        remaining_funds=max(funds - order.filled_value - order.canceled_funds, ZERO),
        average_price=average_price.quantize(FINEST_PRICE),
        fee_currency=fee_currency,
        stop_triggered=order.stop_triggered,
        is_waiting=order.is_waiting,
    )


@attrs.frozen
class Fill:
    """One side of one trade. `value` is price x size (x multiplier on futures).

    `liquidity` is what KuCoin shows, which is "taker" on both sides where a hidden or iceberg order takes part;
    `fee_type` is which of the two rates was charged, and `force_taker` whether an order that made the price was
    charged as a taker for being hidden or an iceberg (KuCoin documentation, "Get Trade History").
    """

    trade_id: str
    order_id: str
    counter_order_id: str
    uid: str
    product: Product
    symbol: str
    side: Side
    order_type: OrderType
    liquidity: Literal["maker", "taker"]
    price: Decimal
    size: Decimal
    value: Decimal
    fee: Decimal
    fee_rate: Decimal
    fee_currency: str
    time: int
    fee_type: FeeType
    force_taker: bool = False


@attrs.frozen
class Balance:
    """One currency of one account: "trade", "margin" (cross), "isolated:BTC-USDT" and so on, or "futures".

    What was borrowed is in it; what is owed for that is in `Liability`. Margin of positions is in `Position`.
    """

    account: str
    currency: str
    available: Decimal
    hold: Decimal


@attrs.frozen
class Liability:
    """What one margin account owes of one currency. There is no interest."""

    account: str
    currency: str
    owed: Decimal
