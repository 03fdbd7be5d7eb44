"""What is to be asked of the exchange about one order, under which name, how soon, and what follows. Pure.

The streams tell most; REST is asked for what they may not have told: what happened before there was a subscription or
while it was lost, orders of which the outcome is not known, fills that are missing in what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from attrs import define, evolve, field

from ._fill_reader import LookedUpFills
from ._order_following import Following
from ._records import OrderName
from .exceptions import AuthenticationError
from .reports import OrderReport

__all__ = ["Inquiry"]

_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds between look-ups; then the last one again and again
_UNTIL_DOUBT = (
    15.0  # seconds after which somebody who waits has a live stream checked: an update may be missing
)
_MOST_FILL_LOOK_UPS = 6  # for the same fills


@define
class Inquiry:
    """Guarded by its owner's lock. Times are monotonic seconds.

    Attributes:
        following: what is known of the order.
        name: what it can be looked up by, as far as it is not known from there.
        asking_since: since when something may have happened that nobody has told of; None: nothing.
        answered: False while its request is on its way: there is nothing to ask for yet.
        certain_at: tells from when on an order that is not found is not there.
        doubtful_modifies: how many have ended without an answer, and are still ``replacing`` it.
        failure: of the last look-up.
    """

    following: Following
    name: OrderName
    asking_since: float | None
    answered: bool = True
    certain_at: Callable[[], float] | None = None
    doubtful_modifies: int = 0
    failure: Exception | None = None
    _fill_look_ups: int = 0
    _pauses: Iterator[float] = field(factory=lambda: iter(_PAUSES))

    def ask(self, now: float) -> None:
        """What is known from before counts as old."""
        self.asking_since = now
        self.restart()

    def restart(self) -> None:
        """Ask quickly again."""
        self._pauses = iter(_PAUSES)

    def was_told(self, at: float) -> None:
        """A stream that tells everything has told of the order, which covers what came before."""
        # What was read before the doubt may be handled after it, behind a slow handler.
        if not self.doubtful_modifies and self.asking_since is not None and at >= self.asking_since:
            self.asking_since = None

    def doubt_modify(self, certain_at: Callable[[], float]) -> None:
        """A modify has ended without an answer; ``certain_at`` tells from when on it will have no effect any more."""
        earlier = self.certain_at if self.doubtful_modifies else None
        self.certain_at = certain_at if earlier is None else lambda: max(earlier(), certain_at())
        self.doubtful_modifies += 1

    # Whether, and for what

    @property
    def lacks_fills(self) -> bool:
        """Whether fills are missing that REST has: of the unified account it has none."""
        order = self.following.order
        asked_often = self._fill_look_ups >= _MOST_FILL_LOOK_UPS
        return order.product != "uta" and order.unseen_size > 0 and not asked_often

    @property
    def is_barred(self) -> bool:
        """Whether this key may not look up anything."""
        return isinstance(self.failure, AuthenticationError)

    def is_due(self, *, awaited: bool) -> bool:
        """Whether a look-up is to be made; ``awaited``: somebody waits for the order."""
        if not self.answered:
            return False
        wanted = self.asking_since is not None or self.lacks_fills
        return wanted or (awaited and self.following.shown.is_live)

    def present_name(self) -> OrderName:
        """What to look up: by client id while the order id is not certain, or may be another one by now."""
        order = self.following.order
        by_client_oid = order.client_oid is not None and (
            self.doubtful_modifies or order.order_id is None or not self.following.confirmed
        )
        return evolve(
            self.name,
            symbol=order.symbol or self.name.symbol,
            order_id=None if by_client_oid else order.order_id,
            client_oid=order.client_oid if by_client_oid else None,
        )

    def fills_wanted(self, report: OrderReport | None) -> OrderName | None:
        """Whose fills to look up after this was found; None: all are known."""
        known = sum((fill.size for fill in self.following.order.fills), Decimal(0))
        if report is None or report.record is None or report.filled_size <= known:
            return None
        trade_type = report.record.get("tradeType") if self.name.product == "margin" else None
        return evolve(self.name, order_id=report.order_id, symbol=report.symbol, trade_type=trade_type)

    # What was found

    def found(self, report: OrderReport | None, fills: LookedUpFills | None, asked_at: float) -> None:
        """Take the answer to a look-up that was made at ``asked_at``; None: there is no such order now."""
        following = self.following
        is_certain = self.certain_at is not None and asked_at >= self.certain_at()
        before = following.order.order_id
        self._fill_look_ups += self.lacks_fills
        if report is not None and report.order_id is not None:
            following.report(report)
            if fills is not None:
                following.fills(report.order_id, fills.fills, fills.fee, fills.fee_currency)
        elif is_certain:
            following.never_placed(None)
        if not following.order.unseen_size:
            self._fill_look_ups = 0
        ended = self.doubtful_modifies
        if not is_certain:  # a new order is what became of one of them
            ended = min(ended, before not in (None, following.order.order_id))
        for _ in range(ended):
            self.doubtful_modifies -= 1
            following.modified(None)
        answers = (report is not None or is_certain) and not self.doubtful_modifies
        if answers and self.asking_since is not None and asked_at >= self.asking_since:
            self.asking_since = None

    # How soon

    def pause_after(self, *, awaited: bool, streamed: bool) -> float | None:
        """Seconds until the next look-up, after one; None: none is needed."""
        if self.is_barred:
            return None
        if self.asking_since is not None or self.lacks_fills:
            return next(self._pauses, _PAUSES[-1])
        if awaited and self.following.shown.is_live:
            return self.pause(streamed=streamed)
        return None

    def pause(self, *, streamed: bool) -> float:
        """Seconds until the next look-up for somebody who waits; ``streamed``: the stream tells him too."""
        return _UNTIL_DOUBT if streamed else next(self._pauses, _PAUSES[-1])
