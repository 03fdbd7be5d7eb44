"""The instruments of the sandbox: spot pairs here, futures contracts in `contracts`.

The numbers follow KuCoin's own records ("Get All Symbols", "Get All Symbols" of futures); the reference prices are
fixed, so that the same seed always gives the same market.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .contracts import CONTRACTS, Contract

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
