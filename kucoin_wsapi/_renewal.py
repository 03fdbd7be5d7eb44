"""How a connection that has stood for long is replaced by another one, before the exchange cuts it.

KuCoin documentation, WebSocket introduction: a connection is dropped after 24 hours.
The other one, the heir, connects and logs in while this one goes on working. Then, at a moment when nothing is in
flight, timed out or not, it takes over what is queued, and this one is closed: so no request is lost, and none
overtakes another.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from ._actions import Action
from ._calls import Call
from ._protocol import OrderProtocol

__all__ = ["Heir", "Renewal"]

_PATIENCE = 5.0  # seconds in which such a moment may come by itself
_HOLD = 1.0  # seconds for which new requests wait for those in flight, if it does not; at most
_PAUSE = 60.0  # seconds until that is tried again


class Heir(Protocol):
    """A connection that stands by to take the place of another one."""

    def inherit(
        self, calls: Sequence[Call], waiters: Sequence[concurrent.futures.Future[None] | None]
    ) -> bool:
        """Take over what is queued, and who waits for a connection; False when it is not ready for that."""

    def ask_to_close(self) -> None:
        """It is not needed any more; returns at once."""


AnyHeir = TypeVar("AnyHeir", bound=Heir)


class Renewal(Generic[AnyHeir]):
    """The way of one connection to its heir. Its methods are called holding the lock of the connection.

    ``_hold_at`` is finite once the heir has been ready, while nothing is held; ``_hold_ends`` while new requests are.
    """

    def __init__(self, heir: AnyHeir, protocol: OrderProtocol) -> None:
        """``protocol`` is that of the connection that is to be replaced."""
        self.heir = heir
        self._protocol = protocol
        self.done = False  # what comes now is the heir's; never unset
        self._hold_at = self._hold_ends = math.inf
        self._last_held: str | None = None  # id of the last request whose time was looked at

    def heir_is_ready(self, now: float) -> None:
        """From now on (monotonic seconds) the hand-over may happen at any turn of the loop."""
        self._hold_at = now + _PATIENCE

    @property
    def next_step(self) -> float:
        """When ``advance`` has something to do, whatever else happens or does not."""
        return min(self._hold_at, self._hold_ends)

    def advance(
        self, waiters: Sequence[concurrent.futures.Future[None] | None], now: float
    ) -> list[Action] | None:
        """Hand over if that is possible now, else None; ``waiters`` wait for the connection."""
        protocol = self._protocol
        if self.next_step == math.inf:
            return None
        # What has timed out may be on its way still, and would be overtaken, too; the pings show when it is not.
        nothing_on_its_way = not protocol.calls.in_flight and protocol.all_arrived
        if nothing_on_its_way and self.heir.inherit(list(protocol.calls.queued.values()), waiters):
            self.done = True
            protocol.holding = False
            return protocol.replaced()
        if protocol.holding:
            self._spare_the_hasty(now)
        if now >= self._hold_ends:
            protocol.holding = False
            self._hold_at, self._hold_ends = now + _PAUSE, math.inf
        elif now >= self._hold_at:
            protocol.holding = True
            self._hold_at, self._hold_ends = math.inf, now + _HOLD
            self._last_held = None
        return None

    def _spare_the_hasty(self, now: float) -> None:
        """Hold no request for more than half of the time that it has left to be sent."""
        queued = self._protocol.calls.queued
        for call in reversed(queued.values()):
            if call.id == self._last_held:
                break
            self._hold_ends = min(self._hold_ends, (now + min(call.deadline, call.stale_at)) / 2)
        self._last_held = next(reversed(queued), None)
