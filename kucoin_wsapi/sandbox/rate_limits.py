"""The pools that requests draw on (KuCoin documentation, "Rate Limit": VIP 0, a fixed window of 30 s)."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import define, frozen

from .times import SECOND, to_milliseconds

WINDOW = 30 * SECOND

# Weights per window. The public pool is not kept: the only public request, the time, is never refused.
QUOTAS: Mapping[str, int] = MappingProxyType({"spot": 4000, "futures": 2000, "uta": 2000})


@frozen
class Usage:
    """A pool after a request: weights, and milliseconds until the whole quota returns."""

    granted: bool
    limit: int
    remaining: int
    reset: int


@define
class _Pool:
    limit: int
    remaining: int
    window_end: int = 0


class RateLimits:
    """The pools of one account. Called on the server's thread only; times are Unix nanoseconds."""

    def __init__(self, quotas: Mapping[str, int]) -> None:
        """`quotas` replaces the usual quota of the pools it names."""
        limits = {**QUOTAS, **quotas}
        self._pools = {name: _Pool(limit, limit) for name, limit in limits.items()}

    def charge(self, pool_name: str, weight: int, now: int) -> Usage:
        """Takes `weight` from the pool if that much is left; a refused request costs nothing."""
        pool = self._pools[pool_name]
        if now >= pool.window_end:
            pool.remaining = pool.limit
            pool.window_end = now + WINDOW
        granted = weight <= pool.remaining
        if granted:
            pool.remaining -= weight
        reset = to_milliseconds(pool.window_end - now)
        return Usage(granted, pool.limit, pool.remaining, reset)
