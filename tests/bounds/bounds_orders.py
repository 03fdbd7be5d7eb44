"""Orders without end, of all kinds at once, and what they leave behind."""

from __future__ import annotations

import collections
import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any

from bounds_exchange import ORDERS
from bounds_figures import Bounds, Figures, eventually, exchange_process

from kucoin_wsapi import (
    CallError,
    InvalidOrderError,
    NotSentError,
    ReplyTimeoutError,
    WebsocketAPIClient,
    WSAPIResponse,
)

BOUNDS = Bounds(resident=8 * 1024, blocks=3_000)

_THREADS = 4
_IN_FLIGHT = 128  # of each thread
_SHORT = 0.06  # seconds that an order waits whose answer is late or never comes
# More than a connection remembers of the orders that have timed out: from here on that memory is full.
_FORGOTTEN = 4_200


def trade(orders: int, say: Callable[[str], object], *, parts: int = 10, tls: bool = False) -> list[Figures]:
    """Place so many orders in so many parts; the figures after a warm-up and after each part."""
    with (
        exchange_process(tls=tls) as options,
        WebsocketAPIClient(**options, attach_event_listeners=False, max_send_delay=30) as client,
    ):
        desk = Desk(client)
        client.get_ws_client().connect_all(30)
        for place in desk.spot, desk.futures:
            for _ in range(4):
                desk.settle([place("silent", _SHORT * 10) for _ in range(_FORGOTTEN // 4)])
        desk.run(max(2_000, orders // 20))
        desk.wait_together()
        points = [Figures.now()]
        say(f"{'warm':>9}  {points[0]}")
        for part in range(1, parts + 1):
            desk.run(orders // parts)
            points.append(Figures.now())
            say(f"{orders * part // parts:>9}  {points[-1]}")
        say(f"           {desk}")
        return points


class Desk:
    """Places orders from several threads, checks every verdict, and listens to all events."""

    def __init__(self, client: WebsocketAPIClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._placed: collections.Counter[str] = collections.Counter()  # lock; what was asked for
        self._heard: collections.Counter[str] = collections.Counter()  # callback thread
        self._called_back = 0  # callback thread
        self._to_call_back = 0  # lock
        self._failures: list[BaseException] = []
        ws_client = client.get_ws_client()
        ws_client.on("response", self._hear_response).on("exception", self._hear_exception)

    def __str__(self) -> str:
        placed = ", ".join(f"{count} {wish}" for wish, count in sorted(self._placed.items()))
        return f"placed: {placed}; heard: {dict(self._heard)}; {self._called_back} callbacks"

    def _hear_response(self, response: WSAPIResponse[Any]) -> None:
        self._heard["late" if response.late else "accept"] += 1

    def _hear_exception(self, event: Any) -> None:
        self._heard[type(event.error).__name__] += 1

    def _call_back(self, _: object) -> None:
        self._called_back += 1

    def spot(self, wish: str, timeout: float = 30.0) -> Any:
        """An order that asks the exchange for one of ``ORDERS``."""
        return self._client.submit_new_spot_order(
            symbol="BTC-USDT",
            side="buy",
            type="limit",
            price="20000",
            size="0.001",
            remark=wish,
            timeout=timeout,
        )

    def futures(self, wish: str, timeout: float = 30.0) -> Any:
        """The same over the other connection."""
        return self._client.submit_futures_order(
            symbol="XBTUSDTM", side="buy", price="20000", size=1, leverage=1, remark=wish, timeout=timeout
        )

    def run(self, orders: int) -> None:
        """Place so many orders; returns when all of them are settled, and all events of them were heard."""
        threads = [
            threading.Thread(target=self._work, args=(orders // _THREADS, number))
            for number in range(_THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        eventually(lambda: self._called_back == self._to_call_back, "the last callback")
        eventually(lambda: self._heard["accept"] + self._heard["late"] >= self._expected(), "the last answer")

    def _expected(self) -> int:
        return self._placed["accept"] + self._placed["late"]

    def _work(self, orders: int, number: int) -> None:
        try:
            place = self.futures if number % 4 == 3 else self.spot
            self._place_all(orders, place)
        except BaseException as error:
            self._failures.append(error)

    def _place_all(self, orders: int, place: Callable[..., Any]) -> None:
        quick: collections.deque[tuple[str, Any]] = collections.deque()
        slow: collections.deque[tuple[str, Any]] = collections.deque()
        placed: collections.Counter[str] = collections.Counter()
        called_back = 0
        for turn in range(orders):
            wish = _wish(turn)
            future = place(wish, _SHORT) if wish in ("late", "silent") else place(wish)
            if turn % 10 == 6 and future.cancel():  # usually too late
                placed["cancelled"] += 1
                continue
            if turn % 10 == 5:
                future.add_done_callback(self._call_back)
                called_back += 1
            (slow if wish in ("late", "silent") else quick).append((wish, future))
            for waiting in quick, slow:
                if len(waiting) >= _IN_FLIGHT:
                    placed[checked(*waiting.popleft())] += 1
        placed.update(checked(wish, future) for wish, future in (*quick, *slow))
        with self._lock:
            self._placed.update(placed)
            self._to_call_back += called_back

    def wait_together(self) -> None:
        """As many threads as ever wait at once: what waiting takes is there from then on."""
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(lambda _: self.settle([self.spot("silent", _SHORT * 10)]), range(_THREADS)))

    def settle(self, futures: list[Any]) -> None:
        """Wait for orders that are never answered."""
        settled = [checked("silent", future) for future in futures]
        with self._lock:
            self._placed.update(settled)


def _wish(turn: int) -> str:
    """Of a thousand orders 50 are refused, 10 answered late, 10 never; the others accepted."""
    place = turn % 1000
    return (
        "late"
        if place % 100 == 1
        else "silent"
        if place % 100 == 51
        else "refuse"
        if place % 20 == 7
        else "accept"
    )


def checked(wish: str, future: Any) -> str:
    """What became of an order: what it asked for, or "unsent"; any other verdict fails."""
    assert wish in ORDERS
    error: CallError | None = future.exception(60)
    if isinstance(error, NotSentError) and wish in ("late", "silent"):
        return "unsent"  # its time was over before a starved exchange had read what came before it
    if wish == "accept":
        assert error is None, error
        assert future.result().data.client_oid == future.client_oid
    elif wish == "refuse":
        assert isinstance(error, InvalidOrderError), error
    elif wish == "silent":
        assert isinstance(error, ReplyTimeoutError), error
    else:  # who is starved for long enough finds the late answer in the socket before the deadline is looked at
        assert error is None or isinstance(error, ReplyTimeoutError), error
    return wish
