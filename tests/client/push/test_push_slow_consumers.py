"""Who cannot keep up: public streams are read no more for now, private ones always, and orders are not affected."""

from __future__ import annotations

import gc
import json
import socket
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from fault_server import FaultServer, GoneError
from fault_server import serve as serve_orders
from fault_support import Recorder, client_of, eventually, outcome, place
from push_server import (
    PushPeer,
    PushServer,
    Updates,
    given,
    message,
    named,
    number_of,
    our_threads,
    text_frame,
    unclosed,
)

from kucoin_wsapi import Update, WebsocketClient, WsKey
from kucoin_wsapi._transport import Transport
from kucoin_wsapi.exceptions import SlowConsumerError

KEY, PRIVATE = WsKey.SPOT_PUBLIC_V1, WsKey.SPOT_PRIVATE_V1
A = named(KEY)[0]
PAD = "x" * 1200
FLOOD = 25_000  # updates of more than a kilobyte: more than both kernels' buffers and ours take


@pytest.fixture(autouse=True)
def _small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the kernel lets the buffer of a socket that is read quickly grow until all of a flood is in it."""
    make = Transport.__init__

    def made(transport: Transport, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        make(transport, sock)

    monkeypatch.setattr(Transport, "__init__", made)


class Flood:
    """A script that sends many updates as fast as they are taken, and answers pings after them or beside them."""

    def __init__(self, count: int = FLOOD, pad: str = PAD) -> None:
        self.count, self.pad = count, pad
        self.sent = 0
        self.done = threading.Event()

    def __call__(self, peer: PushPeer) -> None:
        peer.log_in(ping_interval=1000)
        peer.ack(peer.next())
        topic = named(peer.key)[0]
        reader = threading.Thread(target=self._read, args=(peer,), name="flood-reader", daemon=True)
        reader.start()
        try:
            while self.sent < self.count:
                stop = min(self.sent + 500, self.count)
                messages = (message(peer.key, topic, n, self.pad) for n in range(self.sent, stop))
                peer.peer.send(b"".join(map(text_frame, messages)))
                self.sent = stop
            self.done.set()
            self._answer_missed_pings(peer)
        finally:
            reader.join(20)

    def _read(self, peer: PushPeer) -> None:
        """Only records: a pong would come into the middle of the flood."""
        try:
            while True:
                peer.peer.pings.append(json.loads(peer.peer.next_text()))
                if self.done.is_set():
                    peer.pong(peer.peer.pings[-1])
        except GoneError:
            return

    def _answer_missed_pings(self, peer: PushPeer) -> None:
        for ping in list(peer.peer.pings):
            peer.pong(ping)


class Gate:
    """A handler that waits until it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.numbers: list[int] = []

    def __call__(self, update: Update) -> None:
        self.open.wait(30)
        self.numbers.append(number_of(update))


def stalled(flood: Flood) -> None:
    """The server's writes are taken no more: its socket buffer is full, and ours."""
    seen = [-1, 0]

    def stands_still() -> bool:
        seen[1] = seen[1] + 1 if seen[0] == flood.sent > 0 else 0
        seen[0] = flood.sent
        return seen[1] > 60  # looks, two milliseconds apart, without progress

    eventually(stands_still, "the standstill")
    assert not flood.done.is_set()


def test_a_public_stream_is_read_no_more_while_its_handlers_are_slow():
    """TCP stops the exchange; one event says so; pings go on and no pong is missed; then everything arrives."""
    flood = Flood()
    with PushServer(KEY, flood) as server:
        server.ping_interval = 1000
        with server.client(pong_timeout=0.3) as client:
            events, gate = Recorder(client), Gate()
            client.subscribe(given(KEY), KEY, handler=gate)
            (event,) = events.wait_for("exception")
            assert isinstance(event.error, SlowConsumerError)
            assert event.ws_key is KEY
            stalled(flood)
            assert flood.sent < FLOOD * 0.9
            pings = len(server.peers[0].pings)
            eventually(lambda: len(server.peers[0].pings) >= pings + 2, "pings while nothing is read")
            assert events.life() == ["open", "authenticated"], "nobody took it for dead"
            assert len(events.named("exception")) == 1
            gate.open.set()
            eventually(lambda: len(gate.numbers) == FLOOD, "all of them")
            assert gate.numbers == list(range(FLOOD))
            assert len(server.peers) == 1


def test_what_waits_is_bounded():
    """However much the exchange would send."""
    flood = Flood(100_000)
    with PushServer(KEY, flood) as server, server.client() as client:
        gate = Gate()
        client.subscribe(given(KEY), KEY, handler=gate)
        dispatcher = client._streams.of(KEY)._dispatcher  # type: ignore[union-attr]  # there is one
        eventually(lambda: dispatcher.full, "too many that wait")
        stalled(flood)
        assert 10_000 < dispatcher._submitted - dispatcher._handled < 11_000, "and what one read has brought"
        assert flood.sent < 40_000
        gate.open.set()
        client.close(KEY)


def test_a_private_stream_is_always_read():
    """What happens to one's own orders is never held up; nothing is dropped."""
    flood = Flood(20_000, pad="")
    with PushServer(PRIVATE, flood) as server, server.client() as client:
        events, gate = Recorder(client), Gate()
        client.subscribe(given(PRIVATE), PRIVATE, handler=gate)
        assert flood.done.wait(20), "the server has got rid of all"
        assert gate.numbers == []
        assert events.named("exception") == []
        gate.open.set()
        eventually(lambda: len(gate.numbers) == 20_000, "all of them")
        assert gate.numbers == list(range(20_000))


def test_orders_do_not_wait_for_slow_handlers():
    """Another connection, another thread, and callbacks of their own."""
    flood = Flood()
    with (
        FaultServer(serve_orders) as orders,
        PushServer(KEY, flood) as server,
        client_of(orders, rest_url=server.rest_url) as client,
    ):
        events, gate = Recorder(client), Gate()
        client.subscribe(given(KEY), KEY, handler=gate)
        events.wait_for("exception")
        stalled(flood)
        called: list[Any] = []
        for number in range(20):
            future = place(client, f"order-{number}")
            future.add_done_callback(called.append)
            assert outcome(future).code == "200000"
        eventually(lambda: len(called) == 20, "the callbacks")
        assert gate.numbers == []
        gate.open.set()
        client.close(KEY)


def test_a_connection_that_is_lost_while_it_is_not_read_comes_back_at_once():
    """The login is read although the handlers are still busy with the last connection."""

    def cut(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.push(A, *range(12_000))
        eventually(lambda: server_told.is_set(), "the event")
        peer.peer.reset()

    def second(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.push(A, 12_000)
        peer.serve()

    server_told = threading.Event()
    with PushServer(KEY, cut, second) as server:
        server.ping_interval = 1000  # it is a ping that finds out
        with server.client() as client:
            events, gate = Recorder(client), Gate()
            client.on("exception", lambda _: server_told.set())
            client.subscribe(given(KEY), KEY, handler=gate)
            events.wait_for("authenticated", 2)
            assert all(isinstance(event.error, SlowConsumerError) for event in events.named("exception"))
            gate.open.set()
            eventually(lambda: gate.numbers[-1:] == [12_000], "the last update")


# The iterator


def sending(count: int) -> Callable[[PushPeer], None]:
    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.push(named(peer.key)[0], *range(count))
        peer.serve()

    return script


def test_an_iterator_gives_all_updates_in_order():
    """Blocking until there is one; it ends with its ``with``."""
    with PushServer(KEY, sending(100)) as server, server.client() as client:
        with client.updates(KEY) as updates:
            assert updates.next(timeout=0.01) is None
            client.subscribe(A, KEY)
            assert [number_of(next(updates)) for _ in range(100)] == list(range(100))
            assert updates.next(timeout=0.01) is None
        assert list(updates) == []


def test_what_waits_at_the_end_can_still_be_taken():
    """Of a client that was closed too."""
    with PushServer(KEY, sending(10)) as server, server.client() as client:
        updates, handler = client.updates(KEY), Updates()
        client.subscribe(A, KEY, handler=handler)
        handler.wait_for(10)
        client.close_all()
        assert [number_of(update) for update in updates] == list(range(10))
        assert list(client.updates(KEY)) == []


def test_iterators_are_independent():
    """Of all topics or of some; each sees everything, beside the handlers."""
    with PushServer(KEY) as server, server.client() as client:
        everything, some, handler = client.updates(KEY), client.updates(KEY, A), Updates()
        outcome(client.subscribe(given(KEY, 2), KEY, handler=handler))
        first, second = named(KEY, 2)
        server.peer().push(first, 1)
        server.peer().push(second, 2)
        server.peer().push(first, 3)
        handler.wait_for(3)
        everything.close()
        some.close()
        assert [number_of(update) for update in everything] == [1, 2, 3]
        assert [number_of(update) for update in some] == [1, 3]


@pytest.mark.parametrize("how", ["iterator", "client", "forgotten"])
def test_close_wakes_who_waits(how):
    """The loop over the updates ends."""
    with PushServer(KEY) as server:
        client = server.client()
        outcome(client.subscribe(A, KEY))
        updates = client.updates(KEY)
        taken: list[Update] = []
        waiting = threading.Event()

        def consume() -> None:
            waiting.set()
            taken.extend(updates)

        thread = threading.Thread(target=consume)
        thread.start()
        assert waiting.wait(10)
        if how == "iterator":
            updates.close()
        elif how == "client":
            client.close_all()
        else:
            with unclosed():
                del client
                gc.collect()
        thread.join(20)
        assert not thread.is_alive()
        assert taken == []
        if how == "iterator":
            client.close_all()


@pytest.mark.parametrize("how", ["close", "client", "collected"])
def test_a_full_iterator_stops_the_reading_and_its_end_lets_go(how):
    """Closed, or forgotten; the handlers beside it go on then."""
    flood = Flood()
    with PushServer(KEY, flood) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        updates = client.updates(KEY)
        client.subscribe(A, KEY, handler=handler)
        (event,) = events.wait_for("exception")
        assert isinstance(event.error, SlowConsumerError)
        stalled(flood)
        if how == "close":
            updates.close()
        elif how == "client":
            client.close_all()
        else:
            reference = weakref.ref(updates)
            del updates
            gc.collect()
            assert reference() is None
        if how == "client":
            assert our_threads() == []
        else:
            assert handler.wait_for(FLOOD) == list(range(FLOOD))


def test_a_full_iterator_is_drained_by_its_consumer():
    """Nothing is lost, and the socket is read again: at once, not when the loop wakes for something else."""
    flood = Flood()
    with PushServer(KEY, flood) as server, server.client(ping_interval=600, request_timeout=600) as client:
        updates = client.updates(KEY)
        client.subscribe(A, KEY)
        stalled(flood)
        for number in range(FLOOD):
            update = updates.next(timeout=20)
            assert update is not None
            assert number_of(update) == number


def test_a_private_iterator_is_never_full():
    """The socket is read whatever waits."""
    flood = Flood(20_000, pad="")
    with PushServer(PRIVATE, flood) as server, server.client() as client:
        updates = client.updates(PRIVATE)
        client.subscribe(given(PRIVATE), PRIVATE)
        assert flood.done.wait(20)
        assert [number_of(next(updates)) for _ in range(20_000)] == list(range(20_000))


def test_a_forgotten_iterator_leaves_nothing():
    """Not even its place among the handlers."""
    with PushServer(KEY) as server, server.client() as client:
        outcome(client.subscribe(A, KEY))
        for _ in range(50):
            client.updates(KEY)
            client.updates(KEY, A)
        gc.collect()
        (handlers,) = client._streams._handlers.values()
        assert handlers.of(A) == ()
        assert list(client._streams._buffers) == []


def test_an_iterator_in_a_cycle_with_its_client_is_collected():
    """A strategy that has both, and a handler."""

    class Strategy:
        def __init__(self, client: WebsocketClient) -> None:
            self.client = client
            self.updates = client.updates(KEY)
            self.heard = threading.Event()
            self.future = client.subscribe(A, KEY, handler=self.hear)
            client.on("update", self.hear)

        def hear(self, update: Update) -> None:
            self.heard.set()

    with PushServer(KEY, sending(1)) as server:
        strategy = Strategy(server.client())
        outcome(strategy.future)
        assert strategy.heard.wait(10)
        reference = weakref.ref(strategy)
        with unclosed():
            del strategy
            eventually(lambda: gc.collect() is not None and reference() is None, "the collection")
        eventually(lambda: list(our_threads()) == [], "the end of the threads")
