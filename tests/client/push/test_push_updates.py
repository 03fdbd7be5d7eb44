"""What a subscription brings reaches its handlers: all of it, in order, once, whatever they do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fault_support import Recorder, eventually, outcome
from push_server import (
    PUSH_KEYS,
    PushPeer,
    PushServer,
    Updates,
    given,
    message,
    named,
    number_of,
    our_threads,
    refuse_all,
)

from kucoin_wsapi import SubscriptionError, Update, WsKey
from kucoin_wsapi._stream import Stream
from kucoin_wsapi._subscribing import SubscriptionCall

KEY = WsKey.SPOT_PUBLIC_V1
A, B, C = named(KEY, 3)
all_keys = pytest.mark.parametrize("key", PUSH_KEYS, ids=lambda key: key.value)


def pushing(*numbers: int, topics: int = 1) -> Any:
    """Acks the first request, and then sends these messages of each topic, in turn."""

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        for number in numbers:
            for topic in named(peer.key, topics):
                peer.push(topic, number)
        peer.serve()

    return script


@all_keys
def test_updates_arrive_in_order_and_once(key):
    """At the handler of the topic, and at those of everything; on the thread that the key has for them."""
    with PushServer(key, pushing(*range(50))) as server, server.client() as client:
        topic_handler, everything = Updates(), Updates()
        client.on("update", everything)
        client.subscribe(given(key), key, handler=topic_handler)
        assert topic_handler.wait_for(50) == list(range(50))
        assert everything.wait_for(50) == list(range(50))
        update = topic_handler.all[0]
        assert (update.ws_key, update.topic, update.is_ws_api_response) == (key, named(key)[0], False)
        assert update.raw == message(key, named(key)[0], 0)
        (thread,) = topic_handler.threads | everything.threads
        assert f"{key.value}-updates" in thread


def test_each_topic_has_its_own_handlers():
    """And several symbols of one call share theirs."""
    with PushServer(KEY) as server, server.client() as client:
        first, both = Updates(), Updates()
        outcome(client.subscribe(A, KEY, handler=first))
        outcome(client.subscribe(f"{B},C-USDT", KEY, handler=both))
        peer = server.peer()
        for number, topic in enumerate([A, B, C, A]):
            peer.push(topic, number)
        assert first.wait_for(2) == [0, 3]
        assert both.wait_for(2) == [1, 2]


def test_a_handler_that_is_added_twice_is_called_twice():
    """As with events."""
    with PushServer(KEY) as server, server.client() as client:
        handler = Updates()
        for _ in range(2):
            outcome(client.subscribe(A, KEY, handler=handler))
        server.peer().push(A, 1)
        server.peer().push(A, 2)
        assert handler.wait_for(4) == [1, 1, 2, 2]


def test_the_handler_of_a_refused_subscription_is_forgotten():
    """When it is subscribed after all, it is not called twice."""

    def refuse_first(peer: PushPeer) -> None:
        peer.log_in()
        peer.refuse(peer.next())
        peer.serve()

    with PushServer(KEY, refuse_first) as server, server.client() as client:
        handler, other = Updates(), Updates()
        assert isinstance(outcome(client.subscribe(A, KEY, handler=handler)), SubscriptionError)
        outcome(client.subscribe(A, KEY, handler=other))
        server.peer().push(A, 1)
        other.wait_for(1)
        outcome(client.subscribe(A, KEY, handler=handler))
        server.peer().push(A, 2)
        other.wait_for(2)
        assert handler.wait_for(1) == [2]


def test_a_topic_that_is_lost_after_a_reconnection_loses_its_handlers():
    """When it is subscribed once more, as the event asks for, no handler is called twice."""

    def refuse_first(peer: PushPeer) -> None:
        peer.log_in()
        peer.refuse(peer.next())
        peer.serve()

    with PushServer(KEY, pushing(), refuse_first) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        outcome(client.subscribe(A, KEY, handler=handler))
        server.peer().peer.close()
        events.wait_for("exception", 1)
        eventually(lambda: client.subscriptions(KEY) == (), "the loss of the topic")
        outcome(client.subscribe(A, KEY, handler=handler))
        server.peer(1).push(A, 1)
        server.peer(1).push(A, 2)
        handler.wait_for(2)
        assert handler.numbers[:2] == [1, 2]


def test_a_handler_of_a_call_that_failed_before_its_topic_did_is_forgotten_too():
    """The topic is one that another call had asked for; when it is subscribed after all, nobody is called twice."""

    def refuse_both(peer: PushPeer) -> None:
        peer.log_in()
        first, second = peer.next(), peer.next()
        peer.refuse(second)
        peer.refuse(first)
        peer.serve()

    with PushServer(KEY, refuse_both) as server, server.client() as client:
        handler = Updates()
        client.connect(KEY)
        first = client.subscribe(A, KEY)
        second = client.subscribe([A, B], KEY, handler=handler)
        assert [type(outcome(call)) for call in (second, first)] == [SubscriptionError] * 2
        outcome(client.subscribe(A, KEY, handler=handler))
        server.peer().push(A, 1)
        server.peer().push(A, 2)
        handler.wait_for(2)
        assert handler.numbers[:2] == [1, 2]


def test_a_failed_duplicate_leaves_the_handler_that_was_there():
    """The same function was given with a subscription that stands."""

    def silent_after_one(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.next()
        for number in range(3):
            peer.push(A, number)
        peer.serve()

    with PushServer(KEY, silent_after_one) as server, server.client() as client:
        handler = Updates()
        outcome(client.subscribe(A, KEY, handler=handler))
        late = client.subscribe([A, B], KEY, handler=handler, timeout=0.05)
        assert isinstance(outcome(late), SubscriptionError)
        cancelled = client.subscribe([C], KEY, handler=handler)
        assert cancelled.cancel()
        handler.wait_for(3)
        server.peer().push(B, 100)
        server.peer().push(C, 100)
        server.peer().push(A, 7)
        eventually(lambda: handler.numbers[-1] == 7, "the last update")
        assert 100 not in handler.numbers


def test_a_cancel_that_meets_the_acknowledgement_is_too_late(monkeypatch):
    """And says so: what is subscribed then has its handler, and no topic is left that nobody knows of."""
    cancelling = threading.Event()
    withdraw = Stream.withdraw

    def too_late(stream: Stream, call: SubscriptionCall, cancel: Callable[[], bool]) -> bool:
        cancelling.set()
        eventually(lambda: call not in stream._loop.protocol.table._waiting, "the acknowledgement")
        return withdraw(stream, call, cancel)

    def acknowledging_late(peer: PushPeer) -> None:
        peer.log_in()
        request = peer.next()
        assert cancelling.wait(20)
        peer.ack(request)
        peer.serve()

    monkeypatch.setattr(Stream, "withdraw", too_late)
    with PushServer(KEY, acknowledging_late) as server, server.client() as client:
        handler = Updates()
        future = client.subscribe(A, KEY, handler=handler)
        eventually(lambda: len(server.requests()) == 1, "the request")
        assert not future.cancel()
        assert future.result(20) == (A,)
        server.peer().push(A, 100)
        assert handler.wait_for(1) == [100]
        assert client.subscriptions(KEY) == (A,)


def test_a_subscription_that_meets_an_end_of_the_same_has_its_handler_or_is_ended(monkeypatch):
    """Either of two threads is first: what stands afterwards is handled, once, and what does not has no handler."""
    subscribe, unsubscribe = Stream.subscribe, Stream.unsubscribe
    with PushServer(KEY) as server, server.client() as client:
        first, second, third = Updates(), Updates(), Updates()
        outcome(client.subscribe(A, KEY, handler=first))

        def after_an_end(stream: Stream, call: SubscriptionCall) -> None:
            monkeypatch.setattr(Stream, "subscribe", subscribe)
            outcome(client.unsubscribe(A, KEY))
            subscribe(stream, call)

        monkeypatch.setattr(Stream, "subscribe", after_an_end)
        outcome(client.subscribe(A, KEY, handler=second))
        server.peer().push(A, 1)
        assert second.wait_for(1) == [1]

        def after_a_beginning(stream: Stream, call: SubscriptionCall) -> None:
            outcome(client.subscribe(A, KEY, handler=third))
            unsubscribe(stream, call)

        monkeypatch.setattr(Stream, "unsubscribe", after_a_beginning)
        outcome(client.unsubscribe(A, KEY))
        outcome(client.subscribe(A, KEY, handler=second))
        server.peer().push(A, 2)
        server.peer().push(A, 3)
        assert second.wait_for(3) == [1, 2, 3]
        assert (first.numbers, third.numbers) == ([], [])


def test_an_iterator_over_a_topic_outlives_the_end_of_its_subscription():
    """It came with none: what is subscribed once more it takes once more, and once."""
    with PushServer(KEY) as server, server.client() as client, client.updates(KEY, A) as updates:
        for number in range(2):
            outcome(client.subscribe(A, KEY, handler=Updates()))
            server.peer().push(A, number)
            update = updates.next(20)
            assert update is not None
            assert number_of(update) == number
            outcome(client.unsubscribe(A, KEY))
        assert updates.next(0) is None


def test_a_handler_that_raises_stops_nothing(errors_expected):
    """It is reported each time, and the others are called."""

    def fail(update: Update) -> None:
        raise RuntimeError(f"handler of {number_of(update)}")

    with PushServer(KEY, pushing(0, 1, 2)) as server, server.client() as client:
        events, after = Recorder(client), Updates()
        client.on("update", fail)
        client.subscribe(A, KEY, handler=after)
        assert after.wait_for(3) == [0, 1, 2]
        told = events.wait_for("exception", 3)
        assert [str(event.error) for event in told] == [f"handler of {number}" for number in range(3)]
        assert {event.ws_key for event in told} == {KEY}


def test_handlers_may_come_and_go_while_they_are_called():
    """One that removes itself hears nothing more; one for once hears one."""
    with PushServer(KEY, pushing(*range(10))) as server, server.client() as client:
        heard: list[int] = []

        def leave(update: Update) -> None:
            heard.append(number_of(update))
            if len(heard) == 3:
                client.off("update", leave)

        once, always = Updates(), Updates()
        client.on("update", leave)
        client.once("update", once)
        client.subscribe(A, KEY, handler=always)
        always.wait_for(10)
        assert heard == [0, 1, 2]
        assert once.numbers == [0]


def test_a_handler_may_use_the_client():
    """Subscribe, wait for the ack, unsubscribe: its thread is not the one that reads."""
    with PushServer(KEY, pushing(0, 1)) as server, server.client() as client:
        done: list[Any] = []

        def act(update: Update) -> None:
            if number_of(update) == 0:
                done.append(client.subscribe(B, KEY).result(10))
                done.append(client.unsubscribe(B, KEY).result(10))
                done.append(client.subscriptions(KEY))
                client.connect(KEY)
                done.append(repr(client))
            else:
                done.append(number_of(update))

        client.subscribe(A, KEY, handler=act)
        eventually(lambda: len(done) == 5, "all of it")
        assert done == [(B,), (B,), (A,), f"<WebsocketClient {KEY.value}: ready, 1 topics>", 1]


@pytest.mark.parametrize("how", ["close_all", "close"])
def test_a_handler_may_close(how):
    """The client, or its own connection."""
    with PushServer(KEY, pushing(*range(5))) as server, server.client() as client:
        events, closed = Recorder(client), threading.Event()

        def close(update: Update) -> None:
            if number_of(update) == 2:
                if how == "close":
                    client.close(KEY)
                else:
                    client.close_all()
                closed.set()

        client.subscribe(A, KEY, handler=close)
        assert closed.wait(10)
        events.wait_for("close")
        eventually(
            lambda: not [name for name in our_threads() if "callbacks" not in name], "the threads' end"
        )


def test_handlers_run_on_their_own_thread_to_the_last():
    """Not on the one that reads, when an update comes while the connection is being closed."""
    flood = threading.Event()

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        flood.set()
        number = 0
        while True:
            peer.push(A, *range(number, number + 50))
            number += 50

    for _ in range(3):
        flood.clear()
        with PushServer(KEY, script) as server, server.client(close_timeout=2) as client:
            handler = Updates()
            client.subscribe(A, KEY, handler=handler)
            handler.wait_for(100)
            client.close_all()
            numbers = handler.numbers
            assert numbers == list(range(len(numbers)))
            assert len(handler.threads) == 1
            assert "updates" in handler.threads.pop()


def test_close_waits_for_handlers_up_to_its_time():
    """What had been received is handled; when it returns, nothing is called any more."""
    with PushServer(KEY, pushing(*range(200))) as server, server.client(close_timeout=5) as client:
        handler = Updates()
        pause = threading.Event()

        def slow(update: Update) -> None:
            pause.wait(0.002)
            handler(update)

        client.subscribe(A, KEY, handler=slow)
        handler.wait_for(5)
        client.close_all()
        assert handler.numbers == list(range(len(handler.all)))
        assert [name for name in our_threads() if "updates" in name] == []


def test_an_unknown_topic_is_told_raw():
    """As the exchange wrote it, to those who listen to everything."""
    with PushServer(KEY) as server, server.client() as client:
        everything, other = Updates(), Updates()
        client.on("update", everything)
        outcome(client.subscribe(A, KEY, handler=other))
        server.peer().say(
            {"type": "message", "topic": "/new/thing:X", "subject": "s", "data": {"sequence": 1}}
        )
        everything.wait_for(1)
        (update,) = everything.all
        assert update.topic == "/new/thing:X"
        assert update.data == {"sequence": 1}
        assert other.all == []


def test_a_message_of_an_unknown_type_is_passed_over():
    """KuCoin documents that others may appear; the connection lives on, however many there are."""

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        for _ in range(30):
            peer.say(*[{"type": "notice", "data": "maintenance"}] * 50)
        peer.push(A, 1)
        peer.serve()

    with PushServer(KEY, script) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        client.subscribe(A, KEY, handler=handler)
        assert handler.wait_for(1) == [1]
        assert events.named("exception") == []
        assert len(server.peers) == 1


def test_what_cannot_be_read_is_an_event():
    """And the updates after it arrive."""

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.say("no JSON {", "[1]", "{}")
        peer.push(A, 1)
        peer.serve()

    with PushServer(KEY, script) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        client.subscribe(A, KEY, handler=handler)
        assert handler.wait_for(1) == [1]
        assert len(events.wait_for("exception", 3)) == 3


def test_after_the_end_of_a_subscription_its_handler_hears_nothing():
    """What is on its way still reaches those who listen to everything."""
    ended = threading.Event()

    def script(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.push(A, 0)
        end = peer.next()
        ended.wait(20)
        peer.push(A, 1)
        peer.ack(end)
        peer.push(A, 2)
        peer.serve()

    with PushServer(KEY, script) as server, server.client() as client:
        handler, everything = Updates(), Updates()
        client.on("update", everything)
        client.subscribe(A, KEY, handler=handler)
        handler.wait_for(1)
        future = client.unsubscribe(A, KEY)
        ended.set()
        assert outcome(future) == (A,)
        assert everything.wait_for(3) == [0, 1, 2]
        assert handler.numbers == [0]
        assert {update.topic for update in everything.all} == {A}


@pytest.mark.parametrize("key", [KEY, WsKey.FUTURES_PRIVATE_V1, WsKey.PRIVATE_PRO_V2])
def test_after_a_loss_updates_come_again(key):
    """To the same handlers, without anybody doing anything."""

    def once(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.push(named(key)[0], 0)
        peer.peer.end()

    with PushServer(key, once, pushing(1)) as server, server.client() as client:
        events, handler = Recorder(client), Updates()
        client.subscribe(given(key), key, handler=handler)
        assert handler.wait_for(2) == [0, 1]
        events.wait_for("authenticated", 2)
        assert events.life() == ["open", "authenticated", "reconnect", "reconnected", "authenticated"]
        assert [json.dumps(r) for r in server.requests(1)] == [
            json.dumps({**r, "id": server.requests(1)[0]["id"]}) for r in server.requests(0)
        ]


def test_after_a_loss_updates_come_again_from_a_busy_exchange():
    """Which refuses at first what it had granted before; nobody has to do anything."""

    def lose(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        peer.peer.reset()

    def grant_later(peer: PushPeer) -> None:
        peer.log_in()
        peer.refuse(peer.next(), 500, "system error")
        peer.ack(peer.next())
        peer.push(named(KEY)[0], 1)
        peer.serve()

    with PushServer(KEY, lose, grant_later) as server, server.client(request_timeout=0.3) as client:
        events, updates = Recorder(client), Updates()
        outcome(client.subscribe(given(KEY), KEY, handler=updates, timeout=5))
        assert updates.wait_for(1) == [1]
        errors = [event.error for event in events.wait_for("exception", 2)]
        refusals = [str(error) for error in errors if isinstance(error, SubscriptionError)]
        assert "system error" in refusals[0]


def test_handlers_of_two_keys_do_not_wait_for_each_other():
    """Each key has its thread."""
    other = WsKey.FUTURES_PUBLIC_V1
    with PushServer(KEY, pushing(0)) as spot, PushServer(other, pushing(1)) as futures:
        release = threading.Event()
        with spot.client() as blocked_client, futures.client() as client:
            blocked_client.subscribe(A, KEY, handler=lambda _: release.wait(20))
            handler = Updates()
            client.subscribe(given(other), other, handler=handler)
            handler.wait_for(1)
            release.set()


def test_done_callbacks_run_on_the_callback_thread():
    """As those of requests do."""
    with PushServer(KEY) as server, server.client() as client:
        threads: list[str] = []
        future = client.subscribe(A, KEY)
        future.add_done_callback(lambda _: threads.append(threading.current_thread().name))
        eventually(lambda: threads, "the callback")
        assert "callbacks" in threads[0]


def test_what_is_refused_is_told_to_the_future_only():
    """A refusal that somebody waits for is no event."""
    with PushServer(KEY, refuse_all) as server, server.client() as client:
        events = Recorder(client)
        error = outcome(client.subscribe(A, KEY))
        assert (error.code, error.message, error.topics) == ("404", "topic does not exist", (A,))
        assert events.named("exception") == []
