"""The exchange of the sandbox, pure: no I/O, no threads, no clock. Time comes in as Unix nanoseconds.

The caller serialises the calls. Whatever `args` is, `execute` answers and does not raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from kucoin_wsapi.sandbox.answers import Answer
from kucoin_wsapi.sandbox.orders import Balance, Fill, OrderView, Position
from kucoin_wsapi.sandbox.symbols import CONTRACTS, SYMBOLS, Contract, SpotSymbol

__all__ = ["Answer", "Exchange"]


class Exchange:
    """Accounts, books, orders and positions of one simulated KuCoin."""

    def __init__(
        self,
        *,
        symbols: Iterable[SpotSymbol] = SYMBOLS,
        contracts: Iterable[Contract] = CONTRACTS,
        seed: int = 0,
        now: int,
        market_maker: bool = True,
    ) -> None:
        """`now` is in Unix nanoseconds. Without a market maker the books start empty."""

    def open_account(self, uid: str, deposits: Mapping[str, Mapping[str, Decimal]]) -> None:
        """Open the accounts of `uid`, e.g. `{"trade": {"USDT": Decimal(1000)}, "margin": {}, "futures": {}}`."""
        raise NotImplementedError

    def execute(self, uid: str, op: str, args: object, now: int) -> Answer:
        """Do one operation of the order socket for `uid`; `args` is decoded JSON of any shape."""
        raise NotImplementedError

    def find_order(
        self,
        uid: str,
        product: str,
        *,
        symbol: str | None = None,
        order_id: str | None = None,
        client_oid: str | None = None,
    ) -> OrderView | None:
        """The order, if `uid` has it. `product` is "spot", "margin", "futures" or "uta"; a clientOid gives the newest."""
        raise NotImplementedError

    def orders(self, uid: str) -> tuple[OrderView, ...]:
        """Every order of `uid`, oldest first."""
        raise NotImplementedError

    def fills(self, uid: str) -> tuple[Fill, ...]:
        """Every fill of `uid`, oldest first."""
        raise NotImplementedError

    def balances(self, uid: str) -> tuple[Balance, ...]:
        """Every balance of `uid`."""
        raise NotImplementedError

    def positions(self, uid: str) -> tuple[Position, ...]:
        """Every futures position `uid` has or had."""
        raise NotImplementedError

    def tick(self, now: int) -> None:
        """Let time pass: GTT orders expire, the market maker refreshes its orders."""
        raise NotImplementedError
