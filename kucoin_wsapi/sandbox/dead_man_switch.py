"""The timer of each user that cancels his spot orders unless he sets it again before it ends.

KuCoin documentation, "Set DCP" and "Get DCP" of spot: 5 to 86400 seconds, -1 for none, all symbols or up to 50; each
call replaces the timer that there was. It is for spot orders only: margin and futures orders stay, and so do those of
the unified account, which has a timer of its own that the sandbox does not have.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .arguments import Arguments
from .pairs import known_symbol
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .venue import Venue

__all__ = ["CANCEL_REASON", "DeadManSwitch", "DeadManSwitches"]

CANCEL_REASON = "DEAD_CANCEL_ALL"
"""What the record of an order says that a timer has cancelled. KuCoin's own text for it is not known."""

NANOSECONDS_PER_SECOND = 1_000_000_000
UNSET = -1
SHORTEST, LONGEST = 5, 86_400  # seconds
MOST_SYMBOLS = 50


@attrs.frozen
class DeadManSwitch:
    """A timer that runs. Times are Unix nanoseconds; `timeout` is seconds; no `symbols` are all of them."""

    timeout: int
    symbols: tuple[str, ...]
    triggers_at: int


class DeadManSwitches:
    """The timers of all users, one each at most."""

    def __init__(self, venue: Venue, engine: SpotEngine) -> None:
        self._venue = venue
        self._engine = engine
        self._running: dict[str, DeadManSwitch] = {}

    def set(self, uid: str, args: object) -> Mapping[str, object]:
        """Start the timer of `uid` anew, or end it; the data tells the time and the end, both in whole seconds.

        What it answers when there is no timer any more is not documented: the end is 0 here.
        """
        arguments = Arguments.of(args)
        timeout = arguments.integer("timeout")
        if timeout is None or not (timeout == UNSET or SHORTEST <= timeout <= LONGEST):
            raise Refusal(Reason.INVALID, f"timeout must be -1, or between {SHORTEST} and {LONGEST} seconds.")
        symbols = self._symbols(arguments)
        if timeout == UNSET:
            self._running.pop(uid, None)
            return self._times(None)
        triggers_at = self._venue.now + timeout * NANOSECONDS_PER_SECOND
        self._running[uid] = switch = DeadManSwitch(timeout, symbols, triggers_at)
        return self._times(switch)

    def query(self, uid: str) -> Mapping[str, object] | None:
        """The timer of `uid` as KuCoin tells of it, None if none runs."""
        switch = self._running.get(uid)
        if switch is None:
            return None
        return {"timeout": switch.timeout, "symbols": ",".join(switch.symbols), **self._times(switch)}

    def next_trigger(self) -> int | None:
        """When the next timer ends, in Unix nanoseconds; None if none runs."""
        return min((switch.triggers_at for switch in self._running.values()), default=None)

    def trigger(self) -> None:
        """Cancel the orders of those whose timers have ended; such a timer does not start again by itself."""
        over = [uid for uid, switch in self._running.items() if switch.triggers_at <= self._venue.now]
        for uid in over:
            self._cancel_orders(uid, self._running.pop(uid))

    def _cancel_orders(self, uid: str, switch: DeadManSwitch) -> None:
        for symbol in switch.symbols or tuple(self._venue.symbols):
            for order in tuple(self._venue.registry.active(uid, "spot", symbol)):
                if not order.terms.is_uta:
                    self._engine.cancel(order, CANCEL_REASON)

    def _symbols(self, arguments: Arguments) -> tuple[str, ...]:
        text = arguments.text("symbols", longest=2000)
        if not text:
            return ()
        names = tuple(dict.fromkeys(text.split(",")))
        if len(names) > MOST_SYMBOLS:
            raise Refusal(Reason.INVALID, f"At most {MOST_SYMBOLS} symbols can be given.")
        return tuple(known_symbol(self._venue.symbols, name).symbol for name in names)

    def _times(self, switch: DeadManSwitch | None) -> dict[str, object]:
        return {
            "currentTime": self._venue.now // NANOSECONDS_PER_SECOND,
            "triggerTime": 0 if switch is None else switch.triggers_at // NANOSECONDS_PER_SECOND,
        }
