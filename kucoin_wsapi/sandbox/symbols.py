"""The instruments of the sandbox: spot pairs and linear futures contracts.

The numbers follow KuCoin's own records ("Get All Symbols", "Get All Symbols" of futures); the reference prices are
fixed, so that the same seed always gives the same market.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

__all__ = ["CONTRACTS", "SYMBOLS", "Contract", "SpotSymbol"]


@attrs.frozen
class SpotSymbol:
    """A spot pair. Sizes are in the base currency, funds and prices in the quote currency, rates are fractions."""

    symbol: str
    base_currency: str
    quote_currency: str
    reference_price: Decimal
    maker_size: Decimal
    """Typical size of one order of the market maker, base currency."""
    price_increment: Decimal
    base_increment: Decimal
    base_min_size: Decimal
    base_max_size: Decimal = Decimal("10000000000")
    quote_increment: Decimal = Decimal("0.000001")
    quote_min_size: Decimal = Decimal("0.1")
    quote_max_size: Decimal = Decimal("99999999")
    min_funds: Decimal = Decimal("0.1")
    maker_fee_rate: Decimal = Decimal("0.001")
    taker_fee_rate: Decimal = Decimal("0.001")
    is_margin_enabled: bool = True
    enable_trading: bool = True


@attrs.frozen
class Contract:
    """A perpetual linear contract. Sizes are in lots; one lot is `multiplier` of the base currency.

    The mark price is the reference price and does not move.
    """

    symbol: str
    base_currency: str
    settle_currency: str
    reference_price: Decimal
    maker_size: Decimal
    """Typical size of one order of the market maker, lots."""
    multiplier: Decimal
    tick_size: Decimal
    lot_size: Decimal = Decimal(1)
    max_order_size: Decimal = Decimal(1_000_000)
    max_price: Decimal = Decimal(1_000_000)
    max_leverage: int = 125
    price_band: Decimal = Decimal("0.05")
    """Buys at most this fraction above the mark price, sells at most this fraction below it."""
    maker_fee_rate: Decimal = Decimal("0.0002")
    taker_fee_rate: Decimal = Decimal("0.0006")
    enable_trading: bool = True

    @property
    def highest_buy(self) -> Decimal:
        """Highest price of a buy order, in the settle currency (`buyLimit` of the contract's record)."""
        return self.reference_price * (1 + self.price_band)

    @property
    def lowest_sell(self) -> Decimal:
        """Lowest price of a sell order, in the settle currency (`sellLimit` of the contract's record)."""
        return self.reference_price * (1 - self.price_band)


SYMBOLS = (
    SpotSymbol(
        symbol="BTC-USDT",
        base_currency="BTC",
        quote_currency="USDT",
        reference_price=Decimal(67_000),
        maker_size=Decimal(2),
        price_increment=Decimal("0.1"),
        base_increment=Decimal("0.00000001"),
        base_min_size=Decimal("0.00001"),
    ),
    SpotSymbol(
        symbol="ETH-USDT",
        base_currency="ETH",
        quote_currency="USDT",
        reference_price=Decimal(2_600),
        maker_size=Decimal(50),
        price_increment=Decimal("0.01"),
        base_increment=Decimal("0.0000001"),
        base_min_size=Decimal("0.0001"),
    ),
)

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
)
