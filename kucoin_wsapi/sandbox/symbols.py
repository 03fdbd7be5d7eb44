"""The instruments of the sandbox: spot pairs here, futures contracts in `contracts`.

The numbers follow KuCoin's own records ("Get All Symbols", "Get All Symbols" of futures); the reference prices are
fixed, so that the same seed always gives the same market.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .contracts import CONTRACTS, Contract

__all__ = ["CONTRACTS", "MARGIN_CURRENCIES", "SYMBOLS", "Contract", "MarginCurrency", "SpotSymbol"]


_MAKER_VALUE = Decimal(130_000)  # of one order of the market maker, in the quote currency
_SMALLEST_PRICE, _LARGEST_PRICE = Decimal("0.001"), Decimal(1_000_000)


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
    price_limit_rate: Decimal = Decimal("0.1")
    """How far from the best opposite price an order may trade, as a fraction of that price."""
    base_fee_rate: Decimal = Decimal("0.001")
    """The rate of VIP 0, of makers and takers alike."""
    maker_fee_coefficient: Decimal = Decimal("1.00")
    taker_fee_coefficient: Decimal = Decimal("1.00")
    is_margin_enabled: bool = True
    """Whether the pair has cross margin."""
    is_isolated_margin_enabled: bool = True
    isolated_leverage: int = 10
    enable_trading: bool = True
    enable_canceling: bool = True
    is_in_maintenance: bool = False
    trading_start: int | None = None
    """When trading begins, Unix milliseconds; None if it began long ago."""

    @classmethod
    def at(cls, symbol: str, price: Decimal) -> SpotSymbol:
        """The pair of a name such as ``"SOL-USDT"`` around a reference price, with steps as KuCoin's pairs have them.

        It has no margin. Raises ``ValueError``.
        """
        base, _, quote = symbol.partition("-")
        if not (base.isalnum() and quote.isalnum() and symbol == symbol.upper()):
            raise ValueError(f"symbol: a name such as SOL-USDT is needed, not {symbol!r}")
        if not (price.is_finite() and _SMALLEST_PRICE <= price <= _LARGEST_PRICE):
            raise ValueError(
                f"price: a number from {_SMALLEST_PRICE} to {_LARGEST_PRICE} is needed, not {price}"
            )
        magnitude = price.adjusted()
        increment = Decimal(1).scaleb(max(-8, min(0, -4 - magnitude)))
        return cls(
            symbol=symbol,
            base_currency=base,
            quote_currency=quote,
            reference_price=price,
            maker_size=max(increment, (_MAKER_VALUE / price).quantize(increment)),
            price_increment=Decimal(1).scaleb(min(0, magnitude - 5)),
            base_increment=increment,
            base_min_size=increment * 1000,
            is_margin_enabled=False,
            is_isolated_margin_enabled=False,
        )

    @property
    def maker_fee_rate(self) -> Decimal:
        """What a maker pays, as a fraction of the value."""
        return self.base_fee_rate * self.maker_fee_coefficient

    @property
    def taker_fee_rate(self) -> Decimal:
        """What a taker pays, as a fraction of the value."""
        return self.base_fee_rate * self.taker_fee_coefficient


@attrs.frozen
class MarginCurrency:
    """A currency that can be borrowed. Amounts are in that currency."""

    currency: str
    most_per_user: Decimal
    """The most one user may owe, over all margin accounts."""
    pool: Decimal
    """What there is to lend, to all users together."""


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

MARGIN_CURRENCIES = (
    MarginCurrency("USDT", most_per_user=Decimal(1_000_000), pool=Decimal(100_000_000)),
    MarginCurrency("BTC", most_per_user=Decimal(20), pool=Decimal(1_000)),
    MarginCurrency("ETH", most_per_user=Decimal(400), pool=Decimal(20_000)),
)
