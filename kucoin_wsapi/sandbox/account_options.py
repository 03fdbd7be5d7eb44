"""The accounts of a sandbox: who trades in it, with how much money and which keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

from .checks import instances_of, non_empty, one_of
from .keys import ApiKey, keys_of

__all__ = ["Account", "AccountMode", "Caller", "read_accounts"]

AccountMode = Literal["any", "classic", "unified"]
Deposits = Mapping[str, Mapping[str, Decimal]]

FIRST_UID = 100_000_001
DEPOSITS: Deposits = MappingProxyType(
    {
        "trade": {"USDT": Decimal(100_000), "BTC": Decimal(10), "ETH": Decimal(100)},
        "margin": {"USDT": Decimal(100_000), "BTC": Decimal(10), "ETH": Decimal(100)},
        "futures": {"USDT": Decimal(100_000)},
    }
)


def _to_deposits(deposits: Mapping[str, Mapping[str, Decimal | int | str]]) -> Deposits:
    return {
        account: {currency: _to_decimal(amount) for currency, amount in amounts.items()}
        for account, amounts in deposits.items()
    }


def _to_decimal(amount: Decimal | int | str) -> Decimal:
    if isinstance(amount, float):
        raise ValueError(f"deposits: {amount!r} is a float; write it as a string")
    try:
        return Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"deposits: {amount!r} is no amount") from None


def _to_keys(keys: Iterable[ApiKey]) -> tuple[ApiKey, ...]:
    return tuple(keys)


@frozen
class Account:
    """One account (UID) of a sandbox, with money, positions, rate limits and keys of its own.

    ``Account("alice", deposits={"trade": {"USDT": "1000"}})`` has 1000 USDT to trade spot with and nothing else;
    without `deposits` it is funded as the account of a plain `Sandbox` is. ``mode`` "classic" refuses the operations
    of the unified account with 112010, "unified" all others; "any" takes both. ``master`` names the account whose
    sub-account this one is. ``keys`` are those it has besides the ones that `Sandbox.client_options` gives.

    Raises:
        ValueError: Something of it cannot be.
    """

    name: str = field(default="main", validator=non_empty)
    deposits: Deposits = field(default=DEPOSITS, converter=_to_deposits, kw_only=True)
    mode: AccountMode = field(default="any", validator=one_of("any", "classic", "unified"), kw_only=True)
    master: str | None = field(default=None, kw_only=True)
    keys: tuple[ApiKey, ...] = field(
        default=(),
        converter=_to_keys,
        validator=instances_of(ApiKey),
        kw_only=True,
    )


@frozen
class Caller:
    """Who makes a request: an account, by its uid, with one of its keys."""

    uid: str
    account: Account
    key: ApiKey


def uids(accounts: Iterable[Account]) -> Mapping[str, str]:
    """The uid of each account, by its name, in the order in which they were given."""
    return {account.name: str(FIRST_UID + index) for index, account in enumerate(accounts)}


def callers(accounts: Iterable[Account]) -> Mapping[str, Caller]:
    """Every key of every account, by its `api_key`."""
    accounts = tuple(accounts)
    numbers = uids(accounts)
    found: dict[str, Caller] = {}
    for account in accounts:
        for key in (*keys_of(account.name), *account.keys):
            if key.api_key in found:
                raise ValueError(f"accounts: two keys are called {key.api_key!r}")
            found[key.api_key] = Caller(numbers[account.name], account, key)
    return found


def check_accounts(accounts: tuple[Account, ...]) -> None:
    """`ValueError` for accounts that cannot be together."""
    names = [account.name for account in accounts]
    if not names:
        raise ValueError("accounts: at least one is needed")
    if len(set(names)) < len(names):
        raise ValueError(f"accounts: names are used twice: {', '.join(names)}")
    for account in accounts:
        if account.master is not None and (account.master not in names or account.master == account.name):
            raise ValueError(f"accounts: {account.name!r} cannot be a sub-account of {account.master!r}")
    callers(accounts)


def read_accounts(text: str) -> tuple[Account, ...]:
    """Accounts from JSON: an array of objects with the names of `Account`, their keys with those of `ApiKey`.

    Raises ``ValueError`` with what is wrong.
    """
    try:
        items = json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise ValueError("accounts: nested too deeply") from None
    if not isinstance(items, list):
        raise ValueError("accounts: a JSON array of accounts is needed")
    return tuple(_read_account(item) for item in items)


def _read_account(item: object) -> Account:
    if not isinstance(item, dict):
        raise ValueError(f"accounts: {item!r} is no account, which is a JSON object")
    try:
        keys = tuple(ApiKey(**key) for key in item.get("keys", ()))
        return Account(**{**item, "keys": keys})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"accounts: {item.get('name')!r}: {error}") from None
