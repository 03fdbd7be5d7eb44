"""Clients that nobody closes: collected while the program goes on, without leaving anything running."""

from __future__ import annotations

import concurrent.futures
import contextlib
import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, acknowledge, eventually, stay_silent

from kucoin_wsapi import ClientClosedError, OutcomeUnknownError, WebsocketAPIClient, WebsocketClient

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that accepts every order."""
    with ScriptedExchange() as exchange:
        yield exchange


def our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("kucoin-wsapi-")]


@contextlib.contextmanager
def a_warning() -> Iterator[None]:
    """A client that was not closed is collected in here, and says so."""
    with pytest.warns(ResourceWarning, match=r"unclosed WebsocketClient.*with"):
        yield


def gone(exchange: ScriptedExchange) -> None:
    """Every thread and every connection of clients ends."""
    gc.collect()
    eventually(lambda: our_threads() == [], "the end of the threads")
    eventually(lambda: all(c.ended.is_set() for c in exchange.connections), "the end of the connections")


def test_a_forgotten_client_ends_its_threads_and_warns(exchange):
    """With a `ResourceWarning` that names the remedy."""
    client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
    client.submit_new_spot_order(**RESTING).result(PATIENCE)
    collected = weakref.ref(client.get_ws_client())
    with a_warning():
        del client
        gc.collect()
    assert collected() is None
    gone(exchange)


def test_a_closed_or_unused_client_is_collected_without_a_warning(exchange):
    """Warnings are errors here."""
    closed = WebsocketAPIClient(**exchange.client_options())
    closed.connect_ws_api()
    closed.close()
    unused = WebsocketClient(**exchange.client_options())
    references = [weakref.ref(closed), weakref.ref(unused)]
    del closed, unused
    gc.collect()
    assert [reference() for reference in references] == [None, None]
    gone(exchange)


def test_a_forgotten_client_with_handlers_that_hold_it_is_collected(exchange):
    """The usual cycle: a strategy has the client, and the client has the strategy's methods."""

    class Strategy:
        def __init__(self) -> None:
            self.client = WebsocketAPIClient(**exchange.client_options())
            self.client.get_ws_client().on("response", self.hear).on("exception", self.hear)
            self.heard = threading.Event()

        def hear(self, event: object) -> None:
            self.heard.set()

    strategy = Strategy()
    strategy.client.submit_new_spot_order(**RESTING).result(PATIENCE)
    assert strategy.heard.wait(PATIENCE)
    collected = weakref.ref(strategy)
    with a_warning():
        del strategy
        eventually(lambda: gc.collect() is not None and collected() is None, "the collection")
    gone(exchange)


@pytest.mark.parametrize("challenge", [True, False])
def test_a_client_that_is_forgotten_while_it_connects_ends_too(challenge):
    """Ready or not, the exchange is not left with a connection that nobody uses."""
    with ScriptedExchange(challenge=challenge) as exchange:
        client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
        future = client.submit_new_spot_order(**RESTING)
        eventually(lambda: exchange.connections, "the connection")
        with a_warning():
            if challenge:
                future.result(PATIENCE)
            else:
                assert future.cancel()
            del client, future
            gc.collect()
            gone(exchange)


def test_an_order_of_a_temporary_client_is_answered():
    """The pending future keeps its client alive, through as many collections as there are."""
    answer_now = threading.Event()

    def answer(connection: Connection, request: dict[str, Any]) -> None:
        answer_now.wait(PATIENCE)
        acknowledge(connection, request)

    with ScriptedExchange(answer) as exchange:
        future = WebsocketAPIClient(
            **exchange.client_options(), attach_event_listeners=False, max_send_delay=PATIENCE
        ).submit_new_spot_order(**RESTING)  # the collections below may take a second each on a busy machine
        for _ in range(5):
            gc.collect()
        with a_warning():
            answer_now.set()
            assert future.result(PATIENCE).code == "200000"
            gone(exchange)


def test_a_chain_of_temporaries_is_answered(exchange):
    """One line, as in a notebook."""
    with a_warning():
        response = (
            WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
            .submit_new_spot_order(**RESTING)
            .result(PATIENCE)
        )
        gone(exchange)
    assert response.code == "200000"


def test_a_future_that_timed_out_lets_its_client_go():
    """Only a pending one holds it; its exception does not either."""
    with ScriptedExchange(stay_silent) as exchange:
        client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
        client.connect_ws_api(timeout=PATIENCE)
        future = client.submit_new_spot_order(**RESTING, timeout=0.2)
        assert isinstance(future.exception(PATIENCE), OutcomeUnknownError)
        with a_warning():
            del client
            gone(exchange)
        assert future.done()


def test_a_response_does_not_hold_its_client(exchange):
    """A program may keep all its responses."""
    client = WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False)
    responses = [client.submit_new_spot_order(**RESTING).result(PATIENCE) for _ in range(3)]
    futures = [client.submit_new_spot_order(**RESTING) for _ in range(3)]
    concurrent.futures.wait(futures, PATIENCE)
    collected = weakref.ref(client.get_ws_client())
    with a_warning():
        del client
        eventually(lambda: gc.collect() is not None and collected() is None, "the collection")
    assert len(responses) == len(futures)
    gone(exchange)


def test_an_api_client_is_forgotten_before_the_client_inside_it(exchange):
    """Whoever keeps the inner one can go on using it."""
    ws_client = WebsocketAPIClient(**exchange.client_options()).get_ws_client()
    gc.collect()
    with ws_client:
        ws_client.connect("wsApiSpotV1", PATIENCE)
        assert ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", {}).result(PATIENCE)
    with pytest.raises(ClientClosedError):
        ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", {}).result(PATIENCE)
