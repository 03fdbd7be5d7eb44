"""Ctrl-C strikes at any step of a submission: nothing is wedged, and nothing is sent behind the user's back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest
from fault_server import FaultServer, Peer, serve

from kucoin_wsapi import WebsocketClient, WsKey
from kucoin_wsapi._calls import Call
from kucoin_wsapi._loop_thread import LoopThread
from kucoin_wsapi._poller import Poller

SPOT = WsKey.WS_API_SPOT_V1


@contextmanager
def _interrupted_in(function: Callable[..., Any]) -> Iterator[None]:
    """Ctrl-C strikes when this thread enters ``function`` for the first time, and is seen by the caller."""
    code: CodeType = function.__code__
    before = sys.getprofile()

    def strike(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is code:
            sys.setprofile(before)
            raise KeyboardInterrupt

    sys.setprofile(strike)
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        sys.setprofile(before)


def _client(server: FaultServer) -> WebsocketClient:
    return WebsocketClient(
        "key-6710d8336afc",
        "secret-1ac2f1d4-9f4e",
        "correct horse+battery/staple",
        ws_url=server.url,
        close_timeout=0.2,
    )


def _place(client: WebsocketClient, client_oid: str) -> Any:
    return client.send_ws_api_request(SPOT, "spot.order", {"clientOid": client_oid})


@pytest.mark.parametrize(
    "step",
    [threading.Thread.__init__, threading.Thread.start, threading.Event.wait, LoopThread.alert],
    ids=["before the loop", "before its start", "while it starts", "before its alarm"],
)
def test_an_interrupted_first_order_is_not_sent_and_the_next_one_is(step: Callable[..., Any]) -> None:
    """The user never got the future, so an order that is still queued is withdrawn; the connection works."""
    with FaultServer(serve) as server, _client(server) as client:
        with _interrupted_in(step):
            _place(client, "interrupted")
        assert _place(client, "next").result(5).code == "200000"
        assert [request["args"]["clientOid"] for request in server.peers[0].requests] == ["next"]


def test_an_interrupted_alarm_does_not_silence_those_that_follow() -> None:
    """A loop that sleeps is woken although Ctrl-C struck while it was being woken: closing takes no timeout."""
    with FaultServer(serve) as server, _client(server) as client:
        client.connect(SPOT)
        with _interrupted_in(Poller._write_byte):
            client._connections[SPOT]._loop.poller.wake()
        client._connections[SPOT].ask_to_close()
        client._connections[SPOT].join(5)
        assert client._connections[SPOT].ended


def test_an_order_interrupted_while_it_is_written_counts_as_written() -> None:
    """Whether its bytes have left is not known, so it must never be called not sent."""
    submitted: list[Call] = []

    def read_on(peer: Peer) -> None:
        peer.log_in()
        peer.read_on()

    with FaultServer(read_on) as server, _client(server) as client:
        client.connect(SPOT)
        connection = client._connections[SPOT]
        wire = connection._loop.wire
        assert wire is not None
        with _interrupted_in(type(wire).transfer):
            _place(client, "interrupted")
        with connection._lock:
            submitted.extend(connection._loop.protocol.calls.in_flight.values())
        assert [call.written for call in submitted] == [True]
