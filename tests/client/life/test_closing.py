"""Closing, from everywhere and at any moment: bounded, final, and nothing is left behind."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, acknowledge, eventually, stay_silent

from kucoin_wsapi import (
    Backoff,
    ClientClosedError,
    NotSentError,
    OutcomeUnknownError,
    ReplyTimeoutError,
    TransportError,
    WebsocketAPIClient,
    WebsocketClient,
    WsKey,
)
from kucoin_wsapi._connection import Connection as OurConnection

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
CLOSES_WITHIN = 5.0  # far above close_timeout plus half a second, far below anything that hangs


def new_client(options: dict[str, Any], **more: Any) -> WebsocketAPIClient:
    """A client that logs nothing."""
    return WebsocketAPIClient(**{"close_timeout": 0.2, **options, **more}, attach_event_listeners=False)


def our_threads() -> list[str]:
    """The names of the living threads of clients."""
    return sorted(t.name for t in threading.enumerate() if t.name.startswith("kucoin-wsapi-"))


def close_in_time(client: WebsocketAPIClient) -> None:
    """It must not hang, and no thread may be left."""
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < CLOSES_WITHIN


def settles_as(kind: type[BaseException], future: Any) -> None:
    """The future ends at once in that verdict."""
    with pytest.raises(kind):
        future.result(PATIENCE)


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that accepts every order."""
    with ScriptedExchange() as exchange:
        yield exchange


@contextlib.contextmanager
def mute_port() -> Iterator[int]:
    """A port that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_client_that_is_not_used_opens_nothing(exchange):
    """No thread and no socket before the first call, and close has nothing to do."""
    client = new_client(exchange.client_options())
    assert repr(client) == "<WebsocketAPIClient not connected>"
    assert our_threads() == []
    close_in_time(client)
    close_in_time(client)
    assert exchange.connections == []


def test_threads_are_one_per_used_key_and_one_for_callbacks(exchange):
    """The thread of the attempt ends with it, however many orders follow."""
    client = new_client(exchange.client_options())
    client.connect_ws_api()
    eventually(lambda: our_threads() == ["kucoin-wsapi-spot-1"], "one thread")
    client.connect_ws_api(WsKey.WS_API_FUTURES_V1)
    eventually(lambda: our_threads() == ["kucoin-wsapi-futures-1", "kucoin-wsapi-spot-1"], "two threads")
    for _ in range(20):
        client.submit_new_spot_order(**RESTING).result(PATIENCE)
    done = threading.Event()
    client.submit_new_spot_order(**RESTING).add_done_callback(lambda _: done.set())
    assert done.wait(PATIENCE)
    names = ["kucoin-wsapi-callbacks-1", "kucoin-wsapi-futures-1", "kucoin-wsapi-spot-1"]
    assert our_threads() == names
    close_in_time(client)
    assert our_threads() == []


def test_threads_of_two_clients_have_names_of_their_own(exchange):
    """So that a stack dump tells them apart."""
    with new_client(exchange.client_options()) as one, new_client(exchange.client_options()) as other:
        names: set[str] = set()
        for client in (one, other):
            ran = threading.Event()

            def note(_: object, ran: threading.Event = ran) -> None:
                names.add(threading.current_thread().name)
                ran.set()

            client.submit_new_spot_order(**RESTING).add_done_callback(note)
            assert ran.wait(PATIENCE)
        assert len(names) == 2
        assert len(set(our_threads())) == 4


def test_close_while_connecting_refuses_what_is_queued():
    """The port accepts and never answers; the order was not sent."""
    for scheme in ("ws", "wss"):
        with mute_port() as port:
            options = {"api_key": "k", "api_secret": "s", "api_passphrase": "p"}
            client = new_client({**options, "ws_url": f"{scheme}://127.0.0.1:{port}"}, connect_timeout=60)
            future = client.submit_new_spot_order(**RESTING)
            eventually(lambda: "kucoin-wsapi-spot-1-dial" in our_threads(), "the attempt")
            close_in_time(client)
            settles_as(ClientClosedError, future)
            eventually(lambda: our_threads() == [], "the end of the attempt")


def test_close_while_the_name_is_being_resolved(monkeypatch):
    """Name resolution knows no timeout: its thread is left to itself."""
    entered, release = threading.Event(), threading.Event()
    resolve = socket.getaddrinfo

    def hang(*arguments: Any, **keywords: Any) -> Any:
        entered.set()
        release.wait(PATIENCE)
        return resolve(*arguments, **keywords)

    with ScriptedExchange() as exchange:
        monkeypatch.setattr(socket, "getaddrinfo", hang)
        client = new_client(exchange.client_options())
        future = client.submit_new_spot_order(**RESTING)
        assert entered.wait(PATIENCE)
        close_in_time(client)
        settles_as(ClientClosedError, future)
        release.set()
        eventually(lambda: our_threads() == [], "the end of the attempt")
        eventually(lambda: all(c.ended.is_set() for c in exchange.connections), "no ghost")


def test_close_while_logging_in():
    """The socket is up and no challenge comes."""
    with ScriptedExchange(challenge=False) as exchange:
        client = new_client(exchange.client_options())
        opened = threading.Event()
        client.get_ws_client().on("open", lambda _: opened.set())
        future = client.submit_new_spot_order(**RESTING)
        assert opened.wait(PATIENCE)
        close_in_time(client)
        settles_as(ClientClosedError, future)
        assert exchange.connections[0].ended.wait(PATIENCE)


def test_close_while_waiting_to_reconnect():
    """A long delay does not hold it."""
    with ScriptedExchange() as gone:
        options = gone.client_options()
    client = new_client(options, backoff=Backoff(base=60, cap=60))
    failed = threading.Event()
    client.get_ws_client().on("exception", lambda _: failed.set())
    future = client.submit_new_spot_order(**RESTING)
    assert failed.wait(PATIENCE)
    close_in_time(client)
    settles_as(ClientClosedError, future)


def test_close_when_ready_says_goodbye(exchange):
    """The exchange sees the end at once; calls after it are refused."""
    client = new_client(exchange.client_options())
    client.submit_new_spot_order(**RESTING).result(PATIENCE)
    close_in_time(client)
    assert exchange.connections[0].ended.wait(PATIENCE)
    settles_as(ClientClosedError, client.submit_new_spot_order(**RESTING))
    settles_as(ClientClosedError, client.submit_futures_order(symbol="XBTUSDTM", side="buy", price=1, size=1))
    with pytest.raises(TransportError, match="closed"):
        client.connect_ws_api()
    assert len(exchange.connections) == 1
    assert "closed" in repr(client)


def test_close_waits_for_the_answers_in_flight_and_no_longer():
    """What is answered within close_timeout settles with its answer; close returns when the last one is in."""
    closing = threading.Event()

    def answer_late(connection: Connection, request: dict[str, Any]) -> None:
        closing.wait(PATIENCE)
        acknowledge(connection, request)

    with ScriptedExchange(answer_late) as exchange:
        client = new_client(exchange.client_options(), close_timeout=60)
        futures = [client.submit_new_spot_order(**RESTING, timeout=60) for _ in range(10)]
        eventually(lambda: exchange.requests, "the orders")
        closer = threading.Thread(target=client.close)
        closer.start()
        eventually(lambda: "closing" in repr(client), "closing")
        settles_as(ClientClosedError, client.submit_new_spot_order(**RESTING))
        closing.set()
        closer.join(PATIENCE)
        assert not closer.is_alive()
        assert {future.result(PATIENCE).code for future in futures} == {"200000"}


def test_close_settles_what_is_not_answered_as_unknown():
    """It was sent, so the order may exist."""
    with ScriptedExchange(stay_silent) as exchange:
        client = new_client(exchange.client_options())
        future = client.submit_new_spot_order(**RESTING, timeout=60)
        eventually(lambda: exchange.requests, "the order")
        close_in_time(client)
        settles_as(OutcomeUnknownError, future)
        assert exchange.connections[0].ended.wait(PATIENCE)


def test_a_request_that_times_out_while_closing_says_so():
    """Its own deadline still counts."""
    with ScriptedExchange(stay_silent) as exchange:
        client = new_client(exchange.client_options(), close_timeout=30)
        client.connect_ws_api(timeout=PATIENCE)
        future = client.submit_new_spot_order(**RESTING, timeout=0.5)
        eventually(lambda: exchange.requests, "the order")
        close_in_time(client)
        settles_as(ReplyTimeoutError, future)


def test_close_from_many_threads_at_once(exchange):
    """Each of them returns, and the client is closed."""
    client = new_client(exchange.client_options())
    client.submit_new_spot_order(**RESTING).result(PATIENCE)
    threads = [threading.Thread(target=client.close) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert our_threads() == []


@pytest.mark.parametrize("kind", [WebsocketAPIClient, WebsocketClient])
def test_with_closes_also_on_an_error(exchange, kind):
    """Both clients; the error goes on."""

    def fail() -> None:
        with kind(**exchange.client_options()) as client:
            connect = client.connect_ws_api if kind is WebsocketAPIClient else client.connect
            connect("wsApiSpotV1", PATIENCE)
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fail()
    eventually(lambda: our_threads() == [], "the end of all threads")


def test_one_connection_can_be_closed_and_made_again(exchange):
    """The other one goes on; calls are refused until `connect` asks for a new one."""
    with new_client(exchange.client_options()) as client:
        ws_client = client.get_ws_client()
        client.connect_ws_api()
        client.connect_ws_api("wsApiFuturesV1")
        ws_client.close("wsApiSpotV1")
        ws_client.close(WsKey.WS_API_SPOT_V1)
        assert exchange.connections[0].ended.wait(PATIENCE)
        settles_as(ClientClosedError, client.submit_new_spot_order(**RESTING))
        assert (
            client.submit_futures_order(symbol="X", side="buy", price=1, size=1).result(PATIENCE).code
            == "200000"
        )
        assert len(exchange.connections) == 2
        ws_client.connect("wsApiSpotV1", PATIENCE)
        assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
        assert len(exchange.connections) == 3


def test_a_signal_handler_can_close_while_another_thread_connects(exchange, monkeypatch):
    """It has interrupted one that places an order, for whose lock the other thread waits: neither may wait for ever."""
    client = new_client(exchange.client_options()).get_ws_client()
    client.connect(WsKey.WS_API_SPOT_V1)
    looks = threading.Event()
    ended = OurConnection.ended.fget

    def noted(connection: OurConnection) -> bool:
        looks.set()
        return ended(connection)

    monkeypatch.setattr(OurConnection, "ended", property(noted))
    connecting = threading.Thread(target=client.connect, args=(WsKey.WS_API_SPOT_V1,))
    with client._connections[WsKey.WS_API_SPOT_V1]._lock:  # as in the middle of `submit`
        connecting.start()
        assert looks.wait(PATIENCE)
        acquired = client._lock.acquire(timeout=PATIENCE)  # as the first thing in `close_all`
        if acquired:
            client._lock.release()
    connecting.join()
    client.close_all()

    assert acquired


def test_closing_a_key_that_was_never_used_does_nothing(exchange):
    """And does not open it."""
    with new_client(exchange.client_options()) as client:
        client.get_ws_client().close(WsKey.WS_API_FUTURES_V1)
        assert our_threads() == []
        assert client.submit_futures_order(symbol="X", side="buy", price=1, size=1).result(PATIENCE)


def test_close_wins_from_any_moment_of_connecting(exchange):
    """At 200 seeded moments: it returns, the order has a verdict, and no connection lives on at the exchange."""
    moments = random.Random(7)
    for _ in range(200):
        client = new_client(exchange.client_options())
        future = client.submit_new_spot_order(**RESTING)
        delay = threading.Timer(moments.uniform(0, 0.008), client.close)
        delay.start()
        delay.join()
        client.close()
        assert future.done()
        error = future.exception()
        assert error is None or isinstance(error, (NotSentError, OutcomeUnknownError))
    eventually(lambda: our_threads() == [], "the end of all threads")
    eventually(lambda: all(c.ended.is_set() for c in exchange.connections), "the end of all connections")


def test_callers_and_a_closer_race_without_losing_a_verdict(exchange):
    """Every call that eight threads make while it closes ends in a response or one of the documented errors."""
    for _ in range(10):
        client = new_client(exchange.client_options())
        client.connect_ws_api()
        futures: list[Any] = []

        def trade(client: WebsocketAPIClient = client, futures: list[Any] = futures) -> None:
            refused = 0
            while refused < 3:
                future = client.submit_new_spot_order(**RESTING)
                refused += future.done() and future.exception() is not None
                futures.append(future)

        callers = [threading.Thread(target=trade) for _ in range(8)]
        for caller in callers:
            caller.start()
        eventually(lambda futures=futures: len(futures) > 20, "some orders")
        client.close()
        for caller in callers:
            caller.join(PATIENCE)
        for future in futures:
            error = future.exception(PATIENCE)
            assert error is None or isinstance(error, (NotSentError, OutcomeUnknownError))
        assert any(future.exception() is None for future in futures)
    eventually(lambda: our_threads() == [], "the end of all threads")
