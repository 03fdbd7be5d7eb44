"""The rules that the arguments of a futures order must keep, whoever places it.

KuCoin documentation, "Add Order" (futures), and "Get All Symbols" (futures) for lots, ticks, leverage and prices. What
depends on prices, positions and balances is checked later (`futures_plan`), for a stop order when it is triggered.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from .arguments import Arguments
from .contracts import Contract
from .futures_engine import FuturesEngine
from .orders import (
    MarginMode,
    OrderTerms,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from .prices import PriceType
from .refusals import Reason, Refusal

__all__ = [
    "MARGIN_MODES",
    "POSITION_SIDES",
    "PRICE_TYPES",
    "STP_MODES",
    "Modes",
    "Quantity",
    "cancelable_contract",
    "check_limits",
    "check_price_presence",
    "closing_quantity",
    "known_contract",
    "lots_of",
    "read_leverage",
    "read_time_in_force",
    "tradable_contract",
]

MARGIN_MODES: Mapping[str, MarginMode] = {"ISOLATED": "ISOLATED", "CROSS": "CROSS"}
POSITION_SIDES: Mapping[str, PositionSide] = {"BOTH": "BOTH", "LONG": "LONG", "SHORT": "SHORT"}
PRICE_TYPES: Mapping[str, PriceType] = {"TP": "TP", "MP": "MP", "IP": "IP"}
STP_MODES: Mapping[str, SelfTradePrevention] = {"CN": "CN", "CO": "CO", "CB": "CB"}


@attrs.frozen
class Quantity:
    """How much, as the user says it: in lots, in the base currency, or as a value in the settle currency."""

    amount: Decimal
    unit: Literal["lots", "base", "value"]


@attrs.frozen
class Modes:
    """The margin mode and the position an order is for."""

    margin_mode: MarginMode
    position_side: PositionSide


def known_contract(contracts: Mapping[str, Contract], name: str) -> Contract:
    """The contract, if it exists."""
    contract = contracts.get(name)
    if contract is None:
        raise Refusal(Reason.UNKNOWN_SYMBOL)
    return contract


def tradable_contract(contracts: Mapping[str, Contract], name: str) -> Contract:
    """The contract, if it exists and takes orders."""
    contract = known_contract(contracts, name)
    if contract.status == "BeingSettled":
        raise Refusal(Reason.SETTLING)
    if contract.status != "Open":
        raise Refusal(Reason.NOT_TRADING)
    return contract


def cancelable_contract(contracts: Mapping[str, Contract], name: str) -> Contract:
    """The contract, if it exists and lets orders be cancelled."""
    contract = known_contract(contracts, name)
    if contract.status == "BeingSettled":
        raise Refusal(Reason.SETTLING)
    if contract.status not in ("Open", "CancelOnly"):
        raise Refusal(Reason.NOT_TRADING)
    return contract


def check_price_presence(order_type: OrderType, price: Decimal | None) -> None:
    """A limit order has a price and a market order has none."""
    if order_type == "limit" and price is None:
        raise Refusal(Reason.MISSING_PRICE)
    if order_type == "market" and price is not None:
        raise Refusal(Reason.INVALID, "A market order has no price.")


def read_time_in_force(
    arguments: Arguments, order_type: OrderType, options: Mapping[str, TimeInForce]
) -> tuple[TimeInForce, bool]:
    """(timeInForce, postOnly). An RPI order offers liquidity to retail traders: it never takes."""
    time_in_force = arguments.choice("timeInForce", options, "GTC")
    post_only = arguments.flag("postOnly")
    if post_only and (order_type == "market" or time_in_force not in ("GTC", "RPI")):
        raise Refusal(Reason.INVALID, "postOnly is for limit orders that may rest.")
    if time_in_force == "RPI" and order_type == "market":
        raise Refusal(Reason.INVALID, "timeInForce RPI is for limit orders.")
    return time_in_force, post_only or time_in_force == "RPI"


def read_leverage(
    arguments: Arguments, engine: FuturesEngine, uid: str, contract: Contract, modes: Modes
) -> int:
    """The leverage of the order: that of the account in cross mode, else as given, else as it was last time, else 1."""
    leverage = arguments.integer("leverage", accept_text=True)
    if leverage is not None and leverage < 1:
        raise Refusal(Reason.INVALID, "leverage must be at least 1.")
    if leverage is not None and leverage > contract.max_leverage:
        raise Refusal(Reason.LEVERAGE, f"The leverage is greater than {contract.max_leverage}.")
    if modes.margin_mode == "CROSS":
        return engine.settings.cross_leverage(uid, contract.symbol)
    return leverage or engine.positions.of(uid, contract, modes.position_side).leverage


def closing_quantity(
    engine: FuturesEngine, uid: str, contract: Contract, modes: Modes
) -> tuple[Side, Quantity]:
    """Side and lots that close the whole position, which there must be."""
    size = engine.positions.of(uid, contract, modes.position_side).size
    if not size:
        raise Refusal(Reason.NO_POSITION)
    return "sell" if size > 0 else "buy", Quantity(abs(size), "lots")


def lots_of(contract: Contract, quantity: Quantity, price: Decimal) -> Decimal:
    """Whole lots of `quantity`; a value is rounded down at `price`. Only lots are for inverse contracts too."""
    if quantity.unit == "lots":
        return quantity.amount
    if contract.is_inverse:
        raise Refusal(Reason.INVALID, "An inverse contract takes its size in lots.")
    if quantity.unit == "value":
        return quantity.amount // contract.unit_value(price)
    if quantity.amount % contract.multiplier:
        raise Refusal(Reason.SIZE_STEP)
    return quantity.amount // contract.multiplier


def check_limits(contract: Contract, terms: OrderTerms) -> None:
    """Lots, visible size, ticks and the highest price."""
    assert terms.size is not None
    most = contract.market_max_order_size if terms.order_type == "market" else contract.max_order_size
    if terms.size < contract.lot_size:
        raise Refusal(Reason.SIZE_TOO_SMALL)
    if terms.size > most:
        raise Refusal(Reason.SIZE_TOO_LARGE, f"Quantity cannot exceed {most:,f}.")
    if terms.size % contract.lot_size:
        raise Refusal(Reason.SIZE_STEP)
    triggers: tuple[Trigger | None, ...] = (terms.trigger, terms.take_profit, terms.stop_loss)
    for price in (terms.price, *(trigger.price for trigger in triggers if trigger is not None)):
        if price is not None and price % contract.tick_size:
            raise Refusal(Reason.PRICE_STEP)
    if terms.price is not None and terms.price > contract.max_price:
        raise Refusal(Reason.PRICE_TOO_HIGH, f"The price is higher than {contract.max_price:f}.")
    if terms.margin_mode == "CROSS" and not contract.supports_cross:
        raise Refusal(Reason.INVALID, "The contract does not support cross margin.")
