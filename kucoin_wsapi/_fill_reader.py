"""The exchange's records of the fills of an order, over REST. KuCoin documentation, "Get Trade History"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ._wire_values import amount, amount_or_none, text, text_or_none
from .account_updates import Fill
from .exceptions import ProtocolError

__all__ = ["LookedUpFills", "read_fills"]


@frozen
class LookedUpFills:
    """Fills, oldest first where their ids tell, and what was paid for all of them, if each says it."""

    fills: tuple[Fill, ...]
    fee: Decimal | None
    fee_currency: str | None


def read_fills(records: Iterable[Mapping[str, Any]]) -> LookedUpFills:
    """Raises ``ProtocolError`` for a record that is none of a fill."""
    try:
        read = sorted(
            ((int(text(record["tradeId"])), _fill(record), record) for record in records),
            key=lambda item: item[0],
        )
        fees = [amount_or_none(record.get("fee")) for _, _, record in read]
        currencies = {text_or_none(record.get("feeCurrency")) for _, _, record in read}
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"the record of a fill makes no sense: {type(error).__name__} {error}") from error
    told = [fee for fee in fees if fee is not None]
    one_sum = len(currencies) == 1 and len(told) == len(fees)
    fills = tuple(fill for _, fill, _ in read)
    return LookedUpFills(
        fills, sum(told, Decimal(0)) if one_sum else None, currencies.pop() if one_sum else None
    )


def _fill(record: Mapping[str, Any]) -> Fill:
    liquidity = text_or_none(record.get("liquidity"))
    return Fill(
        price=amount(record["price"]),
        size=amount(record["size"]),
        trade_id=text(record["tradeId"]),
        liquidity=liquidity,
        fee_type="taker" if record.get("forceTaker") else liquidity,
    )
