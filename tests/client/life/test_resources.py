"""What a long life costs: memory, threads, descriptors and processor time stay flat."""

from __future__ import annotations

import concurrent.futures
import gc
import os
import sys
import threading
import time

import pytest
from scripted_exchange import PATIENCE, ScriptedExchange, eventually, stay_silent

from kucoin_wsapi import ConnectionLostError, WebsocketAPIClient, WsKey

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
SPOT = WsKey.WS_API_SPOT_V1


def blocks() -> int:
    """How many small objects Python has allocated; no leak is without some."""
    gc.collect()
    return sys.getallocatedblocks()


def our_objects() -> int:
    """How many objects of the package are alive."""
    gc.collect()
    return sum(str(type(thing).__module__).startswith("kucoin_wsapi") for thing in gc.get_objects())


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def trade(client: WebsocketAPIClient, requests: int) -> None:
    """So many raw requests, a hundred at a time."""
    ws_client = client.get_ws_client()
    for _ in range(requests // 100):
        futures = [ws_client.send_ws_api_request(SPOT, "spot.cancel", {"orderId": "x"}) for _ in range(100)]
        for future in futures:
            assert future.result(PATIENCE).code == "200000"


def test_memory_threads_and_descriptors_stay_flat_over_many_requests():
    """Twenty thousand of them after a warm-up; the exchange of the test keeps nothing either."""
    with (
        ScriptedExchange() as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        exchange.requests = _Forgetful()
        trade(client, 3_000)  # the heap of deadlines has reached its bound
        before = blocks(), our_objects(), threading.active_count(), descriptors()
        trade(client, 20_000)
        # The last answers are let go a moment after their callers have them.
        eventually(lambda: our_objects() <= before[1], "the end of all that belongs to an order")
        after = blocks(), threading.active_count(), descriptors()
    assert after[0] - before[0] < 8_000  # less than one object for two requests
    assert after[1:] == before[2:]


def test_memory_threads_and_descriptors_stay_flat_over_many_reconnects():
    """Three hundred losses, each with an order in flight and followed by a reconnection: no rest of any of them."""
    with (
        ScriptedExchange(stay_silent) as exchange,
        WebsocketAPIClient(
            **exchange.client_options(), attach_event_listeners=False, close_timeout=0
        ) as client,
    ):
        before_threads = threading.active_count()
        lose(exchange, client, 20)
        before = blocks(), our_objects(), descriptors()
        lose(exchange, client, 300)
        after = blocks(), our_objects(), descriptors()
        eventually(lambda: threading.active_count() == before_threads, "the end of the threads")
    assert after[0] - before[0] < 300 * 100  # measuring coverage keeps something of each thread
    assert after[1:] == before[1:]


def lose(exchange: ScriptedExchange, client: WebsocketAPIClient, times: int) -> None:
    """Lose the connection so many times, with an order in flight; begin anew, because attempts are limited."""
    for _ in range(times):
        client.connect_ws_api(timeout=PATIENCE)
        future = client.submit_new_spot_order(**RESTING)
        eventually(lambda: exchange.requests, "the order")
        # Somebody waits each time, so that what waiting takes is there from the first time on.
        with pytest.raises(concurrent.futures.TimeoutError):
            future.result(0.001)
        exchange.connections[0].drop()
        assert isinstance(future.exception(PATIENCE), ConnectionLostError)
        client.connect_ws_api(timeout=PATIENCE)
        client.get_ws_client().close(SPOT)
        eventually(lambda: [c.ended.is_set() for c in exchange.connections] == [True, True], "both ends")
        exchange.forget()


class _Forgetful(list):  # type: ignore[type-arg]  # of whatever comes
    """A list that keeps nothing."""

    def append(self, item: object) -> None:
        pass


def test_an_idle_client_uses_no_processor_time():
    """It waits for something to happen; nothing polls."""
    with (
        ScriptedExchange() as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        client.get_ws_client().connect_all(PATIENCE)
        assert processor_time_of(1.0) < 0.1


def test_a_client_whose_exchange_is_down_uses_little_processor_time():
    """The delays of the backoff are waited for, not counted down."""
    with ScriptedExchange() as gone:
        options = gone.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, max_send_delay=30) as client:
        future = client.submit_new_spot_order(**RESTING, timeout=30)
        assert processor_time_of(1.0) < 0.4
        assert future.cancel()


def processor_time_of(seconds: float) -> float:
    """The processor time that this process uses while this thread waits."""
    started = time.process_time()
    threading.Event().wait(seconds)  # idling is what is measured
    return time.process_time() - started


def test_thirty_two_threads_get_each_its_own_answers():
    """Five thousand calls of mixed kinds; each caller gets the order that it placed."""
    with (
        ScriptedExchange() as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):

        def caller(number: int) -> int:
            right = 0
            for turn in range(80):
                oid = f"caller-{number}-{turn}"
                spot = client.submit_new_spot_order(**RESTING, client_oid=oid)
                futures = client.submit_futures_order(
                    symbol="X", side="buy", price=1, size=1, client_oid=f"f-{oid}"
                )
                right += spot.result(PATIENCE).data.client_oid == oid
                right += futures.result(PATIENCE).data.client_oid == f"f-{oid}"
            return right

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            assert sum(pool.map(caller, range(32))) == 32 * 80 * 2
        assert len(exchange.connections) == 2


def test_a_hundred_threads_that_call_at_once_make_one_connection():
    """Whoever comes first connects, the others wait for the same."""
    with (
        ScriptedExchange() as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        together = threading.Barrier(100)

        def caller(_: int) -> str:
            together.wait(PATIENCE)
            return client.submit_new_spot_order(**RESTING).result(PATIENCE).code

        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            assert set(pool.map(caller, range(100))) == {"200000"}
        assert len(exchange.connections) == 1
