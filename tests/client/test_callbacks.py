"""Where, when and in which order the user's callbacks run, and what they may do."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import logging
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, acknowledge, eventually, stay_silent

from kucoin_wsapi import ClientClosedError, WebsocketAPIClient, WsKey
from kucoin_wsapi.sandbox import Sandbox

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that accepts every order."""
    with ScriptedExchange() as exchange:
        yield exchange


@pytest.fixture
def client(exchange: ScriptedExchange) -> Iterator[WebsocketAPIClient]:
    """A client of it, closed after the test."""
    with WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client:
        yield client


def test_done_callbacks_run_on_the_callback_thread_in_the_order_of_the_answers(client):
    """All on one thread, which is neither the caller's nor the socket's."""
    ran: list[tuple[str, str]] = []
    futures = []
    for number in range(50):
        future = client.submit_new_spot_order(**RESTING, client_oid=f"order-{number}")
        future.add_done_callback(lambda f: ran.append((f.client_oid, threading.current_thread().name)))
        futures.append(future)
    concurrent.futures.wait(futures, PATIENCE)
    eventually(lambda: len(ran) == 50)
    assert [oid for oid, _ in ran] == [f"order-{number}" for number in range(50)]
    assert {name.rpartition("-")[0] for _, name in ran} == {"kucoin-wsapi-callbacks"}


def test_a_callback_added_to_a_settled_future_runs_on_the_callback_thread(client):
    """Also then it does not surprise the caller by running at once in its thread."""
    future = client.submit_new_spot_order(**RESTING)
    future.result(PATIENCE)
    name: concurrent.futures.Future[str] = concurrent.futures.Future()
    future.add_done_callback(lambda _: name.set_result(threading.current_thread().name))
    assert name.result(PATIENCE).startswith("kucoin-wsapi-callbacks-")


def test_a_callback_added_after_close_runs_in_the_caller(client):
    """There is no callback thread any more."""
    future = client.submit_new_spot_order(**RESTING)
    future.result(PATIENCE)
    client.close()
    threads: list[threading.Thread] = []
    future.add_done_callback(lambda _: threads.append(threading.current_thread()))
    assert threads == [threading.current_thread()]


def test_a_blocked_callback_delays_neither_answers_nor_pings():
    """User code is not on the socket's thread: orders and the heartbeat go on while a callback hangs."""
    release = threading.Event()
    entered = threading.Event()

    def block(_: object) -> None:
        entered.set()
        release.wait(PATIENCE)

    with (
        ScriptedExchange(ping_interval=1000, ping_timeout=1000) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        client.submit_new_spot_order(**RESTING).add_done_callback(block)
        assert entered.wait(PATIENCE)
        for _ in range(20):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
        eventually(lambda: len(exchange.pings) >= 2, "two pings")
        assert not release.is_set()
        assert len(exchange.connections) == 1
        release.set()


def test_a_callback_may_place_cancel_and_wait(client):
    """Blocking calls inside a callback work: the answer comes over another thread."""
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as trader,
    ):
        done: concurrent.futures.Future[object] = concurrent.futures.Future()

        def cancel(placed: Any) -> None:
            order_id = placed.result().data.order_id
            trader.cancel_sync_spot_order(symbol="BTC-USDT", order_id=order_id).result()
            trader.connect_ws_api(WsKey.WS_API_FUTURES_V1)
            done.set_result(order_id)

        trader.submit_new_spot_order(**RESTING).add_done_callback(cancel)
        order = sandbox.find_order(order_id=done.result(PATIENCE))
        assert order is not None
        assert not order.is_active


def test_close_inside_a_callback_works_and_close_is_still_announced(exchange):
    """It does not wait for its own thread, which ends after the last event."""
    events: list[str] = []
    closed = threading.Event()
    client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
    client.get_ws_client().on("close", lambda event: (events.append(event.name), closed.set()))

    def close(_: object) -> None:
        client.close()
        client.close()
        events.append("returned")

    client.submit_new_spot_order(**RESTING).add_done_callback(close)
    assert closed.wait(PATIENCE)
    assert events == ["returned", "close"]


@pytest.mark.parametrize("error", [ValueError("mine"), SystemExit(3), KeyboardInterrupt()])
def test_an_error_in_a_done_callback_is_logged_and_reported_and_stops_nothing(client, caplog, error):
    """With its traceback in the log, and once as an `exception` event; the next orders and callbacks work."""
    reported: list[Any] = []
    ran = threading.Event()
    client.get_ws_client().on("exception", reported.append)

    def fail(_: object) -> None:
        raise error

    with caplog.at_level(logging.ERROR, "kucoin_wsapi"):
        client.submit_new_spot_order(**RESTING).add_done_callback(fail)
        client.submit_new_spot_order(**RESTING).add_done_callback(lambda _: ran.set())
        assert ran.wait(PATIENCE)
        eventually(lambda: reported)
    assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
    assert [(event.error, event.ws_key, event.is_ws_api_response) for event in reported] == [
        (error, None, False)
    ]
    tracebacks = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert tracebacks == [error]


@pytest.mark.parametrize("error", [ValueError("mine"), SystemExit(3)])
def test_an_exception_handler_that_raises_is_not_called_again_for_its_own_error(client, caplog, error):
    """Whatever it raises: else it would be called for ever."""
    calls: list[Any] = []
    second: list[Any] = []

    def fail(event: Any) -> None:
        calls.append(event)
        if len(calls) > 5:
            return  # so that a loop ends this test instead of hanging it
        raise error

    ws_client = client.get_ws_client().on("exception", fail).on("exception", second.append)
    with caplog.at_level(logging.ERROR, "kucoin_wsapi"):
        client.submit_new_spot_order(**RESTING).add_done_callback(lambda _: 1 / 0)
        ran = threading.Event()
        eventually(lambda: second)
        client.submit_new_spot_order(**RESTING).add_done_callback(lambda _: ran.set())
        assert ran.wait(PATIENCE)
    assert len(calls) == 1
    assert len(second) == 1
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)
    assert ws_client is client.get_ws_client()


def test_the_callback_of_a_forgotten_client_still_runs(exchange):
    """A done-callback is run exactly once, also when nothing but the request keeps the client alive."""
    ran = threading.Event()
    answer_now = threading.Event()

    def answer(connection: Connection, request: dict[str, Any]) -> None:
        answer_now.wait(PATIENCE)
        acknowledge(connection, request)

    exchange.answer = answer
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False).submit_new_spot_order(
            **RESTING
        ).add_done_callback(lambda _: ran.set())
        gc.collect()
        answer_now.set()
        assert ran.wait(PATIENCE)


def test_a_callback_added_after_the_client_is_collected_still_runs(exchange):
    """Whoever kept the future gets its callback."""
    ran = threading.Event()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        future = WebsocketAPIClient(
            **exchange.client_options(), attach_event_listeners=False
        ).submit_new_spot_order(**RESTING)
        assert future.result(PATIENCE).code == "200000"
        gc.collect()
        assert exchange.connections[0].ended.wait(PATIENCE)
        future.add_done_callback(lambda _: ran.set())
        assert ran.wait(PATIENCE)


def test_wait_and_as_completed_of_the_standard_library_work(client):
    """A response future is a `concurrent.futures.Future`."""
    futures = {client.submit_new_spot_order(**RESTING) for _ in range(20)}
    assert set(concurrent.futures.as_completed(futures, PATIENCE)) == futures
    more = {client.submit_new_spot_order(**RESTING) for _ in range(20)}
    done, pending = concurrent.futures.wait(more, PATIENCE)
    assert (done, pending) == (more, set())


def test_wrap_future_of_asyncio_works(client):
    """An asyncio program can await an order."""

    async def trade() -> list[str]:
        futures = [asyncio.wrap_future(client.submit_new_spot_order(**RESTING)) for _ in range(5)]
        return [(await future).code for future in futures]

    assert asyncio.run(trade()) == ["200000"] * 5


def test_asyncio_can_give_up_a_request_that_was_not_sent():
    """`wait_for` cancels what it waited for: a queued order is withdrawn, not sent later."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        future = client.submit_new_spot_order(**RESTING)

        async def wait() -> None:
            await asyncio.wait_for(asyncio.wrap_future(future), 0.1)

        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(wait())
        assert future.cancelled()
        assert "0 queued" in repr(client)


def test_cancel_of_a_queued_request_withdraws_it_and_tells_everybody():
    """It is never sent; waiters in `result`, `wait` and `as_completed` and the done-callbacks hear of it."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        future = client.submit_new_spot_order(**RESTING)
        told = threading.Event()
        future.add_done_callback(lambda f: told.set() if f.cancelled() else None)
        outcomes: list[object] = []

        def wait() -> None:
            try:
                outcomes.append(future.result(PATIENCE))
            except concurrent.futures.CancelledError:
                outcomes.append("cancelled")

        def wait_for_many() -> None:
            outcomes.append(concurrent.futures.wait([future], PATIENCE).done)

        waiters = [threading.Thread(target=function) for function in (wait, wait_for_many)]
        for waiter in waiters:
            waiter.start()
        assert future.cancel()
        for waiter in waiters:
            waiter.join(PATIENCE)
        assert told.wait(PATIENCE)
        assert len(outcomes) == 2
        assert "cancelled" in outcomes
        assert {future} in outcomes
        assert "0 queued" in repr(client)
        assert exchange.requests == []


def test_a_request_that_was_sent_cannot_be_cancelled():
    """The exchange has it: only a cancel order could take it back."""
    with (
        ScriptedExchange(stay_silent) as exchange,
        WebsocketAPIClient(
            **exchange.client_options(), attach_event_listeners=False, close_timeout=0
        ) as client,
    ):
        future = client.submit_new_spot_order(**RESTING)
        eventually(lambda: exchange.requests)
        assert not future.cancel()
        assert future.running()


def test_cancelled_requests_leave_room_for_others():
    """`max_in_flight` counts what is open, not what was withdrawn."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        WebsocketAPIClient(
            **exchange.client_options(), attach_event_listeners=False, max_in_flight=2
        ) as client,
    ):
        for _ in range(10):
            first, second = (client.submit_new_spot_order(**RESTING) for _ in range(2))
            assert not first.done()
            assert not second.done()
            assert first.cancel()
            assert second.cancel()


def test_close_does_not_wait_for_ever_for_a_blocked_callback(exchange):
    """It returns within close_timeout and a little; the thread ends when the callback does."""
    release, entered = threading.Event(), threading.Event()
    client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False, close_timeout=0.2)

    def block(_: object) -> None:
        entered.set()
        release.wait(PATIENCE)

    client.submit_new_spot_order(**RESTING).add_done_callback(block)
    assert entered.wait(PATIENCE)
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 5
    with pytest.raises(ClientClosedError):
        client.submit_new_spot_order(**RESTING).result(PATIENCE)
    release.set()
