"""The prices of a contract that are not in its book: last, mark and index price.

They stand at the contract's reference price until something moves them: a trade moves the last price, a hand
(`Exchange.set_prices`) any of the three. Nothing is drawn at random, so that triggers can be tested.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from decimal import Decimal
from typing import Literal

import attrs

from .contracts import Contract

__all__ = ["ContractPrices", "PriceType", "Prices"]

PriceType = Literal["TP", "MP", "IP"]
"""KuCoin's names: TP is the last trade, MP the mark price, IP the index price."""


@attrs.frozen
class ContractPrices:
    """The three prices of one contract at one moment."""

    last: Decimal
    mark: Decimal
    index: Decimal

    def of_type(self, price_type: PriceType) -> Decimal:
        """The price that a trigger of this type watches."""
        return {"TP": self.last, "MP": self.mark, "IP": self.index}[price_type]


class Prices:
    """The present prices of every contract; `last_prices` is where trades leave theirs."""

    def __init__(self, contracts: Iterable[Contract], last_prices: MutableMapping[str, Decimal]) -> None:
        self._last = last_prices
        self._references = {contract.symbol: contract.reference_price for contract in contracts}
        self._marks = dict(self._references)
        self._indices = dict(self._references)

    def of(self, symbol: str) -> ContractPrices:
        """The present prices of a contract that exists."""
        return ContractPrices(
            last=self._last.get(symbol, self._references[symbol]),
            mark=self._marks[symbol],
            index=self._indices[symbol],
        )

    def mark(self, symbol: str) -> Decimal:
        """The mark price alone."""
        return self._marks[symbol]

    def set(self, symbol: str, *, last: Decimal | None, mark: Decimal | None, index: Decimal | None) -> None:
        """Move what is given; the others stay."""
        for prices, price in ((self._last, last), (self._marks, mark), (self._indices, index)):
            if price is not None:
                prices[symbol] = price
