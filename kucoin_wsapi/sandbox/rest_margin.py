"""REST about the margin accounts: what is in them, and what they owe.

KuCoin documentation, "Get Account - Cross Margin" and "Get Account - Isolated Margin". Totals are in USDT, at the last
prices of the pairs against it; interest is not charged in a sandbox.
"""

from __future__ import annotations

from decimal import Decimal

from .answers import Answer
from .arguments import decimal_text
from .exchange import Exchange
from .orders import Balance
from .rest_calls import Call, Endpoint, looking, succeeded
from .symbols import SpotSymbol
from .times import to_milliseconds

__all__ = ["MARGIN"]

QUOTE = "USDT"
FINEST_RATIO = Decimal("0.0001")
ZERO = Decimal(0)

_Debts = dict[tuple[str, str], Decimal]


def _debts(exchange: Exchange, call: Call) -> _Debts:
    return {(debt.account, debt.currency): debt.owed for debt in exchange.liabilities(call.uid)}


def _asset(balance: Balance, debts: _Debts) -> dict[str, object]:
    owed = decimal_text(debts.get((balance.account, balance.currency), ZERO))
    return {
        "currency": balance.currency,
        "total": decimal_text(balance.available + balance.hold),
        "available": decimal_text(balance.available),
        "hold": decimal_text(balance.hold),
        "liability": owed,
        "liabilityPrincipal": owed,
        "liabilityInterest": "0",
        "maxBorrowSize": "0",
        "borrowEnabled": True,
        "transferInEnabled": True,
    }


def _value(exchange: Exchange, currency: str, amount: Decimal) -> Decimal:
    if currency == QUOTE:
        return amount
    pair = exchange.symbols.get(f"{currency}-{QUOTE}")
    if pair is None:
        return ZERO
    return amount * (exchange.last_price(pair.symbol) or pair.reference_price)


def _worth(exchange: Exchange, balances: list[Balance]) -> Decimal:
    values = (_value(exchange, balance.currency, balance.available + balance.hold) for balance in balances)
    return sum(values, ZERO)


def _owed(exchange: Exchange, debts: _Debts, account: str) -> Decimal:
    values = (_value(exchange, currency, owed) for (name, currency), owed in debts.items() if name == account)
    return sum(values, ZERO)


def _ratio(owed: Decimal, worth: Decimal) -> str:
    return decimal_text((owed / worth).quantize(FINEST_RATIO)) if worth else "0"


def _cross(exchange: Exchange, call: Call) -> Answer:
    debts = _debts(exchange, call)
    balances = [balance for balance in exchange.balances(call.uid) if balance.account == "margin"]
    worth, owed = _worth(exchange, balances), _owed(exchange, debts, "margin")
    return succeeded(
        {
            "totalAssetOfQuoteCurrency": decimal_text(worth),
            "totalLiabilityOfQuoteCurrency": decimal_text(owed),
            "debtRatio": _ratio(owed, worth),
            "status": "EFFECTIVE",
            "accounts": [_asset(balance, debts) for balance in balances],
        }
    )


def _isolated(exchange: Exchange, call: Call) -> Answer:
    debts, wanted = _debts(exchange, call), call.text("symbol")
    pairs = [
        pair
        for pair in exchange.symbols.values()
        if pair.is_isolated_margin_enabled and wanted in (None, pair.symbol)
    ]
    balances = {(b.account, b.currency): b for b in exchange.balances(call.uid)}
    assets = [_pair_asset(exchange, pair, balances, debts) for pair in pairs]
    accounts = {f"isolated:{pair.symbol}" for pair in pairs}
    worth = _worth(exchange, [balance for balance in balances.values() if balance.account in accounts])
    owed = sum((_owed(exchange, debts, account) for account in accounts), ZERO)
    return succeeded(
        {
            "totalAssetOfQuoteCurrency": decimal_text(worth),
            "totalLiabilityOfQuoteCurrency": decimal_text(owed),
            "timestamp": to_milliseconds(call.now),
            "assets": assets,
        }
    )


def _pair_asset(
    exchange: Exchange, pair: SpotSymbol, balances: dict[tuple[str, str], Balance], debts: _Debts
) -> dict[str, object]:
    account = f"isolated:{pair.symbol}"
    base, quote = (
        balances.get((account, currency), Balance(account, currency, ZERO, ZERO))
        for currency in (pair.base_currency, pair.quote_currency)
    )
    owed, worth = _owed(exchange, debts, account), _worth(exchange, [base, quote])
    return {
        "symbol": pair.symbol,
        "status": "EFFECTIVE",
        "debtRatio": _ratio(owed, worth),
        "baseAsset": _asset(base, debts),
        "quoteAsset": _asset(quote, debts),
    }


MARGIN: tuple[Endpoint, ...] = (
    looking("/api/v3/margin/accounts", "spot", 15, _cross),
    looking("/api/v1/margin/account", "spot", 40, _cross),
    looking("/api/v3/isolated/accounts", "spot", 15, _isolated),
)
