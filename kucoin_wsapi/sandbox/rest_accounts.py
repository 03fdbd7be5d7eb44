"""REST about the caller: the key, the accounts of spot and margin, fees.

KuCoin documentation, "Account Info" and "Trade Fee".
"""

from __future__ import annotations

from decimal import Decimal

from .answers import Answer
from .arguments import decimal_text
from .exchange import Exchange
from .ids import account_id
from .keys import PERMISSIONS
from .orders import Balance
from .rest_calls import Call, Endpoint, IncompleteCall, looking, succeeded
from .symbols import SpotSymbol

__all__ = ["ACCOUNTS"]

CREATED_AT = 1_700_000_000_000  # milliseconds; every key of a sandbox is as old
MOST_FEES = 10  # symbols in one question
# What the spot account is called: by KuCoin's documentation, and by clients that take it for "high frequency".
SPOT_TYPES = ("trade", "trade_hf")
ZERO = Decimal(0)


def _api_key(_: Exchange, call: Call) -> Answer:
    assert call.caller is not None, "the endpoint is not public"
    key, account = call.caller.key, call.caller.account
    record: dict[str, object] = {
        "remark": account.name,
        "apiKey": key.api_key,
        "apiVersion": key.version,
        "permission": ",".join(name for name in PERMISSIONS if name in key.permissions),
        "ipWhitelist": ",".join(key.ip_whitelist),
        "createdAt": CREATED_AT,
        "uid": int(call.uid),
        "isMaster": account.master is None,
    }
    if account.master is not None:
        record["subName"] = account.name
    return succeeded(record)


def _user_info(_: Exchange, __: Call) -> Answer:
    """VIP level 0. KuCoin counts sub-accounts and how many there may be; a sandbox does not."""
    kinds = ("", "spot", "margin", "futures", "option")
    counts = {f"{kind}SubQuantity" if kind else "subQuantity": 0 for kind in kinds}
    limits = {f"max{kind.capitalize()}SubQuantity": 0 for kind in (*kinds, "default")}
    return succeeded({"level": 0, **counts, **limits})


def _account_mode(_: Exchange, call: Call) -> Answer:
    assert call.caller is not None, "the endpoint is not public"
    unified = call.caller.account.mode == "unified"
    return succeeded({"selfAccountMode": "UNIFIED" if unified else "CLASSIC"})


def _opened(_: Exchange, __: Call) -> Answer:
    """Spot accounts of a sandbox are those of the `hf` endpoints: there are no others."""
    return succeeded(True)


def _accounts(exchange: Exchange, call: Call) -> Answer:
    kind = call.text("type")
    if kind is not None and kind not in (*SPOT_TYPES, "main"):
        raise IncompleteCall("type must be main or trade.")
    shown = kind if kind in SPOT_TYPES else "trade"
    records = [] if kind == "main" else [_account(call, shown, balance) for balance in _spot(exchange, call)]
    currency = call.text("currency")
    return succeeded([record for record in records if currency in (None, record["currency"])])


def _single_account(exchange: Exchange, call: Call) -> Answer:
    wanted = call.required("accountId")
    for balance in _spot(exchange, call):
        record = _account(call, "trade", balance)
        if record["id"] == wanted:
            return succeeded({name: record[name] for name in ("currency", "balance", "available", "holds")})
    raise IncompleteCall("The account does not exist.")


def _spot(exchange: Exchange, call: Call) -> list[Balance]:
    return [balance for balance in exchange.balances(call.uid) if balance.account == "trade"]


def _account(call: Call, kind: str, balance: Balance) -> dict[str, object]:
    return {
        "id": account_id(call.uid, balance.currency),
        "currency": balance.currency,
        "type": kind,
        "balance": decimal_text(balance.available + balance.hold),
        "available": decimal_text(balance.available),
        "holds": decimal_text(balance.hold),
    }


def _fees(exchange: Exchange, call: Call) -> Answer:
    """Spot asks for `symbols` and gets a list, futures for `symbol` and gets one: their hosts are one here."""
    symbols = call.text("symbols")
    if symbols is None:
        symbol = call.required("symbol")
        contract = exchange.contracts.get(symbol)
        if contract is None:
            raise IncompleteCall("The symbol is invalid.")
        return succeeded(_fee(symbol, contract.taker_fee_rate, contract.maker_fee_rate))
    names = symbols.split(",")
    pairs = [exchange.symbols.get(name) for name in names]
    if len(names) > MOST_FEES or None in pairs:
        raise IncompleteCall(f"symbols must be 1 to {MOST_FEES} trading pairs.")
    return succeeded([_fee(pair.symbol, *_rates(pair)) for pair in pairs if pair is not None])


def _rates(pair: SpotSymbol) -> tuple[Decimal, Decimal]:
    return pair.taker_fee_rate, pair.maker_fee_rate


def _fee(symbol: str, taker: Decimal, maker: Decimal) -> dict[str, object]:
    return {"symbol": symbol, "takerFeeRate": decimal_text(taker), "makerFeeRate": decimal_text(maker)}


def _base_fee(exchange: Exchange, _: Call) -> Answer:
    """The rates of the first pair stand for the account's."""
    pair = next(iter(exchange.symbols.values()), None)
    taker, maker = (ZERO, ZERO) if pair is None else _rates(pair)
    return succeeded({"takerFeeRate": decimal_text(taker), "makerFeeRate": decimal_text(maker)})


ACCOUNTS: tuple[Endpoint, ...] = (
    looking("/api/v1/user/api-key", "management", 20, _api_key),
    looking("/api/v2/user-info", "management", 20, _user_info),
    looking("/api/v1/hf/accounts/opened", "spot", 30, _opened),
    looking("/api/ua/v1/account/mode", "uta", 1, _account_mode),
    looking("/api/v1/accounts", "management", 5, _accounts),
    looking("/api/v1/accounts/{accountId:[0-9a-f]{24}}", "management", 5, _single_account),
    looking("/api/v1/trade-fees", "spot", 3, _fees),
    looking("/api/v1/base-fee", "spot", 3, _base_fee),
)
