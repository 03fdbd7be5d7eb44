"""Lending for margin orders: who owes what, and how much more may be borrowed.

KuCoin documentation, "Add Order" (margin): autoBorrow borrows what an order lacks, autoRepay repays with the proceeds
of its fills and never with more. There is no interest and no liquidation here. What an account may borrow follows from
its equity and the leverage (5 in cross margin, the pair's own in isolated margin), valued at the reference prices; a
currency has besides a maximum for each user and a pool for all. The lent money comes from the exchange's own account
"lending", so that none is created.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_UP, Decimal

from .accounts import HOUSE
from .arguments import decimal_text
from .orders import Liability
from .refusals import Reason, Refusal
from .symbols import MarginCurrency
from .venue import Venue

__all__ = ["CROSS", "LENDING", "Lender"]

CROSS = "margin"
LENDING = "lending"
CROSS_LEVERAGE = 5
VALUED_IN = "USDT"
FINEST_LOAN = Decimal("1E-8")
ZERO = Decimal(0)


class Lender:
    """The loans of all users."""

    def __init__(self, venue: Venue, currencies: Iterable[MarginCurrency]) -> None:
        self._venue = venue
        self._currencies = {currency.currency: currency for currency in currencies}
        self._owed: dict[str, dict[tuple[str, str], Decimal]] = {}
        for currency in self._currencies.values():
            venue.accounts.endow(HOUSE, LENDING, currency.currency, currency.pool)

    def loan_for(self, uid: str, account: str, currency: str, missing: Decimal) -> Decimal:
        """What must be borrowed where `missing` is missing; `Refusal` if that may not be."""
        size = missing.quantize(FINEST_LOAN, ROUND_UP)
        self._check_account(uid, account, currency, size)
        terms = self._currencies.get(currency)
        left = ZERO if terms is None else max(terms.most_per_user - self._owed_in_all(uid, currency), ZERO)
        if size > left:
            rest = f"{decimal_text(left)}{currency}"
            raise Refusal(
                Reason.CURRENCY_BORROW_LIMIT,
                f"Exceeds the max. borrowing amount, the remaining amount you can borrow: {rest}",
            )
        if size > self._venue.accounts.funds(HOUSE, LENDING, currency).available:
            raise Refusal(Reason.LENDING_POOL)
        return size

    def _check_account(self, uid: str, account: str, currency: str, size: Decimal) -> None:
        left = self._borrowable(uid, account, currency)
        if size <= left:
            return
        if account != CROSS:
            raise Refusal(Reason.ISOLATED_BORROW_LIMIT)
        raise Refusal(
            Reason.CROSS_BORROW_LIMIT,
            f"Exceed the borrowing limit, the remaining borrowable amount is: {decimal_text(left)}{currency}",
        )

    def lend(self, uid: str, account: str, currency: str, size: Decimal) -> None:
        """Pay out a loan that was found possible."""
        self._venue.accounts.funds(HOUSE, LENDING, currency).change(-size)
        self._venue.accounts.funds(uid, account, currency).change(size)
        owed = self._owed.setdefault(uid, {})
        owed[account, currency] = owed.get((account, currency), ZERO) + size

    def repay(self, uid: str, account: str, currency: str, most: Decimal) -> None:
        """Repay what is owed, but no more than `most` nor than is available."""
        owed = self._owed.get(uid, {}).get((account, currency), ZERO)
        funds = self._venue.accounts.funds(uid, account, currency)
        size = min(owed, most, funds.available)
        if size > 0:
            funds.change(-size)
            self._venue.accounts.funds(HOUSE, LENDING, currency).change(size)
            self._owed[uid][account, currency] = owed - size

    def liabilities(self, uid: str) -> tuple[Liability, ...]:
        """What `uid` owes, by account and currency."""
        return tuple(
            Liability(account=account, currency=currency, owed=owed)
            for (account, currency), owed in sorted(self._owed.get(uid, {}).items())
            if owed
        )

    def _owed_in_all(self, uid: str, currency: str) -> Decimal:
        return sum((owed for (_, of), owed in self._owed.get(uid, {}).items() if of == currency), ZERO)

    def _borrowable(self, uid: str, account: str, currency: str) -> Decimal:
        """How much more of `currency` the equity of the account carries, rounded down."""
        price = self._price(currency)
        if not price:
            return ZERO
        debt = sum(
            (
                owed * self._price(of)
                for (place, of), owed in self._owed.get(uid, {}).items()
                if place == account
            ),
            ZERO,
        )
        assets = sum(
            (
                (balance.available + balance.hold) * self._price(balance.currency)
                for balance in self._venue.accounts.balances(uid)
                if balance.account == account
            ),
            ZERO,
        )
        left = (self._leverage(account) - 1) * (assets - debt) - debt
        return max(left, ZERO) // (price * FINEST_LOAN) * FINEST_LOAN

    def _leverage(self, account: str) -> int:
        if account == CROSS:
            return CROSS_LEVERAGE
        return self._venue.symbols[account.partition(":")[2]].isolated_leverage

    def _price(self, currency: str) -> Decimal:
        """The value of one unit; what has no price is worth nothing as a security and cannot be borrowed."""
        if currency == VALUED_IN:
            return Decimal(1)
        symbol = self._venue.symbols.get(f"{currency}-{VALUED_IN}")
        return ZERO if symbol is None else symbol.reference_price
