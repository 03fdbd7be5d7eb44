"""The futures contracts of the sandbox: perpetuals, linear and inverse.

The numbers follow KuCoin's own records ("Get All Symbols" of futures). A linear contract is worth price x multiplier
per lot in its settle currency; an inverse one is worth a fixed amount of dollars per lot, settled in the coin, so that
its value falls as the price rises.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

__all__ = ["CONTRACTS", "Contract", "ContractStatus"]

ContractStatus = Literal["Init", "Open", "BeingSettled", "Settled", "Paused", "Closed", "CancelOnly"]

_FINEST_VALUE = Decimal("1E-16")
"""An inverse lot is worth one over its price; this is where the sandbox ends the digits."""


@attrs.frozen
class Contract:
    """A perpetual contract. Sizes are in lots, prices in US dollars or tethers, rates are fractions.

    `status` other than "Open" takes no orders; "Open" and "CancelOnly" take cancels.
    """

    symbol: str
    base_currency: str
    settle_currency: str
    reference_price: Decimal
    """Where mark, index and last price stand at the start."""
    maker_size: Decimal
    """Typical size of one order of the market maker, lots."""
    multiplier: Decimal
    """Base currency in one lot of a linear contract; -1 of an inverse one, whose lot is one dollar."""
    tick_size: Decimal
    lot_size: Decimal = Decimal(1)
    max_order_size: Decimal = Decimal(1_000_000)
    market_max_order_size: Decimal = Decimal(1_000_000)
    max_price: Decimal = Decimal(1_000_000)
    max_leverage: int = 125
    max_risk_limit: Decimal = Decimal(100_000_000)
    """Largest value of an isolated position with the orders that would enlarge it, settle currency."""
    maintenance_margin_rate: Decimal = Decimal("0.004")
    price_band: Decimal = Decimal("0.05")
    """Buys at most this fraction above the mark price, sells at most this fraction below it."""
    maker_fee_rate: Decimal = Decimal("0.0002")
    taker_fee_rate: Decimal = Decimal("0.0006")
    supports_cross: bool = True
    is_inverse: bool = False
    quote_currency: str = "USDT"
    status: ContractStatus = "Open"

    def unit_value(self, price: Decimal) -> Decimal:
        """What one lot is worth at `price`, positive, in the settle currency."""
        if self.is_inverse:
            return (-self.multiplier / price).quantize(_FINEST_VALUE)
        return self.multiplier * price

    def signed_value(self, price: Decimal) -> Decimal:
        """What holding one lot counts: it grows with the price, for an inverse contract from a negative number."""
        return -self.unit_value(price) if self.is_inverse else self.unit_value(price)

    def price_of(self, value: Decimal, lots: Decimal) -> Decimal:
        """The average price at which `lots` are worth `value`; both positive."""
        return -self.multiplier * lots / value if self.is_inverse else value / (self.multiplier * lots)

    def highest_buy(self, mark: Decimal) -> Decimal:
        """Highest price of a buy order at this mark price (`buyLimit` of the contract's record)."""
        return mark * (1 + self.price_band)

    def lowest_sell(self, mark: Decimal) -> Decimal:
        """Lowest price of a sell order at this mark price (`sellLimit` of the contract's record)."""
        return mark * (1 - self.price_band)


CONTRACTS = (
    Contract(
        symbol="XBTUSDTM",
        base_currency="XBT",
        settle_currency="USDT",
        reference_price=Decimal(67_000),
        maker_size=Decimal(2_000),
        multiplier=Decimal("0.001"),
        tick_size=Decimal("0.1"),
    ),
    Contract(
        symbol="ETHUSDTM",
        base_currency="ETH",
        settle_currency="USDT",
        reference_price=Decimal(2_600),
        maker_size=Decimal(5_000),
        multiplier=Decimal("0.01"),
        tick_size=Decimal("0.01"),
        max_leverage=100,
    ),
    Contract(
        symbol="XBTUSDM",
        base_currency="XBT",
        settle_currency="XBT",
        quote_currency="USD",
        reference_price=Decimal(67_000),
        maker_size=Decimal(100_000),
        multiplier=Decimal(-1),
        tick_size=Decimal("0.1"),
        max_order_size=Decimal(10_000_000),
        market_max_order_size=Decimal(10_000_000),
        max_leverage=50,
        max_risk_limit=Decimal(10_000),
        maintenance_margin_rate=Decimal("0.01"),
        is_inverse=True,
    ),
)
