"""The pools that requests draw on (KuCoin documentation, "Rate Limit": VIP 0, a fixed window of 30 s)."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import define, frozen

from .times import SECOND, to_milliseconds

WINDOW = 30 * SECOND

# Weights per window. Those of "public" are of an IP address, the others of an account.
QUOTAS: Mapping[str, int] = MappingProxyType(
    {"spot": 4000, "futures": 2000, "management": 2000, "public": 2000, "uta": 2000}
)


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
    """The pools of everybody. Called on the server's thread only; times are Unix nanoseconds."""

    def __init__(self, quotas: Mapping[str, int]) -> None:
        """`quotas` replaces the usual quota of the pools it names."""
        self._limits = {**QUOTAS, **quotas}
        self._pools: dict[tuple[str, str], _Pool] = {}

    def charge(self, owner: str, pool_name: str, weight: int, now: int) -> Usage:
        """Takes `weight` from a pool of `owner` if that much is left; a refused request costs nothing."""
        pool = self._pools.get((owner, pool_name))
        if pool is None:
            limit = self._limits[pool_name]
            pool = self._pools[owner, pool_name] = _Pool(limit, limit)
        if now >= pool.window_end:
            pool.remaining = pool.limit
            pool.window_end = now + WINDOW
        granted = weight <= pool.remaining
        if granted:
            pool.remaining -= weight
        reset = to_milliseconds(pool.window_end - now)
        return Usage(granted, pool.limit, pool.remaining, reset)
