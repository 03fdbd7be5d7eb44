"""A client and an exchange that says anything at any time, over real sockets."""

from __future__ import annotations

import json
import logging
from typing import Any

from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, Peer, frame, success
from fuzzing import fuzzed, json_texts, objects
from hypothesis import example, given
from hypothesis import strategies as st

from kucoin_wsapi import Backoff, NotSentError, OutcomeUnknownError, RejectedError, WebsocketClient, WsKey

SPOT = WsKey.WS_API_SPOT_V1

STEPS = st.one_of(
    st.tuples(st.just("text"), json_texts(objects)),
    st.tuples(st.just("bytes"), st.binary(max_size=40)),
    st.tuples(st.just("frame"), st.tuples(st.sampled_from([0, 1, 2, 8, 9, 10]), st.binary(max_size=20))),
    st.tuples(st.just("answer"), objects),
    st.tuples(st.just("answer"), st.just({})),
    st.tuples(st.just("take"), st.none()),
    st.tuples(
        st.sampled_from(["challenge", "welcome", "login", "login", "end", "reset", "close"]), st.none()
    ),
)


def script_of(steps: list[tuple[str, Any]]) -> Any:
    """A script that takes these steps; it waits for a request where it answers one, and in the end for the client."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        for kind, what in steps:
            if kind == "text":
                peer.send(frame(0x1, what.encode("utf-8", "surrogatepass")))
            elif kind == "bytes":
                peer.send(what)
            elif kind == "frame":
                peer.send(frame(*what))
            elif kind == "answer":
                peer.send(frame(0x1, json.dumps(success(next_order(peer)) | what).encode()))
            elif kind == "take":
                next_order(peer)
            elif kind == "login":
                peer.challenge()
                peer.welcome()
            else:
                getattr(peer, kind)()
        while True:
            next_order(peer)

    return script


def next_order(peer: Peer) -> dict[str, Any]:
    """The next request, recorded; what comes before it is passed over: proofs of the secret, pings."""
    while True:
        text = peer.next_text()
        if text.startswith("{"):
            message: dict[str, Any] = json.loads(text)
            if message["op"] != "ping":
                peer.requests.append(message)
                return message


CONVERSATIONS = st.builds(
    lambda logs_in, steps: [("login", None)] * logs_in + steps,
    st.sampled_from([True, True, True, False]),
    st.lists(STEPS, max_size=6),
)


@fuzzed(15)
@given(st.lists(CONVERSATIONS, min_size=1, max_size=3))
@example([[("login", None), ("reset", None), ("reset", None)]])
def test_whatever_the_exchange_does_every_call_ends_in_a_verdict_that_is_true(conversations):
    """In time; what the exchange has seen is never "not sent", and what is refused or accepted was answered."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]  # a list is all it takes
    logger = logging.getLogger("kucoin_wsapi")
    logger.addHandler(handler)
    try:
        with FaultServer(*map(script_of, conversations)) as server:
            futures = trade(server.url)
            server.drain()
            arrived = set(server.request_ids())
    finally:
        logger.removeHandler(handler)
    for future in futures:
        error = future.exception(0)
        assert error is None or isinstance(error, (NotSentError, OutcomeUnknownError, RejectedError)), error
        if isinstance(error, NotSentError):
            assert future.request_id not in arrived
        if error is None or isinstance(error, RejectedError):
            assert future.request_id in arrived
    assert len(arrived) == len(server.request_ids()), "nothing is sent twice"
    assert not [record.getMessage() for record in records if "internal error" in record.getMessage()]


def trade(url: str) -> list[Any]:
    """Five orders, each settled within its time, and the close."""
    with WebsocketClient(
        API_KEY,
        API_SECRET,
        API_PASSPHRASE,
        ws_url=url,
        request_timeout=0.2,
        connect_timeout=0.2,
        close_timeout=0,
        backoff=Backoff(base=0.001, cap=0.001),
    ) as client:
        futures = []
        for number in range(5):
            order = {"clientOid": f"order-{number}"}
            futures.append(client.send_ws_api_request(SPOT, "spot.order", order))
            if number % 2:
                futures[-1].exception(20)
        for future in futures:
            future.exception(20)
    return futures
