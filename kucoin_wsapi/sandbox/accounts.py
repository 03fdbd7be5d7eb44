"""Money: available and held, per user, account and currency. Only a deposit creates any.

A negative amount is a mistake of the exchange, never of a user, hence an assertion. Only a futures account may owe:
its losses are not ended by a liquidation.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .feed import Feed, FundsNote
from .orders import Balance

__all__ = ["HOUSE", "Accounts", "Funds"]

HOUSE = "house"
"""The user that collects the fees."""


@attrs.define(eq=False)
class Funds:
    """One currency of one account. It changes by `freeze` and `change` only."""

    uid: str
    account: str
    currency: str
    feed: Feed
    available: Decimal = Decimal(0)
    hold: Decimal = Decimal(0)
    may_owe: bool = False

    def freeze(self, amount: Decimal) -> None:
        """Move `amount` from available to hold; a negative amount moves it back."""
        self.available -= amount
        self.hold += amount
        assert self.available >= 0 or self.may_owe, "more was frozen than there is"
        assert self.hold >= 0, "more was released than was frozen"
        if self.uid in self.feed.uids:
            self._tell(-amount, amount)

    def change(self, amount: Decimal) -> None:
        """Add to (or take from) what is available."""
        self.available += amount
        assert self.available >= 0 or self.may_owe, "more was spent than there is"
        if self.uid in self.feed.uids:
            self._tell(amount, Decimal(0))

    def _tell(self, available: Decimal, hold: Decimal) -> None:
        changed = FundsNote(self.available, self.hold, available, hold)
        self.feed.balance(self.uid, self.account, self.currency, changed)


class Accounts:
    """All accounts of all users."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._users: dict[str, dict[tuple[str, str], Funds]] = {}

    def funds(self, uid: str, account: str, currency: str) -> Funds:
        """The funds, created empty when first asked for."""
        user = self._users.setdefault(uid, {})
        funds = user.get((account, currency))
        if funds is None:
            funds = user[account, currency] = Funds(
                uid, account, currency, self._feed, may_owe=account == "futures"
            )
        return funds

    def endow(self, uid: str, account: str, currency: str, amount: Decimal) -> None:
        """Give the exchange itself what it trades with, once."""
        funds = self.funds(uid, account, currency)
        if not funds.available:
            funds.change(amount)

    def balances(self, uid: str) -> tuple[Balance, ...]:
        """A snapshot of everything `uid` has, ordered by account and currency."""
        user = self._users.get(uid, {})
        return tuple(
            Balance(account=account, currency=currency, available=funds.available, hold=funds.hold)
            for (account, currency), funds in sorted(user.items())
        )
