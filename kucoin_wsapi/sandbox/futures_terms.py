"""Reading the terms of a classic futures order. KuCoin documentation, "Add Order" (futures)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from .arguments import Arguments
from .contracts import Contract
from .futures_engine import FuturesEngine
from .futures_rules import (
    MARGIN_MODES,
    POSITION_SIDES,
    PRICE_TYPES,
    STP_MODES,
    Modes,
    Quantity,
    check_limits,
    check_price_presence,
    closing_quantity,
    lots_of,
    read_leverage,
    read_time_in_force,
)
from .orders import OrderTerms, OrderType, SelfTradePrevention, TimeInForce, Trigger
from .refusals import Reason, Refusal
from .spot_rules import ORDER_TYPES, SIDES

__all__ = ["read_classic_terms"]

TIMES_IN_FORCE: Mapping[str, TimeInForce] = {"GTC": "GTC", "IOC": "IOC", "RPI": "RPI"}
DIRECTIONS: Mapping[str, Literal["up", "down"]] = {"up": "up", "down": "down"}


def read_classic_terms(
    engine: FuturesEngine, uid: str, arguments: Arguments, contract: Contract
) -> OrderTerms:
    """The terms of an order: every value readable, and all that must be there, there."""
    modes = _read_modes(engine, uid, arguments, contract)
    order_type = arguments.choice("type", ORDER_TYPES, "limit")
    time_in_force, post_only = read_time_in_force(arguments, order_type, TIMES_IN_FORCE)
    price = arguments.decimal("price")
    check_price_presence(order_type, price)
    close_order = arguments.flag("closeOrder")
    if close_order:
        side, quantity = closing_quantity(engine, uid, contract, modes)
    else:
        side, quantity = arguments.choice("side", SIDES), _read_quantity(arguments)
    hidden, iceberg, visible_size = _read_visibility(arguments, order_type, post_only)
    terms = OrderTerms(
        product="futures",
        symbol=contract.symbol,
        side=side,
        order_type=order_type,
        client_oid=arguments.client_oid(required=True),
        price=price,
        size=lots_of(contract, quantity, price or engine.prices.mark(contract.symbol)),
        time_in_force=time_in_force,
        post_only=post_only,
        hidden=hidden and not iceberg,
        iceberg=iceberg,
        visible_size=visible_size,
        stp=_read_stp(arguments),
        remark=arguments.text("remark", longest=100),
        leverage=read_leverage(arguments, engine, uid, contract, modes),
        reduce_only=arguments.flag("reduceOnly") or close_order,
        close_order=close_order,
        margin_mode=modes.margin_mode,
        position_side=modes.position_side,
        force_hold=arguments.flag("forceHold"),
        trigger=_read_trigger(arguments),
    )
    check_limits(contract, terms)
    if terms.visible_size is not None and terms.size is not None and terms.visible_size > terms.size:
        raise Refusal(Reason.INVALID, "visibleSize is larger than the order.")
    return terms


def _read_modes(engine: FuturesEngine, uid: str, arguments: Arguments, contract: Contract) -> Modes:
    modes = Modes(
        arguments.choice("marginMode", MARGIN_MODES, "ISOLATED"),
        arguments.choice("positionSide", POSITION_SIDES, "BOTH"),
    )
    engine.settings.check_margin_mode(uid, contract.symbol, modes.margin_mode)
    engine.settings.check_position_side(uid, modes.position_side)
    return modes


def _read_quantity(arguments: Arguments) -> Quantity:
    """Exactly one of `size` (whole lots), `qty` (base currency) and `valueQty` (value in the settle currency)."""
    size = arguments.integer("size", accept_text=True)
    base, value = arguments.decimal("qty"), arguments.decimal("valueQty")
    if sum(quantity is not None for quantity in (size, base, value)) != 1:
        raise Refusal(Reason.MISSING_SIZE)
    if size is not None:
        return Quantity(Decimal(size), "lots")
    if base is not None:
        return Quantity(base, "base")
    assert value is not None
    return Quantity(value, "value")


def _read_visibility(
    arguments: Arguments, order_type: OrderType, post_only: bool
) -> tuple[bool, bool, Decimal | None]:
    """(hidden, iceberg, visibleSize in lots)."""
    hidden, iceberg = arguments.flag("hidden"), arguments.flag("iceberg")
    if (hidden or iceberg) and post_only:
        raise Refusal(Reason.INVALID, "postOnly is not for hidden and iceberg orders.")
    if (hidden or iceberg) and order_type == "market":
        raise Refusal(Reason.INVALID, "hidden and iceberg are for limit orders.")
    if not iceberg:
        return hidden, False, None
    lots = arguments.integer("visibleSize", accept_text=True)
    if not lots or lots < 0:
        raise Refusal(Reason.INVALID, "An iceberg order needs a visibleSize of at least one lot.")
    return hidden, True, Decimal(lots)


def _read_stp(arguments: Arguments) -> SelfTradePrevention | None:
    return arguments.choice("stp", STP_MODES) if arguments.values.get("stp") else None


def _read_trigger(arguments: Arguments) -> Trigger | None:
    """`stop`, `stopPriceType` and `stopPrice`: all or none; an empty text is none."""
    given = [arguments.values.get(name) for name in ("stop", "stopPriceType", "stopPrice")]
    if all(value in (None, "") for value in given):
        return None
    price = arguments.decimal("stopPrice") if given[2] != "" else None
    if price is None or not given[0] or not given[1]:
        raise Refusal(Reason.TRIGGER)
    return Trigger(
        direction=arguments.choice("stop", DIRECTIONS),
        price_type=arguments.choice("stopPriceType", PRICE_TYPES),
        price=price,
    )
