"""What lies between the connections and the exchange: the clock, permissions, rate limits, one lock."""

import logging
import math
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from .account_options import Caller, uids
from .answers import Answer
from .clock import Clock
from .envelopes import Request
from .exchange import Exchange
from .feed import Followed
from .feed_events import FeedEvent
from .gateway_codes import INTERNAL_ERROR, NOT_PERMITTED, NOT_UNIFIED, TOO_MANY_REQUESTS
from .operations import OPERATIONS, Operation, is_permitted
from .options import SandboxOptions
from .rate_limits import RateLimits, Usage
from .times import SECOND

_logger = logging.getLogger("kucoin_wsapi.sandbox")
_T = TypeVar("_T")


class Gateway:
    """The exchange as its connections see it.

    Requests are made on the server's thread; `read`, `advance` and `reset` may be called from any. The lock keeps
    everybody else out while the exchange changes.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._clock = Clock(offset=options.clock_offset, start=options.start_time)
        self._lock = threading.Lock()
        self._followed = Followed()
        self._publish: Callable[[tuple[FeedEvent, ...]], None] | None = None
        self._limits, self._exchange = self._open()
        self.requests: int = 0
        """How many requests there were, of the order socket and over REST, granted or not."""

    def _open(self) -> tuple[RateLimits, Exchange]:
        exchange = self._options.open_exchange(self.now())
        exchange.feed.follow(self._followed)
        numbers = uids(self._options.accounts)
        for account in self._options.accounts:
            master = None if account.master is None else numbers[account.master]
            exchange.open_account(numbers[account.name], account.deposits, master=master)
        return RateLimits(self._options.rate_limits), exchange

    def now(self) -> int:
        """The sandbox's time, in Unix nanoseconds."""
        return self._clock.now()

    def times_for_signing(self) -> tuple[int, int]:
        """The times that a client may sign with, in Unix nanoseconds."""
        return self._clock.times_for_signing()

    def execute(self, caller: Caller, request: Request, now: int) -> tuple[Answer, Usage | None]:
        """The answer to a request of the order socket, and the usage that its reply reports, if any."""
        operation = OPERATIONS[request.op]
        answer, usage = self.ask(
            caller,
            operation,
            request.args,
            now,
            lambda exchange: exchange.execute(caller.uid, request.op, request.args, now),
        )
        return answer, usage if operation.reports_usage or answer is TOO_MANY_REQUESTS else None

    def ask(
        self,
        caller: Caller,
        operation: Operation,
        args: object,
        now: int,
        action: Callable[[Exchange], Answer],
    ) -> tuple[Answer, Usage | None]:
        """The answer of `action` if the caller has the quota and may ask for `operation`, and what is left of that."""
        refusal = _refusal(caller, operation, args)
        answered = action if refusal is None else (lambda _: refusal)
        return self._charged(caller.uid, operation.pool, operation.weight, now, answered)

    def ask_in_public(
        self, remote: str, weight: int, now: int, action: Callable[[Exchange], Answer]
    ) -> tuple[Answer, Usage | None]:
        """The answer of `action` to the address `remote`, if it has the quota, and what is left of that."""
        return self._charged(remote, "public", weight, now, action)

    def _charged(
        self, owner: str, pool: str, weight: int, now: int, action: Callable[[Exchange], Answer]
    ) -> tuple[Answer, Usage | None]:
        self.requests += 1
        usage = self._limits.charge(owner, pool, weight, now)
        if not usage.granted:
            return TOO_MANY_REQUESTS, usage
        try:
            with self._lock:
                answer = action(self._exchange)
                self._report()
                return answer, usage
        except Exception:
            # As with KuCoin's 500000, nobody can tell whether it did what was asked.
            _logger.exception("a request failed inside the exchange")
            return INTERNAL_ERROR, None

    def read(self, query: Callable[[Exchange], _T]) -> _T:
        """What `query` finds in the exchange, which stands still meanwhile. For any thread."""
        with self._lock:
            return query(self._exchange)

    def publish_to(self, publish: Callable[[tuple[FeedEvent, ...]], None] | None) -> None:
        """From now on `publish` gets what changes for who is followed, on the thread that changed it.

        It is called with the lock held, so that it gets everything in its order, and must not ask the gateway for
        anything. None ends that.
        """
        with self._lock:
            self._publish = publish

    def follow(self, followed: Followed) -> None:
        """Tell of these users and symbols, and of no others."""
        with self._lock:
            self._followed = followed
            self._exchange.feed.follow(followed)

    def _report(self) -> None:
        if self._publish is not None and not self._exchange.feed.is_silent:
            self._publish(self._exchange.take_events())

    def count_open_orders(self) -> int:
        """The open orders of all accounts. For any thread."""
        numbers = uids(self._options.accounts).values()
        with self._lock:
            return sum(self._exchange.count_open_orders(uid) for uid in numbers)

    def count_fills(self) -> int:
        """The fills of all accounts, as far as they are remembered. For any thread."""
        numbers = uids(self._options.accounts).values()
        with self._lock:
            return sum(self._exchange.count_fills(uid) for uid in numbers)

    def tick(self) -> float:
        """Lets the exchange notice that time passes; returns after how many seconds it has to again at the latest."""
        with self._lock:
            self._exchange.tick(self.now())
            self._report()
            trigger = self._exchange.next_trigger()
        return math.inf if trigger is None else max(0.0, (trigger - self.now()) / SECOND)

    def requote(self) -> None:
        """Lets the market maker change one of its orders."""
        with self._lock:
            self._exchange.requote(self.now())
            self._report()

    def advance(self, seconds: float) -> None:
        """Moves the time forward, and lets the exchange do what falls due. For any thread."""
        with self._lock:
            self._clock.advance(seconds)
            self._exchange.tick(self.now())
            self._report()

    def set_prices(
        self, symbol: str, mark: Decimal | None, index: Decimal | None, last: Decimal | None
    ) -> None:
        """Moves prices of a contract. For any thread."""
        with self._lock:
            self._exchange.set_prices(symbol, self.now(), mark=mark, index=index, last=last)
            self._report()

    def reset(self) -> None:
        """Begins anew: the exchange, the rate limits and the time. For any thread."""
        with self._lock:
            self._clock.reset()
            self._limits, self._exchange = self._open()
            self.requests = 0


def _refusal(caller: Caller, operation: Operation, args: object) -> Answer | None:
    """Why the caller may not ask for `operation`: the permissions of the key, or the mode of the account."""
    if not is_permitted(operation, args, caller.key.permissions):
        return NOT_PERMITTED
    mode = caller.account.mode
    if mode != "any" and operation.unified is not None and operation.unified != (mode == "unified"):
        return NOT_UNIFIED
    return None
