"""What ``track_order`` shows: one order at one moment, from its submission to its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from ._html import facts_of, facts_table, table
from .account_updates import Fill

__all__ = ["TrackedOrder", "TrackedState", "TrackingStage"]

TrackedState = Literal["submitted", "accepted", "resting", "filled", "cancelled", "never_placed"]
TrackingStage = Literal["accepted", "resting", "partly_filled", "done"]


@frozen(kw_only=True)
class TrackedOrder:
    """One order, as far as is known at one moment. Pickles.

    Attributes:
        product: ``"spot"``, ``"margin"``, ``"futures"`` or ``"uta"``, which trades all three.
        state: ``"submitted"``: not known to the exchange yet, as far as was heard; ``"never_placed"``: for certain it
            has no such order; the others as in ``OrderReport``. It only ever moves on: to ``"accepted"``,
            ``"resting"``, and to one of ``"filled"``, ``"cancelled"`` and ``"never_placed"``, which are the end.
        symbol: pair or contract; None until the exchange, or the answer, has told it.
        order_id: the exchange's id; None until it is known.
        client_oid: the caller's id, if it has one.
        side: ``"buy"`` or ``"sell"``; None until it is known.
        type: ``"limit"`` or ``"market"``; None until it is known.
        price: quote currency; None for a market order.
        size: what was asked for: base currency, or lots for futures; None for an order by funds.
        filled_size: filled by now, in the same unit; it never shrinks.
        canceled_size: will not be filled; it never shrinks. None for an order by funds, and where it was not told.
        average_price: of what is filled by now; None where nothing is, or where it was not told.
        fills: those that are known, in the order in which they became known, each once.
        fee, fee_currency: paid for what is filled by now, where the exchange has told it: the classic streams do not,
            Pro and REST do.
        cancel_reason: as the exchange writes it, where it does (Pro and REST).
        replaced_by: order id of the order that a modify has put in its place, if that is known.
        previous: the order that it was before a modify, with the fills of that one.
        error: of one that was never placed: what its request ended with, or None.
        order_time: when the order was taken, Unix ns, as exactly as it was told.
        event_time: when the exchange last changed it, Unix ns, as exactly as it was told.
    """

    product: str
    state: TrackedState = "submitted"
    symbol: str | None = None
    order_id: str | None = None
    client_oid: str | None = None
    side: str | None = None
    type: str | None = None
    price: Decimal | None = None
    size: Decimal | None = None
    filled_size: Decimal = Decimal(0)
    canceled_size: Decimal | None = None
    average_price: Decimal | None = None
    fills: tuple[Fill, ...] = field(default=(), repr=False)
    fee: Decimal | None = None
    fee_currency: str | None = None
    cancel_reason: str | None = None
    replaced_by: str | None = None
    previous: TrackedOrder | None = field(default=None, repr=False)
    error: Exception | None = field(default=None, eq=False)
    order_time: int | None = field(default=None, repr=False)
    event_time: int | None = field(default=None, repr=False)

    @property
    def is_done(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in ("filled", "cancelled", "never_placed")

    @property
    def is_live(self) -> bool:
        """Whether it can still be filled, for all that is known."""
        return not self.is_done

    @property
    def unseen_size(self) -> Decimal:
        """How much of ``filled_size`` is in no fill of ``fills``: zero when all fills are known."""
        return self.filled_size - sum((fill.size for fill in self.fills), Decimal(0))

    def _repr_html_(self) -> str:
        fills = [[*facts_of(fill).values()] for fill in self.fills]
        told = facts_table("TrackedOrder", facts_of(self))
        return told + table([*facts_of(self.fills[0])], fills, caption="fills") if fills else told

    def has_reached(self, stage: TrackingStage) -> bool:
        """Whether it is as far as that, or beyond; an order that is done has reached every stage."""
        if self.is_done:
            return True
        if stage == "accepted":
            return self.state != "submitted"
        if stage == "resting":
            return self.state == "resting"
        return stage == "partly_filled" and self.filled_size > 0


# There was no such name yet when attrs took the annotation over.
TrackedOrder.__init__.__annotations__["previous"] = TrackedOrder | None
