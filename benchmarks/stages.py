"""Where the time of one order goes, stage by stage, without the network: ``python -m benchmarks.stages``.

The parts of the client are called one after the other in one thread, on a transport that takes everything and a
hundred answers that are made up; the shortest of many rounds counts. What is not in it: the system calls, and handing
the interpreter from thread to thread.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from kucoin_wsapi import SpotOrder, WebsocketAPIClient, WsKey
from kucoin_wsapi._calls import Call, ResponseFuture
from kucoin_wsapi._connection import Connection
from kucoin_wsapi._conversion import structure_data, wire_arguments
from kucoin_wsapi._frames import encode_frame
from kucoin_wsapi._json import decode_json
from kucoin_wsapi._messages import encode_request, parse_message
from kucoin_wsapi._outcomes import outcome_of
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi._wire import Wire
from kucoin_wsapi.responses import OrderAck

__all__ = ["stages"]

_SPOT = WsKey.WS_API_SPOT_V1
_BATCH, _ROUNDS = 100, 200
_FIELDS: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "price": "20000",
    "size": "0.0001",
}
_ARGUMENTS = {**_FIELDS, "clientOid": "3f1c9f5e6b0b4d2f8a7d5c4e3b2a1908"}
_ANSWER = (
    '{"id":"%s","op":"spot.order","code":"200000","data":{"orderId":"670fd33bf9406e0007ab3945","clientOid":'
    '"3f1c9f5e6b0b4d2f8a7d5c4e3b2a1908"},"inTime":1695190491421,"outTime":1695190491420,"userRateLimit":'
    '{"limit":4000,"remaining":3999,"reset":29876}}'
)


class _Swallowing:
    """A transport that takes every frame."""

    tls = False

    def send(self, frame: bytes) -> int:
        return len(frame)


def stages(rounds: int = _ROUNDS) -> dict[str, dict[str, float]]:
    """Microseconds of each stage, for a raw request and for a typed one; then of their parts."""
    with WebsocketAPIClient("key", "secret", "passphrase", attach_event_listeners=False) as client:
        ws_client = client.get_ws_client()
        connection = ws_client._open_connection(_SPOT)
        assert connection is not None
        with _pretended_ready(connection):
            return {
                "raw": _way(
                    connection, lambda: ws_client.send_ws_api_request(_SPOT, "spot.order", _ARGUMENTS), rounds
                ),
                "typed": _way(connection, lambda: client.submit_new_spot_order(**_FIELDS), rounds),
                "parts": _parts(rounds),
            }


@contextlib.contextmanager
def _pretended_ready(connection: Connection) -> Iterator[None]:
    loop = connection._loop
    loop.wire = Wire(_Swallowing(), 1, loop.protocol.parse)  # type: ignore[arg-type]  # all of a transport that is used
    loop.protocol.life.state = ConnectionState.READY
    loop.sleeps_until = -math.inf  # nobody has to be woken
    yield
    loop.wire = None
    loop.protocol.life.state = ConnectionState.IDLE  # and so it is closed as one that was never opened


def _way(connection: Connection, submit: Callable[[], Any], rounds: int) -> dict[str, float]:
    loop = connection._loop
    wire = loop.wire
    assert wire is not None
    best: dict[str, float] = {}
    for _ in range(rounds):
        marks = [("", time.perf_counter())]

        def passed(stage: str, marks: list[tuple[str, float]] = marks) -> None:
            marks.append((stage, time.perf_counter()))

        futures = [submit() for _ in range(_BATCH)]
        passed("submit: check, encode, register, write")
        data = b"".join(_server_frame(_ANSWER % future.request_id) for future in futures)
        passed("")
        received = wire.decode(data)
        passed("decode: frames, JSON, which message it is")
        loop._answers += loop.protocol.receive(received.messages, time.monotonic(), 0)
        passed("match: whose answer it is")
        loop._settle()
        passed("settle: response, future, events, rate limits")
        for future in futures:
            future.result()
        passed("result")
        for (_, start), (stage, end) in itertools.pairwise(marks):
            if stage:
                best[stage] = min(best.get(stage, 1e9), (end - start) / _BATCH * 1e6)
    return best


def _server_frame(text: str) -> bytes:
    payload = text.encode()
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


def _parts(rounds: int) -> dict[str, float]:
    order = SpotOrder(**_FIELDS, client_oid="3f1c9f5e6b0b4d2f8a7d5c4e3b2a1908")
    text = encode_request("6710d8336afcdb-000001", "spot.order", _ARGUMENTS)
    answer = _ANSWER % "6710d8336afcdb-000001"
    reply = parse_message(answer)
    future: ResponseFuture[Any] = _future()
    call = _call(future)
    works: dict[str, Callable[[], object]] = {
        "a SpotOrder, checked (attrs)": lambda: SpotOrder(**_FIELDS),
        "its arguments (cattrs)": lambda: wire_arguments(order),
        "JSON out": lambda: encode_request("6710d8336afcdb-000001", "spot.order", _ARGUMENTS),
        "frame and mask": lambda: encode_frame(1, text, b"mask"),
        "a future": _future,
        "a call": lambda: _call(future),
        "JSON in": lambda: decode_json(answer),
        "JSON in, and which message it is": lambda: parse_message(answer),
        "the response, data raw": lambda: outcome_of(call, reply, 1.0, False),  # type: ignore[arg-type]  # it is a Reply
        "typed data (cattrs)": lambda: structure_data(
            {"orderId": "670fd33bf9406e0007ab3945", "clientOid": "3f1c9f5e"}, OrderAck
        ),
        "claiming and settling a future": _settled,
    }
    return {name: _shortest(work, rounds) for name, work in works.items()}


def _future() -> ResponseFuture[Any]:
    return ResponseFuture("6710d8336afcdb-000001", "spot.order", _SPOT, None, lambda *_: None, 1)


def _settled() -> None:
    future = _future()
    future.set_running_or_notify_cancel()
    future.set_result(None)


def _call(future: ResponseFuture[Any]) -> Call:
    return Call(
        id="6710d8336afcdb-000001",
        op="spot.order",
        ws_key=_SPOT,
        request=_ARGUMENTS,
        response_type=None,
        client_oid=None,
        frame=b"",
        future=future,
        submitted_at=1.0,
        deadline=2.0,
        stale_at=2.0,
    )


def _shortest(work: Callable[[], object], rounds: int) -> float:
    best = 1e9
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(_BATCH):
            work()
        best = min(best, (time.perf_counter() - start) / _BATCH * 1e6)
    return best


if __name__ == "__main__":
    for title, lines in stages().items():
        print(title if title == "parts" else f"{title}: {sum(lines.values()):.1f} us in all")
        for stage, microseconds in lines.items():
            print(f"  {microseconds:6.2f} us  {stage}")
