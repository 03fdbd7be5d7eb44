"""A connection that has stood for long is replaced by another one, and nobody notices."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fault_server import CLOSE, FaultServer, Peer, refusal, serve, success
from fault_support import SPOT, Recorder, client_of, eventually, outcome, place, settled

from kucoin_wsapi import (
    AuthenticationError,
    ClientClosedError,
    ConnectionState,
    ReplyTimeoutError,
    WebsocketClient,
    WSAPIResponse,
)
from kucoin_wsapi._connection import Connection
from kucoin_wsapi._loop_thread import LoopThread
from kucoin_wsapi._renewal import Renewal

LIFE = ["open", "authenticated"]
RENEWAL = ["reconnected", "authenticated"]


def oids(server: FaultServer) -> list[str]:
    """The client ids of all orders, in the order in which they came to a peer, peer by peer."""
    return [request["args"]["clientOid"] for request in server.requests]


def until_renewed(recorder: Recorder, server: FaultServer, times: int = 1) -> None:
    """The other connection is logged in, and the elder one gone."""
    recorder.wait_for("authenticated", times + 1)
    eventually(lambda: any(opcode == CLOSE for opcode, _ in server.peers[times - 1].frames), "a close frame")


def test_an_idle_connection_is_replaced_without_a_gap() -> None:
    """The new one is logged in before the old one is closed, politely; nothing counts as lost."""
    with FaultServer(serve) as server, client_of(server, max_connection_age=0.3) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        until_renewed(recorder, server)

        assert recorder.life() == LIFE + RENEWAL
        assert [event.generation for event in recorder.named("authenticated")] == [1, 2]
        assert server.peers[0].frames[-1] == (CLOSE, (1000).to_bytes(2, "big"))
        assert isinstance(outcome(place(client, "after", timeout=5)), WSAPIResponse)
        assert recorder.named("reconnect") == recorder.named("exception") == recorder.named("close") == []
    assert recorder.life()[-1] == "close"
    assert len(recorder.named("close")) == 1


def test_under_load_no_request_fails_and_none_overtakes_another() -> None:
    """Threads that place order after order, through one renewal after the other."""
    with FaultServer(serve) as server, client_of(server, max_connection_age=0.1) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        results: list[Any] = []
        stop = threading.Event()

        def trade(name: str) -> None:
            number = 0
            while not stop.is_set():
                futures = [place(client, f"{name}-{number + step}") for step in range(3)]
                number += 3
                results.extend(settled(futures))

        threads = [threading.Thread(target=trade, args=(f"t{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            recorder.wait_for("authenticated", 5)
        finally:
            stop.set()
            for thread in threads:
                thread.join()

        assert {type(result) for result in results} == {WSAPIResponse}
        assert recorder.named("exception") == recorder.named("reconnect") == []
        seen = oids(server)
        assert len(seen) == len(set(seen)) == len(results)
        for thread_number in range(4):
            mine = [int(oid.split("-")[1]) for oid in seen if oid.startswith(f"t{thread_number}-")]
            assert mine == sorted(mine)
        assert len(server.peers) >= 5


def test_it_waits_for_a_request_in_flight_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """New requests are held for a moment, then sent over the old connection, which goes on."""
    monkeypatch.setattr("kucoin_wsapi._renewal._PATIENCE", 0.05)
    monkeypatch.setattr("kucoin_wsapi._renewal._HOLD", 0.3)
    monkeypatch.setattr("kucoin_wsapi._renewal._PAUSE", 0.2)
    answer_the_first = threading.Event()

    def slow_first(peer: Peer) -> None:
        peer.log_in()
        first = peer.next_request()
        while not answer_the_first.is_set():
            peer.say(success(peer.next_request()))
        peer.say(success(first))
        peer.answer_all()

    with FaultServer(slow_first, serve) as server, client_of(server, max_connection_age=0.2) as client:
        recorder = Recorder(client)
        slow = place(client, "slow", timeout=30)
        recorder.wait_for("authenticated", 2)
        loop = client._connections[SPOT]._loop
        eventually(lambda: loop.protocol.holding, "the hold")
        held = place(client, "held")
        assert isinstance(outcome(held), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.peers[0].requests] == ["slow", "held"]

        answer_the_first.set()
        assert isinstance(outcome(place(client, "over the old one")), WSAPIResponse)
        assert isinstance(outcome(slow), WSAPIResponse)
        until_renewed(recorder, server)
        assert isinstance(outcome(place(client, "over the new one")), WSAPIResponse)
        assert recorder.life() == LIFE + RENEWAL
        assert server.peers[1].requests[-1]["args"]["clientOid"] == "over the new one"


def test_what_follows_an_order_that_timed_out_does_not_overtake_it_over_the_new_connection() -> None:
    """It may be on its way still: a cancel that arrives before its order would find nothing."""
    read = threading.Event()

    def read_late(peer: Peer) -> None:
        peer.log_in()
        assert read.wait(20)
        peer.next_request()
        peer.answer_all()

    with (
        FaultServer(read_late, serve) as server,
        client_of(server, max_connection_age=0.2, pong_timeout=30) as client,
    ):
        recorder = Recorder(client)
        client.connect(SPOT)
        assert type(outcome(place(client, "order", timeout=0.1))) is ReplyTimeoutError
        recorder.wait_for("authenticated", 2)
        cancel = place(client, "cancel", timeout=20)
        read.set()
        assert isinstance(outcome(cancel), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.peers[0].requests] == ["order", "cancel"]
        until_renewed(recorder, server)  # as that answer shows that both have arrived
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert server.peers[1].requests[-1]["args"]["clientOid"] == "after"


def never_answer_the_first(peer: Peer) -> None:
    """All the others."""
    peer.log_in()
    peer.next_request()
    peer.answer_all()


def hold_three(client: WebsocketClient) -> list[Any]:
    """The outcomes of three orders that are held because of one that is never answered."""
    place(client, "slow", timeout=60)
    eventually(lambda: client._connections[SPOT]._loop.protocol.holding, "the hold")
    return settled([place(client, f"held-{number}") for number in range(3)])


def test_what_was_held_in_vain_is_sent_at_the_end_of_the_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself: no ping, no deadline and no other request has to come along."""
    monkeypatch.setattr("kucoin_wsapi._renewal._PATIENCE", 0.05)
    monkeypatch.setattr("kucoin_wsapi._renewal._HOLD", 0.2)
    never = dict.fromkeys(("max_send_delay", "request_timeout", "ping_interval", "connect_timeout"), 600.0)
    with (
        FaultServer(never_answer_the_first, serve) as server,
        client_of(server, max_connection_age=0.2, **never) as client,
    ):
        assert {type(result) for result in hold_three(client)} == {WSAPIResponse}
        assert oids(server) == ["slow", "held-0", "held-1", "held-2"]


@pytest.mark.parametrize("limits", [{"max_send_delay": 0.5}, {"request_timeout": 0.5}], ids=str)
def test_what_may_not_wait_for_long_is_not_held_for_long(
    limits: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request fails because of the renewal, however short its time; that is tried again later."""
    monkeypatch.setattr("kucoin_wsapi._renewal._PATIENCE", 0.05)
    with (
        FaultServer(never_answer_the_first, serve) as server,
        client_of(server, max_connection_age=0.2, **limits) as client,
    ):
        assert {type(result) for result in hold_three(client)} == {WSAPIResponse}
        assert oids(server) == ["slow", "held-0", "held-1", "held-2"]


def test_what_is_held_goes_over_the_new_connection_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was cancelled while it was held goes nowhere; a future cancelled after that is the new one's."""
    monkeypatch.setattr("kucoin_wsapi._renewal._PATIENCE", 0.05)
    monkeypatch.setattr("kucoin_wsapi._renewal._HOLD", 20.0)
    answer = threading.Event()

    def wait_then_answer(peer: Peer) -> None:
        peer.log_in()
        first = peer.next_request()
        assert answer.wait(20)
        peer.say(success(first))
        peer.read_on()

    options = {"max_connection_age": 0.2, "max_send_delay": 20.0, "request_timeout": 20.0}
    with FaultServer(wait_then_answer, serve) as server, client_of(server, **options) as client:
        first = place(client, "first")
        loop_of = client._connections
        eventually(lambda: loop_of[SPOT]._loop.protocol.holding, "the hold")
        held = [place(client, f"held-{number}") for number in range(5)]
        assert held[2].cancel()
        answer.set()

        del held[2]
        assert all(isinstance(result, WSAPIResponse) for result in settled([first, *held]))
        assert oids(server) == ["first", "held-0", "held-1", "held-3", "held-4"]
        assert len(server.peers[0].requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        lambda peer: peer.reset(),
        lambda peer: (peer.upgrade(), peer.say(refusal("400004"))),
        lambda peer: (peer.upgrade(), peer.say(refusal("500000"))),
    ],
    ids=["no connection", "key refused", "exchange in trouble"],
)
def test_a_renewal_that_fails_leaves_the_old_connection_alone(
    fault: Callable[[Peer], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is told; orders go on over the old one; it is tried again."""
    monkeypatch.setattr("kucoin_wsapi._life._RENEWAL_PAUSE", 0.3)
    with (
        FaultServer(serve, fault, fault, serve) as server,
        client_of(server, max_connection_age=0.2) as client,
    ):
        recorder = Recorder(client)
        client.connect(SPOT)
        assert recorder.wait_for("exception")
        assert client._connections[SPOT].status()[0] is ConnectionState.READY
        assert isinstance(outcome(place(client, "meanwhile")), WSAPIResponse)
        eventually(lambda: len(server.peers) >= 4, "another attempt that succeeds")
        until_renewed(recorder, server)
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert recorder.named("close") == recorder.named("reconnect") == []


def test_a_renewal_for_which_there_was_no_thread_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would never be on its way, and the exchange would cut the old connection."""
    monkeypatch.setattr("kucoin_wsapi._life._RENEWAL_PAUSE", 0.3)
    start = threading.Thread.start
    loops: list[threading.Thread] = []

    def no_second_loop(thread: threading.Thread) -> None:
        if isinstance(getattr(getattr(thread, "_target", None), "__self__", None), LoopThread):
            loops.append(thread)
            if len(loops) == 2:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", no_second_loop)
    with FaultServer(serve) as server, client_of(server, max_connection_age=0.2) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        until_renewed(recorder, server)
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert len(loops) == 3


def test_a_key_that_is_refused_now_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old login holds until its end: a day to mend it."""
    with (
        FaultServer(serve, lambda peer: (peer.upgrade(), peer.say(refusal("400004")))) as server,
        client_of(server, max_connection_age=0.2) as client,
    ):
        recorder = Recorder(client)
        client.connect(SPOT)
        (event,) = recorder.wait_for("exception")
        assert isinstance(event.error, AuthenticationError)
        eventually(lambda: client._connections[SPOT]._loop.renewal is None, "the end of the attempt")
        assert isinstance(outcome(place(client, "meanwhile")), WSAPIResponse)


def test_the_old_connection_may_be_lost_while_the_new_one_logs_in() -> None:
    """Then whichever is ready first serves, and both end with the client."""
    go_on = threading.Event()

    def slow_login(peer: Peer) -> None:
        assert go_on.wait(20)
        serve(peer)

    def cut(peer: Peer) -> None:
        peer.log_in()
        eventually(lambda: len(server.peers) == 2, "the connection that is to take over")
        peer.reset()

    with FaultServer(cut, slow_login, serve) as server:
        with client_of(server, max_connection_age=0.2, connect_timeout=20) as client:
            recorder = Recorder(client)
            client.connect(SPOT)
            recorder.wait_for("reconnect")
            assert isinstance(outcome(place(client, "on the third")), WSAPIResponse)
            go_on.set()
            eventually(lambda: len(recorder.named("authenticated")) >= 3, "the slow one")
            assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert sorted(oids(server)) == ["after", "on the third"]


def test_one_that_stands_by_ends_with_a_connection_that_ends_by_itself() -> None:
    """The elder is lost and then refused for good: nobody would use the other one, and nobody knows of it."""
    lose_it, refused = threading.Event(), threading.Event()

    def slow_login(peer: Peer) -> None:
        assert refused.wait(20)
        serve(peer)

    def cut(peer: Peer) -> None:
        peer.log_in()
        assert lose_it.wait(20)
        peer.reset()

    def refuse(peer: Peer) -> None:
        peer.upgrade()
        peer.say(refusal("400004"))

    with FaultServer(cut, slow_login, refuse, serve) as server:
        with client_of(server, max_connection_age=0.2, connect_timeout=20) as client:
            recorder = Recorder(client)
            client.connect(SPOT)
            elder = client._connections[SPOT]
            eventually(lambda: len(server.peers) == 2, "the connection that is to take over")
            renewal = elder._loop.renewal
            assert renewal is not None
            lose_it.set()
            recorder.wait_for("close")
            refused.set()
            eventually(lambda: renewal.heir.ended, "the end of the one that stands by")
            client.connect(SPOT)
            assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert server.peers[1].requests == []


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_close_ends_both(moment: str) -> None:
    """Whenever it comes; requests after it are refused, and one ``close`` event is told."""
    reached, go_on = threading.Event(), threading.Event()

    def slow_login(peer: Peer) -> None:
        reached.set()
        assert go_on.wait(20)
        serve(peer)

    age = 600.0 if moment == "before" else 0.2
    with FaultServer(serve, slow_login) as server:
        client = client_of(server, max_connection_age=age)
        recorder = Recorder(client)
        client.connect(SPOT)
        if moment != "before":
            assert reached.wait(20)
        if moment == "after":
            go_on.set()
            recorder.wait_for("authenticated", 2)
        client.close_all()
        go_on.set()

        assert type(outcome(place(client, "late"))) is ClientClosedError
        assert len(recorder.wait_for("close")) == 1
    eventually(
        lambda: not any(thread.name.startswith("kucoin-wsapi-spot") for thread in threading.enumerate()),
        "the end of its threads",  # an attempt that was interrupted ends on its own
    )


def test_one_that_ends_while_it_stands_by_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is lost and then refused: nobody's connection was lost, and another one takes its place."""
    monkeypatch.setattr("kucoin_wsapi._life._RENEWAL_PAUSE", 0.3)
    answer = threading.Event()

    def slow(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        assert answer.wait(20)
        peer.say(success(request))
        peer.read_on()

    def cut(peer: Peer) -> None:
        peer.log_in()
        peer.reset()

    def refuse(peer: Peer) -> None:
        peer.upgrade()
        peer.say(refusal("400004"))

    with (
        FaultServer(slow, cut, refuse, serve) as server,
        client_of(server, max_connection_age=0.2, request_timeout=20) as client,
    ):
        recorder = Recorder(client)
        waiting = place(client, "slow")
        recorder.wait_for("authenticated", 3)
        assert len(server.peers) == 4
        answer.set()
        assert isinstance(outcome(waiting), WSAPIResponse)
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        eventually(lambda: server.peers[3].requests, "an order over the last one")
        assert recorder.named("reconnect") == recorder.named("close") == []


def test_what_is_held_for_one_that_has_ended_is_not_held_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That one may never come; the hold has an end all the same."""
    monkeypatch.setattr("kucoin_wsapi._renewal._PATIENCE", 0.05)
    monkeypatch.setattr("kucoin_wsapi._renewal._HOLD", 600.0)
    monkeypatch.setattr("kucoin_wsapi._life._RENEWAL_PAUSE", 0.3)

    def cut(peer: Peer) -> None:
        peer.log_in()
        eventually(lambda: client._connections[SPOT]._loop.protocol.holding, "the hold")
        peer.reset()

    def refuse(peer: Peer) -> None:
        peer.upgrade()
        peer.say(refusal("400004"))

    with (
        FaultServer(never_answer_the_first, cut, refuse, Peer.reset) as server,
        client_of(server, max_connection_age=0.2, request_timeout=60) as client,
    ):
        place(client, "slow")
        eventually(lambda: len(server.peers) == 4, "an attempt to have another one")
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert oids(server) == ["slow", "after"]


def test_the_failure_of_one_that_is_told_late_does_not_forget_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else that one would stand by for ever, and outlive the client."""
    monkeypatch.setattr("kucoin_wsapi._life._RENEWAL_PAUSE", 0.3)
    opened = Connection._heir_opened
    told = threading.Event()

    def late(elder: Connection, renewal: Renewal[Connection], *, failed: bool) -> None:
        if failed:
            eventually(lambda: elder._loop.renewal is not renewal, "the next one")
        opened(elder, renewal, failed=failed)
        told.set()

    def slow_login(peer: Peer) -> None:
        assert told.wait(20)
        serve(peer)

    def refuse(peer: Peer) -> None:
        peer.upgrade()
        peer.say(refusal("400004"))

    monkeypatch.setattr(Connection, "_heir_opened", late)
    with (
        FaultServer(serve, refuse, slow_login) as server,
        client_of(server, max_connection_age=0.2) as client,
    ):
        recorder = Recorder(client)
        client.connect(SPOT)
        until_renewed(recorder, server)
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert len(server.peers[2].requests) == 1


def test_those_who_kept_the_old_connection_are_served_by_the_new_one() -> None:
    """A submission that looked it up just before the change."""
    with FaultServer(serve) as server, client_of(server, max_connection_age=0.3) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        old = client._connections[SPOT]
        until_renewed(recorder, server)
        eventually(lambda: client._connections[SPOT] is not old, "the change")
        client._connections[SPOT] = old
        assert isinstance(outcome(place(client, "late comer")), WSAPIResponse)
        client.connect(SPOT)
        assert not old.ended
        client.close(SPOT)
        assert old.ended
        assert type(outcome(place(client, "closed"))) is ClientClosedError
