"""The life of push connections: heartbeat, losses, close in every state, forgetting, and what is left behind."""

from __future__ import annotations

import gc
import itertools
import os
import threading
import time
import weakref
from typing import Any

import pytest
from child import Child
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, refused_port
from fault_support import Recorder, eventually, outcome, settled
from push_server import (
    PushPeer,
    PushServer,
    Updates,
    given,
    named,
    our_threads,
    refuse_all,
    serve,
    unclosed,
)

from kucoin_wsapi import SubscriptionError, TransportError, WebsocketClient, WsKey

KEY, PRO = WsKey.SPOT_PUBLIC_V1, WsKey.PRIVATE_PRO_V2
A, B, C = named(KEY, 3)
KINDS = [KEY, WsKey.FUTURES_PRIVATE_V1, PRO]  # one of each way to get in
each_kind = pytest.mark.parametrize("key", KINDS, ids=lambda key: key.value)


# Heartbeat


@pytest.mark.parametrize("key", [KEY, PRO])
def test_pings_are_those_of_the_generation(key):
    """At the interval that the door, or the welcome, has told; an answered one keeps the connection."""
    with PushServer(key, lambda peer: (peer.log_in(1000), peer.serve())) as server:
        server.ping_interval = 1000
        with server.client() as client:
            started = time.monotonic()
            client.connect(key)
            eventually(lambda: server.peers[0].pings, "a ping")
            assert time.monotonic() - started > 0.8
            (ping,) = server.peers[0].pings
            if key.is_pro:
                assert ping["op"] == "ping"
                assert abs(ping["timestamp"] - time.time() * 1000) < 30_000
            else:
                assert ping == {"id": ping["id"], "type": "ping"}
            assert len(server.peers) == 1


@pytest.mark.parametrize("key", [KEY, PRO])
def test_an_exchange_that_is_silent_is_left(key):
    """And everything is subscribed again where somebody answers."""

    def die(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        while True:
            peer.peer.next_text()

    with PushServer(key, die, serve) as server, server.client(ping_interval=1, pong_timeout=0.05) as client:
        events = Recorder(client)
        outcome(client.subscribe(given(key), key))
        eventually(lambda: len(server.requests(1)) == 1, "the subscription on the second connection")
        (lost,) = events.named("reconnect")
        assert "no sign of life" in str(lost.reason)


# Losses


def cut(peer: PushPeer) -> None:
    """A connection that ends after its first subscription."""
    peer.log_in()
    peer.ack(peer.next())
    peer.peer.reset()


@pytest.mark.parametrize("how", ["end", "reset", "close", "error and close", "broken frame"])
def test_however_a_connection_ends_another_one_follows(how):
    """With all subscriptions, and without a failed call."""

    def end(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        if how == "error and close":
            peer.say({"id": "x", "type": "error", "code": 400, "data": "ping timeout"})
        if how == "broken frame":
            peer.peer.send(b"\xff\xff")
            peer.peer.await_end()
        {"end": peer.peer.end, "reset": peer.peer.reset}.get(how, peer.peer.close)()
        peer.peer.await_end()

    with PushServer(KEY, end, serve) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        outcome(client.subscribe([A, B], KEY, handler=handler))
        eventually(lambda: len(server.requests(1)) == 1, "the subscription")
        server.peer(1).push(A, 1)
        handler.wait_for(1)
        events.wait_for("authenticated", 2)
        assert events.life() == ["open", "authenticated", "reconnect", "reconnected", "authenticated"]
        assert [type(event.error).__name__ for event in events.named("exception")] == (
            ["ProtocolError"] if how == "error and close" else []
        )


def test_a_call_while_there_is_no_connection_waits_for_one():
    """Through failed attempts."""
    busy = threading.Event()

    def fail(peer: PushPeer) -> None:
        peer.accept()
        busy.set()
        peer.peer.reset()

    with PushServer(KEY, fail, fail, fail, serve) as server, server.client() as client:
        first = client.subscribe(A, KEY)
        assert busy.wait(10)
        second = client.subscribe(B, KEY)
        assert settled([first, second]) == [(A,), (B,)]


def test_a_call_that_is_on_its_way_when_the_connection_ends_is_settled_by_the_next():
    """Its ack was lost."""

    def keep_silent(peer: PushPeer) -> None:
        peer.log_in()
        peer.next()
        peer.peer.reset()

    with PushServer(KEY, keep_silent, serve) as server, server.client() as client:
        assert outcome(client.subscribe([A, B], KEY)) == (A, B)


def test_many_reconnections_leave_nothing_behind():
    """Neither threads nor descriptors nor objects."""

    def short(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.peer.end()

    with PushServer(WsKey.SPOT_PUBLIC_PRO_V2, short) as server, server.client() as client:
        key = server.key
        # The bound on attempts would make this take minutes: the bucket is filled again by hand.
        outcome(client.subscribe(given(key), key))
        schedule = client._streams.of(key)._loop.protocol.life._schedule  # type: ignore[union-attr]  # there is one

        def connections(count: int) -> bool:
            schedule.tokens = 15.0
            client.connect(key, 10)
            return len(server.peers) >= count

        eventually(lambda: connections(20), "20 connections")
        before = len(os.listdir("/proc/self/fd")), len(our_threads())
        eventually(lambda: connections(120), "120 connections")
        after = len(os.listdir("/proc/self/fd"))
        assert after <= before[0] + 10, "the server's ends among them"
        # Those that connect come and go.
        eventually(lambda: len(our_threads()) <= before[1] + 1, "no more threads than before")
        protocol = client._streams.of(key)._loop.protocol  # type: ignore[union-attr]  # there is one
        with client._streams.of(key)._lock:  # type: ignore[union-attr]  # there is one
            assert len(protocol.table._sent) + len(protocol.table._queue) <= 1
            assert len(protocol.table._last) <= 1
        client.close_all()


# Close


def mute(peer: PushPeer) -> None:
    """Accepts the socket, and says nothing."""
    peer.accept()
    peer.peer.await_end()


def silent(peer: PushPeer) -> None:
    """Lets in, and answers nothing."""
    peer.log_in()
    peer.peer.await_end()


@each_kind
@pytest.mark.parametrize("script", [mute, silent, cut, serve, refuse_all], ids=lambda script: script.__name__)
def test_close_settles_everything_in_every_state(key, script):
    """At once, wherever the connection is; what is asked for then fails."""
    with PushServer(key, script) as server:
        client = server.client()
        futures = [client.subscribe(given(key), key), client.subscribe(given(key, 2), key)]
        eventually(lambda: server.peers, "the connection")
        futures.append(client.unsubscribe(given(key), key))
        started = time.monotonic()
        client.close_all()
        assert time.monotonic() - started < 5
        futures += [client.subscribe(given(key), key), client.unsubscribe(given(key), key)]
        results = settled(futures)
        assert isinstance(results[-2], SubscriptionError)
        assert "closed" in str(results[-2])
        assert repr(client).startswith("<WebsocketClient closed")
        with pytest.raises(TransportError, match="closed"):
            client.connect(key)
        assert list(client.updates(key)) == []
        assert [name for name in our_threads() if not name.endswith(("-dial", "-sign"))] == []


def test_close_before_anything_is_connected():
    """And twice."""
    with refused_port() as url:
        client = WebsocketClient(ws_url=url, rest_url="http" + url[2:])
        future = client.subscribe(A, KEY)
        client.close_all()
        client.close_all()
        assert "closed" in str(outcome(future))


def test_connect_after_close_of_a_key_subscribes_again():
    """What had been acknowledged; its handlers are called again. Until then what is asked for fails at once."""
    with PushServer(KEY) as server, server.client() as client:
        handler = Updates()
        outcome(client.subscribe([A, B], KEY, handler=handler))
        client.close(KEY)
        assert client.subscriptions(KEY) == (A, B)
        assert isinstance(outcome(client.subscribe(C, KEY)), SubscriptionError)
        assert outcome(client.unsubscribe(B, KEY)) == (B,)
        client.connect(KEY)
        eventually(lambda: len(server.requests(1)) == 1, "the subscription")
        assert server.requests(1)[0]["topic"] == A
        server.peer(1).push(A, 1)
        assert handler.wait_for(1) == [1]
        assert client.subscriptions(KEY) == (A,)
        assert len([name for name in our_threads() if "updates" in name]) == 1


def test_the_handlers_of_a_closed_connection_are_done_before_those_of_the_next():
    """One after the other, in order, although the first ones are slow."""

    def push_some(start: int) -> Any:
        def script(peer: PushPeer) -> None:
            peer.log_in()
            peer.ack(peer.next())
            peer.push(A, *range(start, start + 5))
            peer.serve()

        return script

    with PushServer(KEY, push_some(0), push_some(5)) as server, server.client(close_timeout=0) as client:
        release, entered, handler = threading.Event(), threading.Event(), Updates()

        def slow(update: Any) -> None:
            entered.set()
            release.wait(20)
            handler(update)

        everything = client.updates(KEY)
        client.subscribe(A, KEY, handler=slow)
        assert entered.wait(10)
        eventually(lambda: client._streams.of(KEY)._dispatcher._submitted == 5, "all five")  # type: ignore[union-attr]
        client.close(KEY)
        client.connect(KEY)
        eventually(lambda: len(server.requests(1)) == 1, "the subscription")
        release.set()
        assert handler.wait_for(10) == list(range(10))
        everything.close()
        assert len(list(everything)) == 10


def test_connect_all_connects_what_is_subscribed():
    """Also what was closed, and has subscriptions; not what has none."""
    other = WsKey.SPOT_PUBLIC_PRO_V2
    with PushServer(KEY) as server, server.client() as client:
        client.connect_all()
        assert not server.peers
        outcome(client.subscribe(A, KEY))
        client.close(KEY)
        client.connect_all()
        assert repr(client) == f"<WebsocketClient {KEY.value}: ready, 1 topics>"
        assert client._streams.of(other) is None
        outcome(client.unsubscribe(A, KEY))
        client.close(KEY)
        client.connect_all()
        assert repr(client) == f"<WebsocketClient {KEY.value}: closed, 0 topics>"


# Forgotten, at exit, after a fork, interrupted


@pytest.mark.parametrize("state", ["ready", "mute", "silent"])
def test_a_forgotten_client_ends_its_threads_whatever_it_does(state):
    """With handlers that hold it."""
    script = {"ready": serve, "mute": mute, "silent": silent}[state]
    with PushServer(KEY, script) as server:
        client = server.client(request_timeout=0.3)

        def handle(_: Any, held: WebsocketClient = client) -> None:
            assert held

        client.on("update", handle).on("exception", handle)
        future = client.subscribe(A, KEY, handler=handle)
        eventually(lambda: server.peers, "the connection")
        outcome(future)  # a pending one keeps its client
        reference = weakref.ref(client)
        with unclosed():
            del client, handle, future
            eventually(lambda: gc.collect() is not None and reference() is None, "the collection")
        eventually(lambda: our_threads() == [], "the end of the threads")


def test_a_pending_subscription_keeps_its_client():
    """Of a temporary one."""
    answer = threading.Event()

    def late(peer: PushPeer) -> None:
        peer.log_in()
        request = peer.next()
        answer.wait(20)
        peer.ack(request)
        peer.serve()

    with PushServer(KEY, late) as server:
        future = server.client().subscribe(A, KEY)
        for _ in range(3):
            gc.collect()
        with unclosed():
            answer.set()
            assert outcome(future) == (A,)
            gc.collect()
            eventually(lambda: our_threads() == [], "the end of the threads")


def child_options(server: PushServer) -> dict[str, object]:
    return {
        "ws_url": server.faults.url,
        "rest_url": server.rest_url,
        "api_key": API_KEY,
        "api_secret": API_SECRET,
        "api_passphrase": API_PASSPHRASE,
    }


def flooding(peer: PushPeer) -> None:
    """Acks, and sends without end."""
    peer.log_in()
    peer.ack(peer.next())
    for number in itertools.count(0, 100):
        peer.push(named(peer.key)[0], *range(number, number + 100))


@pytest.mark.parametrize(
    "doing",
    [
        "client.on('update', print)",
        "updates = client.updates('spotPublicV1'); time.sleep(0.5)",
        "client.on('update', lambda _: time.sleep(60))",
    ],
)
def test_a_program_that_does_not_close_ends_at_once(doing):
    """In the middle of a flood, with a handler that prints or sleeps, with an iterator that is full."""
    program = (
        f"client = WebsocketClient(**options)\n{doing}\nclient.subscribe({A!r}, 'spotPublicV1').result(10)\n"
    )
    with PushServer(KEY, flooding) as server, Child(program, child_options(server)) as child:
        status, _, errors = child.end(within=15)
        assert status == 0, errors
        assert "Traceback" not in errors
        assert "Fatal" not in errors


def test_ctrl_c_interrupts_who_waits_for_a_subscription_or_for_updates():
    """At once; the client can be closed then."""
    program = f"""
client = WebsocketClient(**options)
client.connect("spotPublicV1")
for wait in (lambda: client.subscribe({A!r}, "spotPublicV1", timeout=60).result(),
             lambda: next(client.updates("spotPublicV1"))):
    say("waiting")
    try:
        wait()
    except KeyboardInterrupt:
        say("interrupted")
client.close_all()
say([t.name for t in threading.enumerate()])
"""
    with PushServer(KEY, silent) as server, Child(program, child_options(server)) as child:
        for _ in range(2):
            assert child.hear() == "waiting"
            child.kill(2)
            assert child.hear() == "interrupted"
        assert child.hear() == "['MainThread']"
        assert child.end()[0] == 0


def test_a_forked_child_is_refused_and_leaves_the_parents_connection_alone():
    """Whoever holds whatever lock at the fork: no call of the child waits for one."""
    program = f"""
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
client = WebsocketClient(**options)
got = []
client.subscribe({A!r}, "spotPublicV1", handler=got.append).result(10)
updates = client.updates("spotPublicV1")
pending = client.subscribe({B!r}, "spotPublicV1", timeout=60)
stream = client._streams.of(WsKey.SPOT_PUBLIC_V1)
held, fork_now, forked = threading.Event(), threading.Event(), threading.Event()
def hold_all_locks():
    with stream._lock, client._streams._lock, client._lock, client._streams._handlers_of(stream._setting.ws_key)._lock:
        held.set()
        forked.wait(20)
threading.Thread(target=hold_all_locks, daemon=True).start()
held.wait(20)
child = os.fork()
if child == 0:
    try:
        for key, topic in (("spotPublicV1", {A!r}), ("futuresPublicV1", "/contractMarket/tickerV2:X")):
            for call in (client.subscribe, client.unsubscribe):
                try:
                    call(topic, key).result(5)
                except SubscriptionError as error:
                    assert "fork" in str(error), error
                else:
                    raise AssertionError("not refused")
            for refused in (lambda: client.updates(key), lambda: client.connect(key)):
                try:
                    refused()
                except TransportError as error:
                    assert "fork" in str(error), error
                else:
                    raise AssertionError("not refused")
        try:
            updates.next(1)
        except TransportError:
            pass
        try:
            pending.result(5)
        except SubscriptionError as error:
            assert "parent" in str(error)
        assert client.subscriptions("spotPublicV1") == ({A!r}, {B!r})
        repr(client)
        updates.close()
        client.close("spotPublicV1")
        client.close_all()
    except BaseException as error:
        say("child failed:", repr(error))
        os._exit(1)
    os._exit(0)
forked.set()
say("child ended", os.waitpid(child, 0)[1])
say(pending.result(10))
say(updates.next(10).topic)
client.close_all()
"""
    go_on = threading.Event()

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        request = peer.next()
        go_on.wait(20)
        peer.ack(request)
        peer.push(B, 1)
        peer.serve()

    with PushServer(KEY, script) as server, Child(program, child_options(server)) as child:
        assert child.hear() == "child ended 0"
        go_on.set()
        assert child.hear() == f"('{B}',)"
        assert child.hear() == B
        assert child.end()[0] == 0
        assert len(server.peers) == 1
