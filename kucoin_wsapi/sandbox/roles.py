"""Who pays which fee. KuCoin documentation, "Add Order" and "Get Trade History".

Market, hidden and iceberg orders always pay the taker fee. A postOnly order that meets hidden orders pays the maker
fee, and they the taker fee.
"""

from __future__ import annotations

from typing import Literal

import attrs

from .orders import FeeType, Order

__all__ = ["Role", "role_of"]


@attrs.frozen
class Role:
    """The part of one order in one trade; see `Fill` for what the names mean."""

    liquidity: Literal["maker", "taker"]
    fee_type: FeeType
    force_taker: bool


def role_of(order: Order, counter: Order) -> Role:
    """The role of `order` in a trade with `counter` that is about to be booked."""
    makes = order.in_book or order.terms.only_makes
    concealed = order.terms.is_concealed
    shown_as_maker = makes and not concealed and not counter.terms.is_concealed
    return Role(
        liquidity="maker" if shown_as_maker else "taker",
        fee_type="makerFee" if makes and not concealed else "takerFee",
        force_taker=makes and concealed,
    )
