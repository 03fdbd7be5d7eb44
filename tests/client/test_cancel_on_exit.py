"""``cancel_on_exit``: a client that is closed leaves no spot order behind, or says that it may have."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from rest_front import Call
from scripted_exchange import PATIENCE, eventually
from switch_stage import (
    LONG,
    REFUSAL,
    RESTING,
    SPOT,
    START,
    Stage,
    held,
    hold_until_the_end,
    our_threads,
    place,
    placed_at_once,
    tell_late,
)

from kucoin_wsapi import DeadManSwitch, OutcomeUnknownError, WebsocketAPIClient, WebsocketClient, WsKey

ALL = "/api/v1/hf/orders/cancelAll"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A sandbox whose time stands still until it is moved."""
    with ExitStack() as stack:
        yield Stage(stack, start_time=START)


def requests_of(stage: Stage) -> list[tuple[str, str]]:
    """Method and path of all that came over REST."""
    return [(call.method, call.path) for call in stage.front.calls]


def place_everywhere(client: WebsocketAPIClient) -> None:
    """One order on BTC and ETH, one on margin, one on futures."""
    eth = {**RESTING, "symbol": "ETH-USDT", "price": "1000", "size": "0.01"}
    futures: dict[str, Any] = {
        "symbol": "XBTUSDTM",
        "side": "buy",
        "price": "20000",
        "size": 1,
        "leverage": 1,
    }
    for future in (
        client.submit_new_spot_order(**RESTING),
        client.submit_new_spot_order(**eth),
        client.submit_margin_order(**RESTING),
        client.submit_futures_order(**futures),
    ):
        future.result(PATIENCE)


def open_orders(stage: Stage) -> list[str]:
    """Product and symbol of what is active."""
    return sorted(
        f"{order.terms.product} {order.terms.symbol}" for order in stage.sandbox.orders if order.is_active
    )


def test_a_close_cancels_all_spot_orders(stage):
    """With one request, and without a timer where none was asked for; margin and futures stay."""
    client = stage.client(None, cancel_on_exit=True)
    place_everywhere(client)

    client.close()

    assert open_orders(stage) == ["futures XBTUSDTM", "margin BTC-USDT"]
    assert requests_of(stage) == [("DELETE", ALL)]
    assert stage.problems == []
    assert our_threads() == []


def test_a_close_before_the_thread_of_the_switch_has_run_cancels_all_the_same(stage, monkeypatch):
    """An order may be answered sooner than a new thread of a busy system gets to run."""
    hold_until_the_end(monkeypatch)
    client = stage.client(None, cancel_on_exit=True, close_timeout=PATIENCE)
    order_id = place(client)

    client.close()

    assert not stage.is_open(order_id)
    assert stage.problems == []


def test_a_close_before_the_connection_has_told_that_it_is_ready_cancels_all_the_same(stage, monkeypatch):
    """The thread that places an order writes it as soon as the connection is ready, which the loop tells later."""
    tell_late(monkeypatch)
    client = stage.client(None, cancel_on_exit=True, close_timeout=PATIENCE)
    with placed_at_once(stage, client):
        client.close()

    assert open_orders(stage) == []
    assert stage.problems == []


def test_a_timer_is_ended_afterwards(stage):
    """It would cancel what another program places."""
    client = stage.client(cancel_on_exit=True)
    order_id = place(client)
    stage.armed()

    client.close()

    assert not stage.is_open(order_id)
    assert not stage.is_armed()
    assert [method for method, _ in requests_of(stage)] == ["POST", "DELETE", "POST"]
    assert stage.front.timeouts() == [86_400, -1]


def test_a_switch_for_some_symbols_confines_it_to_them(stage):
    """What the timer would not cancel, the end does not."""
    client = stage.client(DeadManSwitch(timeout=60, symbols=("ETH-USDT",)), cancel_on_exit=True)
    place_everywhere(client)
    stage.armed()

    client.close()

    assert open_orders(stage) == ["futures XBTUSDTM", "margin BTC-USDT", "spot BTC-USDT"]
    assert ("DELETE", "/api/v1/hf/orders?symbol=ETH-USDT") in requests_of(stage)
    assert not stage.is_armed()


def test_a_with_block_that_fails_cancels_too(stage):
    """At once, and nothing is left to a timer."""

    def trade() -> None:
        with stage.client(cancel_on_exit=True) as client:
            place(client)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade()

    assert open_orders(stage) == []
    assert not stage.is_armed()


def test_a_forgotten_client_cancels_too(stage):
    """Its thread does it, once the client is gone."""

    def forget_one() -> None:
        options = {**stage.sandbox.client_options(), "rest_url": stage.front.url}
        client = WebsocketClient(**options, cancel_on_exit=True)
        client.connect(SPOT)
        del client
        gc.collect()

    with pytest.warns(ResourceWarning, match="unclosed WebsocketClient"):
        forget_one()

    eventually(lambda: our_threads() == [], "the end of the threads")
    assert requests_of(stage) == [("DELETE", ALL)]


def test_a_client_that_never_traded_spot_cancels_nothing(stage):
    """What is open then is not its own."""
    other = stage.client(None)
    order_id = place(other)
    client = stage.client(None, cancel_on_exit=True)
    client.connect_ws_api(WsKey.WS_API_FUTURES_V1)

    client.close()

    assert stage.is_open(order_id)
    assert stage.front.calls == []


def test_each_connection_is_cancelled_after_once(stage):
    """Closing the spot connection, then the client: what others have placed in between stays."""
    client = stage.client(None, cancel_on_exit=True)
    place(client)
    client.get_ws_client().close(SPOT)
    order_id = place(stage.client(None))

    client.close()

    assert stage.is_open(order_id)
    assert requests_of(stage) == [("DELETE", ALL)]


def test_what_is_in_flight_is_awaited_first():
    """An order that comes after the cancelling would stay."""
    with ExitStack() as stack:
        stage = Stage(stack, faults=["reply-late:delay=0.5,op=spot.order"])
        client = stage.client(cancel_on_exit=True)
        client.connect_ws_api()
        stage.armed()  # so that nothing but the order is to be waited for
        future = client.submit_new_spot_order(**RESTING)
        answered = []

        def note(call: Call) -> None:
            if call.method == "DELETE":
                answered.append(future.done())

        stage.front.before = note
        client.close()

        assert answered == [True]
        assert future.result(0).code == "200000"
        assert open_orders(stage) == []
        assert stage.problems == []


@pytest.mark.parametrize("switch", [None, LONG])
def test_an_order_of_unknown_outcome_is_told_of_and_left_to_the_timer(switch):
    """It may still come when everything has been cancelled."""
    with ExitStack() as stack:
        stage = Stage(stack, start_time=START, faults=["no-reply:op=spot.order"])
        client = stage.client(switch, cancel_on_exit=True, close_timeout=0.2)
        client.connect_ws_api()
        future = client.submit_new_spot_order(**RESTING)

        client.close()

        assert isinstance(future.exception(0), OutcomeUnknownError)
        assert open_orders(stage) == []
        (problem,) = stage.problems
        assert "one whose outcome is unknown may still come" in str(problem)
        assert stage.is_armed() is (switch is not None)


@pytest.mark.parametrize(
    "answer",
    [
        REFUSAL,
        {"code": "500000", "msg": "Internal Server Error"},
        {"code": "200000", "data": {"succeedSymbols": [], "failedSymbols": ["BTC-USDT"]}},
    ],
    ids=["refused", "500000", "some symbols failed"],
)
@pytest.mark.parametrize("switch", [None, LONG])
def test_what_could_not_be_cancelled_is_told_of_and_left_to_the_timer(stage, switch, answer):
    """The timer is not ended then."""
    client = stage.client(switch, cancel_on_exit=True)
    order_id = place(client)
    if switch is not None:
        stage.armed()
    stage.front.before = lambda call: answer if call.method == "DELETE" else None

    client.close()

    (problem,) = stage.problems
    assert str(problem).startswith("cancelling the spot orders")
    stage.sandbox.advance(86_400)
    assert stage.is_open(order_id) is (switch is None)


def test_a_close_takes_its_time_and_not_more(stage):
    """REST hangs: it is told that nothing is confirmed."""
    client = stage.client(None, cancel_on_exit=True, close_timeout=0.2)
    place(client)
    with held(stage):
        started = time.monotonic()
        client.close()
        assert time.monotonic() - started < 5
        eventually(lambda: stage.problems, "the event")

    assert "has not cancelled the spot orders by the time of the close" in str(stage.problems[0])
