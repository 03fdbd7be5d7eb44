"""What is left of the exchange's rate limits, pool by pool: as it reports it, and as we have used it since.

KuCoin documentation, "Rate Limit": each account has a pool of weights per product, REST and WebSocket together; the
first request begins a window, at whose end the whole quota returns. Not every answer reports the pool.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import define

from .reports import Quota

if TYPE_CHECKING:
    from .responses import RateLimit

__all__ = ["Quotas", "pool_of", "weight_of"]

_POOLS = MappingProxyType({"spot": "spot", "margin": "spot", "futures": "futures", "uta": "uta"})
_WEIGHTS = MappingProxyType(
    {"margin.order": 2, "margin.cancel": 2, "futures.order": 2, "uta.amend": 2}
    | {"futures.multi_order": 20, "futures.multi_cancel": 20}
)

# Of the lowest tier, until an answer reports other figures: weights, and seconds of a window.
_SMALLEST = MappingProxyType({"spot": (4000, 30.0), "futures": (2000, 30.0), "uta": (200, 3.0)})
_SHARE_KEPT_FOR_CANCELS = 20  # one part in so many

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0  # seconds without requests after a refusal that names no time


def pool_of(op: str) -> str | None:
    """The pool that an operation draws on; None for one that is newer than this package."""
    return _POOLS.get(op.partition(".")[0])


def weight_of(op: str) -> int:
    """What an operation costs, as documented; what is reported counts more."""
    return _WEIGHTS.get(op, 1)


@define(eq=False)
class _Pool:
    """One pool; times are monotonic seconds.

    ``used`` are the weights of the window that ends at ``window_ends``. ``charged`` only grows: the difference of two
    of its values is what we sent between them, which is how a report is brought up to date.
    """

    limit: int
    window: float
    used: int = 0
    window_ends: float = 0.0
    charged: int = 0
    blocked_until: float = 0.0
    refusals: int = 0  # in a row, without a time
    reported: bool = False


class Quotas:
    """The pools of one client, shared by its connections. Thread-safe; never blocks.

    ``_lock`` guards the pools. It is the innermost lock: nothing else is taken while it is held. ``_noted`` is what was
    reported last of a pool, replaced in one step by any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pools = {name: _Pool(limit, window) for name, (limit, window) in _SMALLEST.items()}
        self._noted: dict[str, tuple[RateLimit, float]] = {}

    def noted(self, pool_name: str, limit: RateLimit, now: float) -> None:
        """``reported`` for a client that does not hold its requests to the limits: worked out when somebody asks."""
        self._noted[pool_name] = limit, now

    def reported(self, pool_name: str, limit: RateLimit, now: float, position: int | None = None) -> None:
        """An answer that came at ``now`` reports a pool; ``position`` is what ``charge`` returned for its request."""
        ends = now + limit.reset / 1000
        with self._lock:
            pool = self._pools[pool_name]
            pool.reported = True
            pool.limit = limit.limit
            if ends > now:  # else the window that it tells of is over
                sent_since = 0 if position is None else pool.charged - position
                pool.used = limit.limit - limit.remaining + sent_since
                pool.window_ends = ends

    def refused(self, pool_name: str, reset_after: float | None, now: float) -> None:
        """The exchange refused a request for the rate limit, at ``now``; ``reset_after`` in seconds as it said."""
        with self._lock:
            pool = self._pools[pool_name]
            if reset_after is None:
                reset_after = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(pool.refusals, 10))
                pool.refusals += 1
            pool.blocked_until = max(pool.blocked_until, now + reset_after)

    def passed(self, pool_name: str) -> None:
        """The exchange took a request."""
        with self._lock:
            self._pools[pool_name].refusals = 0

    def allowed_at(self, pool_name: str, weight: int, *, is_cancel: bool) -> float:
        """The earliest time at which the pool has room for a request; in the past: now."""
        with self._lock:
            pool = self._pools[pool_name]
            room = pool.limit if is_cancel else pool.limit - pool.limit // _SHARE_KEPT_FOR_CANCELS
            full = pool.used + weight > room
            return max(pool.blocked_until, pool.window_ends if full else 0.0)

    def charge(self, pool_name: str, weight: int, now: float) -> int:
        """A request is sent at ``now``; returns its position for ``reported``."""
        with self._lock:
            pool = self._pools[pool_name]
            if now >= pool.window_ends:
                pool.used = 0
                pool.window_ends = now + pool.window
            pool.used += weight
            pool.charged += weight
            return pool.charged

    def known(self) -> Mapping[str, Quota]:
        """The pools that the exchange has reported, as of now."""
        now = time.monotonic()
        for pool_name, (limit, reported_at) in list(self._noted.items()):
            self.reported(pool_name, limit, reported_at)
        with self._lock:
            return {
                name: Quota(pool.limit, pool.limit, 0.0)
                if now >= pool.window_ends
                else Quota(pool.limit, max(0, pool.limit - pool.used), pool.window_ends - now)
                for name, pool in self._pools.items()
                if pool.reported
            }
