"""What lies between a connection and the exchange: the clock, permissions, rate limits, one lock."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from .answers import Answer
from .envelopes import Request
from .exchange import Exchange
from .keys import ApiKey
from .operations import OPERATIONS, is_permitted
from .options import SandboxOptions
from .rate_limits import RateLimits, Usage
from .times import SECOND

UID = "100000001"
DEPOSITS: Mapping[str, Mapping[str, Decimal]] = MappingProxyType(
    {
        "trade": {"USDT": Decimal(100_000), "BTC": Decimal(10), "ETH": Decimal(100)},
        "margin": {"USDT": Decimal(100_000), "BTC": Decimal(10), "ETH": Decimal(100)},
        "futures": {"USDT": Decimal(100_000)},
    }
)
NOT_PERMITTED = Answer("400007", "Access denied, requires more permission.")
TOO_MANY_REQUESTS = Answer("429000", "Too many requests in a short period of time, please retry later.")
INTERNAL_ERROR = Answer("500000", "Internal Server Error")

_logger = logging.getLogger("kucoin_wsapi.sandbox")
_T = TypeVar("_T")


class Gateway:
    """The exchange as the account's connections see it.

    Everything runs on the server's thread but `read`, which any thread may call; the lock keeps a reader out
    while the exchange changes.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self._clock_offset = round(options.clock_offset * SECOND)
        self._limits = RateLimits(options.rate_limits)
        self._lock = threading.Lock()
        self._exchange = Exchange(seed=options.seed, now=self.now())
        self._exchange.open_account(UID, DEPOSITS)

    def now(self) -> int:
        """The sandbox's time, in Unix nanoseconds."""
        return time.time_ns() + self._clock_offset

    def execute(self, key: ApiKey, request: Request, now: int) -> tuple[Answer, Usage | None]:
        """The answer to a request of the order socket, and the usage that its reply reports, if any."""
        operation = OPERATIONS[request.op]
        if not is_permitted(operation, request.args, key.permissions):
            return NOT_PERMITTED, None
        usage = self.charge(operation.pool, operation.weight, now)
        if not usage.granted:
            return TOO_MANY_REQUESTS, usage
        try:
            with self._lock:
                answer = self._exchange.execute(UID, request.op, request.args, now)
        except Exception:
            # As with KuCoin's 500000, nobody can tell whether it did what was asked.
            _logger.exception("%s failed", request.op)
            return INTERNAL_ERROR, None
        return answer, usage if operation.reports_usage else None

    def charge(self, pool: str, weight: int, now: int) -> Usage:
        """Takes `weight` from a rate limit pool, if that much is left."""
        return self._limits.charge(pool, weight, now)

    def read(self, query: Callable[[Exchange], _T]) -> _T:
        """What `query` finds in the exchange, which stands still meanwhile. For any thread."""
        with self._lock:
            return query(self._exchange)

    def tick(self) -> float:
        """Lets the exchange notice that time passes; returns after how many seconds it has to again at the latest."""
        with self._lock:
            self._exchange.tick(self.now())
            trigger = self._exchange.next_trigger()
        return math.inf if trigger is None else max(0.0, (trigger - self.now()) / SECOND)

    def set_dead_man_switch(self, args: object, now: int) -> Answer:
        """The answer to a request for the timer that cancels all."""
        with self._lock:
            return self._exchange.set_dead_man_switch(UID, args, now)

    def query_dead_man_switch(self, now: int) -> Answer:
        """The answer to the question for that timer."""
        with self._lock:
            return self._exchange.query_dead_man_switch(UID, now)
