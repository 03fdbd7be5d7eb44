"""What became of an order, as ``resolve`` found it, and what is left of a rate limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, overload

from attrs import field, fields, frozen

from ._html import facts_of, facts_table, table

__all__ = ["OrderReport", "OrderReportState", "Quota", "Resolution"]

OrderReportState = Literal["accepted", "resting", "filled", "cancelled", "never_placed"]

_TEXTS = 4  # columns of the table of several reports; the rest are numbers


@frozen(kw_only=True)
class OrderReport:
    """One order, or the certainty that there is none.

    Attributes:
        state: ``"accepted"``: taken, not in the book yet; ``"resting"``: in the book; ``"filled"``: wholly filled;
            ``"cancelled"``: done with a rest that was not filled (look at ``filled_size``); ``"never_placed"``: the
            exchange has no such order and will not get one by that request.
        symbol: pair or contract, or None where the request named none.
        order_id: the exchange's id; None for an order that was never placed.
        client_oid: the caller's id, if it has one.
        price: quote currency; None for a market order and for one that was never placed.
        size: what was asked for: base currency, or lots for futures; None for an order by funds.
        filled_size: what was filled, in the same unit; zero for an order that was never placed.
        average_price: of the fills; None where nothing was filled.
        record: the exchange's own record, decoded from JSON, or None for an order that was never placed.
    """

    state: OrderReportState
    symbol: str | None
    order_id: str | None = None
    client_oid: str | None = None
    price: Decimal | None = None
    size: Decimal | None = None
    filled_size: Decimal = Decimal(0)
    average_price: Decimal | None = None
    record: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_live(self) -> bool:
        """Whether it can still be filled."""
        return self.state in ("accepted", "resting")

    @property
    def was_placed(self) -> bool:
        """Whether the exchange has it at all."""
        return self.state != "never_placed"

    def _repr_html_(self) -> str:
        return facts_table("OrderReport", facts_of(self))


@frozen
class Resolution(Sequence[OrderReport]):
    """The reports on what one request may have touched.

    One for an order or a cancel; one per item of a batch, in its order; the old and the new order of a modify.
    """

    orders: tuple[OrderReport, ...]

    @property
    def order(self) -> OrderReport:
        """The one report; ``ValueError`` where there are several."""
        if len(self.orders) != 1:
            raise ValueError(f"there are {len(self.orders)} reports, look at each")
        return self.orders[0]

    def _repr_html_(self) -> str:
        names = [one.name for one in fields(OrderReport) if one.repr]
        return table(
            names, [[*facts_of(order).values()] for order in self.orders], texts=_TEXTS, caption="Resolution"
        )

    def __len__(self) -> int:
        return len(self.orders)

    def __iter__(self) -> Iterator[OrderReport]:
        return iter(self.orders)

    @overload
    def __getitem__(self, index: int) -> OrderReport: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[OrderReport, ...]: ...
    def __getitem__(self, index: int | slice) -> OrderReport | tuple[OrderReport, ...]:
        return self.orders[index]


@frozen
class Quota:
    """What is left of one of the exchange's rate limits, at the moment of asking.

    Attributes:
        limit: weight of a whole window, as the exchange reported it last.
        remaining: weight left in it: as reported, less what was sent since while ``pacing`` is on.
        reset_after: seconds until the whole quota returns; 0: it has returned.
    """

    limit: int
    remaining: int
    reset_after: float
