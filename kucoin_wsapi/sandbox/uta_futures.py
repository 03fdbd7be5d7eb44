"""Reading the terms of a unified account's futures order. KuCoin documentation, "Place Order" (Pro API).

An absent marginMode is that of the symbol, an absent positionSide means one-way mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

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
from .orders import Order, OrderTerms, OrderType, SelfTradePrevention, Side, TimeInForce, Trigger
from .refusals import Reason, Refusal

__all__ = ["read_changed_terms", "read_uta_terms"]

SIDES: Mapping[str, Side] = {"BUY": "buy", "SELL": "sell"}
ORDER_TYPES: Mapping[str, OrderType] = {"LIMIT": "limit", "MARKET": "market"}
UNITS: Mapping[str, Literal["lots", "base", "value"]] = {
    "UNIT": "lots",
    "BASECCY": "base",
    "QUOTECCY": "value",
}
TIMES_IN_FORCE: Mapping[str, TimeInForce] = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "RPI": "RPI"}
DIRECTIONS: Mapping[str, Literal["up", "down"]] = {"UP": "up", "DOWN": "down"}
TRIGGER_NAMES = ("triggerDirection", "triggerPrice", "triggerPriceType")


def read_uta_terms(engine: FuturesEngine, uid: str, arguments: Arguments, contract: Contract) -> OrderTerms:
    """The terms of an order: every value readable, and all that must be there, there."""
    modes = _read_modes(engine, uid, arguments, contract)
    order_type = arguments.choice("orderType", ORDER_TYPES)
    time_in_force, post_only = read_time_in_force(arguments, order_type, TIMES_IN_FORCE)
    price = arguments.decimal("price")
    check_price_presence(order_type, price)
    close_order = arguments.flag("closeOrder")
    if close_order:
        side, quantity = closing_quantity(engine, uid, contract, modes)
    else:
        if order_type == "market" and arguments.values.get("size") is None:
            raise Refusal(Reason.MISSING_MARKET_SIZE)
        side, quantity = arguments.choice("side", SIDES), _read_quantity(arguments, "size")
    if arguments.flag("autoBorrow") or arguments.flag("autoRepay"):
        raise Refusal(Reason.INVALID, "autoBorrow and autoRepay are not for FUTURES.")
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
        stp=_read_stp(arguments),
        tags=arguments.text("tags", longest=20, ascii_only=True),
        leverage=read_leverage(arguments, engine, uid, contract, modes),
        reduce_only=arguments.flag("reduceOnly") or close_order,
        close_order=close_order,
        margin_mode=modes.margin_mode,
        position_side=modes.position_side,
        trigger=_read_trigger(arguments),
        take_profit=_read_protection(arguments, "tp", "up" if side == "buy" else "down"),
        stop_loss=_read_protection(arguments, "sl", "down" if side == "buy" else "up"),
        is_uta=True,
    )
    check_limits(contract, terms)
    return terms


def read_changed_terms(
    engine: FuturesEngine, order: Order, arguments: Arguments, contract: Contract
) -> OrderTerms:
    """The terms of `order` as `uta.amend` changes them; what is absent stays."""
    terms = order.terms
    price = arguments.decimal("newPrice") or terms.price
    if price is not None and terms.price is None:
        raise Refusal(Reason.INVALID, "A market order has no price.")
    size = terms.size
    if arguments.values.get("newSize") is not None:
        size = lots_of(
            contract,
            _read_quantity(arguments, "newSize"),
            price or engine.prices.mark(contract.symbol),
        )
    take_profit = _read_protection(arguments, "tp", "up" if terms.side == "buy" else "down")
    stop_loss = _read_protection(arguments, "sl", "down" if terms.side == "buy" else "up")
    changed = attrs.evolve(
        terms,
        price=price,
        size=size,
        take_profit=take_profit or terms.take_profit,
        stop_loss=stop_loss or terms.stop_loss,
    )
    if changed == terms:
        raise Refusal(
            Reason.INVALID, "At least one of newPrice, newSize, tp and sl fields must change the order."
        )
    protected = (changed.take_profit, changed.stop_loss) != (terms.take_profit, terms.stop_loss)
    if protected and order.filled_size:
        raise Refusal(Reason.INVALID, "Take-profit and stop-loss change only while nothing has filled.")
    check_limits(contract, changed)
    return changed


def _read_modes(engine: FuturesEngine, uid: str, arguments: Arguments, contract: Contract) -> Modes:
    own = engine.settings.margin_mode(uid, contract.symbol)
    modes = Modes(
        arguments.choice("marginMode", MARGIN_MODES, own),
        arguments.choice("positionSide", POSITION_SIDES, "BOTH"),
    )
    engine.settings.check_margin_mode(uid, contract.symbol, modes.margin_mode)
    engine.settings.check_position_side(uid, modes.position_side)
    return modes


def _read_quantity(arguments: Arguments, name: str) -> Quantity:
    amount = arguments.decimal(name)
    if amount is None:
        raise Refusal(Reason.MISSING_SIZE)
    return Quantity(amount, arguments.choice("sizeUnit", UNITS, "lots"))


def _read_stp(arguments: Arguments) -> SelfTradePrevention | None:
    return arguments.choice("stp", STP_MODES) if arguments.values.get("stp") else None


def _read_trigger(arguments: Arguments) -> Trigger | None:
    """Direction and price go together; the type is by default the last price."""
    given = [arguments.values.get(name) for name in TRIGGER_NAMES]
    if all(value in (None, "") for value in given):
        return None
    if not given[0] or not given[1]:
        raise Refusal(Reason.TRIGGER, "triggerDirection and triggerPrice go together.")
    price: Decimal | None = arguments.decimal("triggerPrice")
    assert price is not None
    return Trigger(
        direction=arguments.choice("triggerDirection", DIRECTIONS),
        price_type=arguments.choice("triggerPriceType", PRICE_TYPES, "TP"),
        price=price,
    )


def _read_protection(
    arguments: Arguments, kind: Literal["tp", "sl"], direction: Literal["up", "down"]
) -> Trigger | None:
    """Take-profit or stop-loss; a type without its price is refused."""
    price = arguments.decimal(f"{kind}TriggerPrice")
    if price is None:
        if arguments.values.get(f"{kind}TriggerPriceType") is not None:
            raise Refusal(Reason.TRIGGER, f"{kind}TriggerPriceType needs {kind}TriggerPrice.")
        return None
    return Trigger(
        direction=direction,
        price_type=arguments.choice(f"{kind}TriggerPriceType", PRICE_TYPES, "TP"),
        price=price,
    )
