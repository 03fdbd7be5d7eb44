"""Where the calls of one connection are: queued, in flight, or timed out and remembered for a late answer.

Invariants: a call is in ``queued`` or in ``in_flight`` or settled, never in two of them; taking it out of its
table is what gives the right to settle it. Owned by one protocol and guarded by its owner's lock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from ._calls import Call, Charge
from ._deadlines import Deadlines

__all__ = ["CallTable"]

_LATE_ANSWERS_REMEMBERED = 4096


class CallTable:
    """The calls of one connection and their deadlines (monotonic seconds)."""

    def __init__(self) -> None:
        self.queued: OrderedDict[str, Call] = OrderedDict()  # accepted, not written; first in, first out
        self.in_flight: dict[str, Call] = {}  # claimed and handed to the socket, not answered
        # Ids of the cancels in the queue that may go ahead of what was queued before them.
        self._ahead: OrderedDict[str, None] = OrderedDict()
        # Client id -> ids of the calls in the queue that name it and are no cancels, of some that have left it, too.
        self._named: dict[str, list[str]] = {}
        self._late: OrderedDict[str, Call] = OrderedDict()  # timed out on this connection; bounded
        self._deadlines = Deadlines(self._is_pending)

    def __len__(self) -> int:
        return len(self.queued) + len(self.in_flight)

    def enqueue(self, call: Call) -> None:
        """Keep a call until it can be written."""
        charge = call.charge
        if charge is not None:
            self._place(call.id, charge)
        self.queued[call.id] = call
        self._deadlines.add(min(call.deadline, call.stale_at), call.id)

    def dispatch(self, call: Call, now: float, generation: int) -> None:
        """Register a claimed call, which leaves the queue, before its bytes leave."""
        call.sent_at = now
        call.generation = generation
        self.in_flight[call.id] = call
        self.queued.pop(call.id, None)  # at once: no Ctrl-C comes in between
        stale_at, deadline = call.stale_at, call.deadline
        self._deadlines.add(stale_at if stale_at < deadline else deadline, call.id)

    def next_claimed(self, now: float) -> Call | None:
        """The oldest call of the queue that can still be sent, claimed; None when there is none.

        It stays there until ``dispatch``: Ctrl-C in the thread that asks for it must not lose it.
        """
        while (call := self.next_queued()) is not None:
            if now >= call.deadline or now >= call.stale_at:
                return None  # the next expiry settles it
            if call.claim():
                return call
            self.queued.pop(call.id, None)
        return None

    def next_queued(self) -> Call | None:
        """The call whose turn it is: the oldest one, or a cancel that goes ahead."""
        # Nothing is called between the beginning of an iteration and its first step: a signal handler that strikes
        # there may place an order.
        while self._ahead:
            for call_id in self._ahead:
                call = self.queued.get(call_id)
                if call is not None:
                    return call
                self._ahead.pop(call_id, None)
                break
        for first in self.queued.values():
            return first
        return None

    def may_go_ahead(self, charge: Charge) -> bool:
        """Whether a cancel may overtake what is queued: not an order that it may be for."""
        return charge.is_cancel and not any(
            call_id in self.queued for name in charge.client_oids for call_id in self._named.get(name, ())
        )

    def _place(self, call_id: str, charge: Charge) -> None:
        if not self.queued:
            self._ahead.clear()
        if len(self._named) > 1000 + 4 * len(
            self.queued
        ):  # sweep what has left, before it outweighs what has not
            self._named = {name: left for name in self._named if (left := self._queued_that_name(name))}
        if self.may_go_ahead(charge):
            self._ahead[call_id] = None
        elif not charge.is_cancel:
            for name in charge.client_oids:
                self._named[name] = [*self._queued_that_name(name), call_id]

    def _queued_that_name(self, client_oid: str) -> list[str]:
        return [call_id for call_id in self._named.get(client_oid, ()) if call_id in self.queued]

    def answered(self, request_id: str) -> tuple[Call, bool] | None:
        """Take out the call that an answer belongs to, and whether it is late; None for an unknown id."""
        call = self.in_flight.pop(request_id, None)
        if call is not None:
            return call, False
        late = self._late.pop(request_id, None)
        return None if late is None else (late, True)

    def take_queued(self) -> list[Call]:
        """Take out everything that has not been sent."""
        calls = list(self.queued.values())
        self.queued.clear()
        return calls

    def take_in_flight(self) -> list[Call]:
        """Take out everything that waits for an answer: none will come, late ones neither."""
        calls = list(self.in_flight.values())
        self.in_flight.clear()
        self._late.clear()
        return calls

    def take_expired(self, now: float) -> list[Call]:
        """Take out the calls whose time is up, in the order of their deadlines."""
        expired: list[Call] = []
        while (call_id := self._deadlines.take_due(now)) is not None:
            call = self.queued.pop(call_id, None)
            if call is None and call_id in self.in_flight:
                call = self._take_overdue(self.in_flight[call_id], now)
            if call is not None:
                expired.append(call)
        return expired

    def take_overslept(self, now: float, slept: float) -> list[Call]:
        """Take out the unwritten calls that would be stale if the clock had run on for the ``slept`` seconds."""
        calls = [*self.queued.values(), *(call for call in self.in_flight.values() if not call.written)]
        stale = [call for call in calls if now + slept >= call.stale_at]
        for call in stale:
            self.queued.pop(call.id, None)
            self.in_flight.pop(call.id, None)
        return stale

    def _take_overdue(self, call: Call, now: float) -> Call | None:
        # A frame of which the socket has taken nothing becomes stale as if it were still queued.
        if now >= call.deadline or (now >= call.stale_at and not call.written):
            return self.in_flight.pop(call.id)
        self._deadlines.add(call.deadline, call.id)
        return None

    def remember(self, call: Call) -> None:
        """Keep a timed out call for an answer that comes late."""
        self._late[call.id] = call.without_future()
        if len(self._late) > _LATE_ANSWERS_REMEMBERED:
            self._late.popitem(last=False)

    @property
    def overdue(self) -> Collection[Call]:
        """The calls that an answer may come late for."""
        return self._late.values()

    def next_deadline(self) -> float:
        """When ``take_expired`` has something to do, ``inf`` for never."""
        return self._deadlines.next()

    def _is_pending(self, call_id: str) -> bool:
        return call_id in self.in_flight or call_id in self.queued
