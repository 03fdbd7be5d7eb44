"""The rules an order of futures must keep, in the order in which the sandbox checks them.

KuCoin documentation, "Add Order" (futures), and "Get All Symbols" (futures) for lots, ticks, leverage and prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from .arguments import Arguments
from .orders import OrderTerms, OrderType, Side, TimeInForce
from .refusals import Reason, Refusal
from .registry import OrderRegistry
from .symbols import Contract

__all__ = [
    "Quantity",
    "check_limits",
    "check_modes",
    "check_price_presence",
    "check_registry",
    "known_contract",
    "lots_of",
    "read_leverage",
    "read_quantity",
    "read_time_in_force",
    "tradable_contract",
]

TIMES_IN_FORCE: Mapping[str, TimeInForce] = {"GTC": "GTC", "IOC": "IOC"}
MARGIN_MODES = {"ISOLATED": "ISOLATED", "CROSS": "CROSS"}
POSITION_SIDES = {"BOTH": "BOTH", "LONG": "LONG", "SHORT": "SHORT"}


@attrs.frozen
class Quantity:
    """How much, as the user says it: in lots, in the base currency, or as a value in the settle currency."""

    amount: Decimal
    unit: Literal["lots", "base", "value"]


def known_contract(contracts: Mapping[str, Contract], name: str) -> Contract:
    """The contract, if it exists."""
    contract = contracts.get(name)
    if contract is None:
        raise Refusal(Reason.UNKNOWN_SYMBOL)
    return contract


def tradable_contract(contracts: Mapping[str, Contract], name: str) -> Contract:
    """The contract, if it exists and takes orders."""
    contract = known_contract(contracts, name)
    if not contract.enable_trading:
        raise Refusal(Reason.NOT_TRADING)
    return contract


def check_modes(arguments: Arguments) -> None:
    """Every symbol is in isolated margin mode and every account in one-way mode, for now."""
    if arguments.choice("marginMode", MARGIN_MODES, "ISOLATED") != "ISOLATED":
        raise Refusal(
            Reason.MARGIN_MODE,
            "The order's margin mode is CROSS, the symbol's is ISOLATED; the sandbox does not support CROSS yet.",
        )
    if arguments.choice("positionSide", POSITION_SIDES, "BOTH") != "BOTH":
        raise Refusal(
            Reason.POSITION_MODE,
            "The order is in hedge mode, the account in one-way mode; the sandbox does not support hedge mode yet.",
        )


def check_price_presence(order_type: OrderType, price: Decimal | None) -> None:
    """A limit order has a price and a market order has none."""
    if order_type == "limit" and price is None:
        raise Refusal(Reason.MISSING_PRICE)
    if order_type == "market" and price is not None:
        raise Refusal(Reason.INVALID, "A market order has no price.")


def read_time_in_force(
    arguments: Arguments, order_type: OrderType, options: Mapping[str, TimeInForce]
) -> tuple[TimeInForce, bool]:
    """(timeInForce, postOnly)."""
    if arguments.values.get("timeInForce") == "RPI":
        raise Refusal(Reason.UNSUPPORTED, "The sandbox does not support timeInForce RPI yet.")
    time_in_force = arguments.choice("timeInForce", options, "GTC")
    post_only = arguments.flag("postOnly")
    if post_only and (order_type == "market" or time_in_force != "GTC"):
        raise Refusal(Reason.INVALID, "postOnly is for limit orders with timeInForce GTC.")
    return time_in_force, post_only


def read_leverage(arguments: Arguments, contract: Contract) -> int | None:
    """The leverage, a whole number, if it is given."""
    leverage = arguments.integer("leverage", accept_text=True)
    if leverage is None:
        return None
    if leverage < 1:
        raise Refusal(Reason.INVALID, "leverage must be at least 1.")
    if leverage > contract.max_leverage:
        raise Refusal(Reason.LEVERAGE, f"The leverage is greater than {contract.max_leverage}.")
    return leverage


def read_quantity(arguments: Arguments) -> Quantity:
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


def lots_of(contract: Contract, quantity: Quantity, price: Decimal | None) -> Decimal:
    """Whole lots of `quantity`; a value is rounded down, at the mark price if the order has no price."""
    if quantity.unit == "base":
        if quantity.amount % contract.multiplier:
            raise Refusal(Reason.SIZE_STEP)
        return quantity.amount // contract.multiplier
    if quantity.unit == "value":
        return quantity.amount // ((price or contract.reference_price) * contract.multiplier)
    return quantity.amount


def check_limits(contract: Contract, terms: OrderTerms) -> None:
    """Lots, tick, highest and lowest price."""
    assert terms.size is not None
    if terms.size < contract.lot_size:
        raise Refusal(Reason.SIZE_TOO_SMALL)
    if terms.size > contract.max_order_size:
        raise Refusal(Reason.SIZE_TOO_LARGE)
    if terms.size % contract.lot_size:
        raise Refusal(Reason.SIZE_STEP)
    if terms.price is not None:
        _check_price(contract, terms.side, terms.price)


def _check_price(contract: Contract, side: Side, price: Decimal) -> None:
    if price % contract.tick_size:
        raise Refusal(Reason.PRICE_STEP)
    if side == "buy" and price > contract.highest_buy:
        raise Refusal(Reason.PRICE_TOO_HIGH, f"The price is higher than {contract.highest_buy:f}.")
    if side == "sell" and price < contract.lowest_sell:
        raise Refusal(Reason.PRICE_TOO_LOW, f"The price is lower than {contract.lowest_sell:f}.")
    if price > contract.max_price:
        raise Refusal(Reason.PRICE_TOO_HIGH, f"The price is higher than {contract.max_price:f}.")


def check_registry(registry: OrderRegistry, uid: str, terms: OrderTerms) -> None:
    """Room for one more active order, and no active order with the same clientOid.

    KuCoin documentation, "Add Order" (futures): 100 active orders per contract; 500 in a unified account.
    """
    if registry.count_active(uid, ("futures",), terms.symbol) >= (500 if terms.is_uta else 100):
        raise Refusal(Reason.TOO_MANY_ORDERS)
    registry.check_client_oid(uid, terms)
