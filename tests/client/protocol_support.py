"""Calls, messages and a protocol in any state, for tests of what needs no socket."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from kucoin_wsapi._actions import Action, Answer, Emit, Fail, Ready
from kucoin_wsapi._calls import Call, ResponseFuture
from kucoin_wsapi._messages import Message, Unrecognised, parse_message
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ConnectionEvent
from kucoin_wsapi.exceptions import CallError, TransportError
from kucoin_wsapi.options import Options, WsKey

SPOT = WsKey.WS_API_SPOT_V1
LOSS = TransportError("the exchange closed the connection")
UNREADABLE = Unrecognised("not JSON", "x")
WAITING = [
    ConnectionState.IDLE,
    ConnectionState.CONNECTING,
    ConnectionState.AUTHENTICATING,
    ConnectionState.BACKOFF,
]  # where calls are queued
WALL_MS = 1_742_175_983_000  # our clock, Unix ms, wherever a test does not say otherwise

A = TypeVar("A")


def message(text: str) -> Message:
    """What the exchange said, through the parser."""
    return parse_message(text)


CHALLENGE_TEXT = f'{{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","timestamp":{WALL_MS}}}'
CHALLENGE = message(CHALLENGE_TEXT)
WELCOME = message('{"sessionId":"92f2aec4","data":"welcome","pingInterval":18000,"pingTimeout":10000}')
PONG = message('{"id":"ping-1","op":"pong","timestamp":1742176001885}')


def refusal(code: object, **fields: object) -> Message:
    """A code that names no request."""
    return message(_json({"code": code, "msg": "some text"} | fields))


def reply(request_id: str, code: object = "200000", **fields: object) -> Message:
    """The answer to a request."""
    return message(_json({"id": request_id, "op": "spot.order", "code": code} | fields))


def _json(fields: dict[str, object]) -> str:
    return json.dumps(fields)


def make_call(
    name: str = "r1",
    *,
    now: float = 0.0,
    timeout: float = 10.0,
    max_send_delay: float = 3.0,
    response_type: Any = None,
    op: str = "spot.order",
) -> Call:
    """A call made at ``now``, whose callbacks run where they are triggered."""
    future: ResponseFuture[Any] = ResponseFuture(name, op, SPOT, f"oid-{name}", _run_here, os.getpid())
    return Call(
        id=name,
        op=op,
        ws_key=SPOT,
        request={"symbol": "BTC-USDT"},
        response_type=response_type,
        client_oid=f"oid-{name}",
        frame=b"frame",
        future=future,
        submitted_at=now,
        deadline=now + timeout,
        stale_at=now + max_send_delay,
    )


def _run_here(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def make_protocol(random: float = 0.5, **options: Any) -> OrderProtocol:
    """A fresh protocol whose die always falls on ``random``."""
    return OrderProtocol(SPOT, Options(**options), random=lambda: random)


def protocol_in(state: ConnectionState, **options: Any) -> OrderProtocol:
    """A protocol that was brought to a state at time 0; CLOSING has the written call ``"in-flight"`` (60 s)."""
    protocol = make_protocol(**options)
    if state is ConnectionState.CLOSED:
        protocol.life.close(0)
    elif state is not ConnectionState.IDLE:
        protocol.life.open(0)
        if state is ConnectionState.BACKOFF:
            protocol.life.lost(1, OSError("refused"), 0)
        elif state is not ConnectionState.CONNECTING:
            protocol.life.upgraded(1)
            if state is not ConnectionState.AUTHENTICATING:
                log_in(protocol, 0)
                if state is ConnectionState.CLOSING:
                    send(protocol, make_call("in-flight", timeout=60), 0)
                    protocol.life.close(0)
    assert protocol.life.state is state
    return protocol


def log_in(protocol: OrderProtocol, now: float) -> list[Action]:
    """Challenge and welcome."""
    return [
        *protocol.receive([CHALLENGE], now, WALL_MS),
        *protocol.receive([WELCOME], now, WALL_MS),
    ]


def connect_again(protocol: OrderProtocol, now: float) -> None:
    """From BACKOFF to READY, at a time when the delay is over."""
    protocol.expire(now)
    protocol.life.upgraded(protocol.life.generation)
    log_in(protocol, now)
    assert protocol.life.state is ConnectionState.READY


def send(protocol: OrderProtocol, call: Call, now: float, *, written: bool = True) -> Call:
    """Submit a call to a READY protocol, as a connection does whose socket takes it (or takes nothing of it)."""
    assert protocol.submit(call, now, writable=True)
    call.written = written
    return call


def drain(protocol: OrderProtocol, now: float, limit: int = 1000) -> list[str]:
    """The ids of the calls that the owner writes now, one after the other."""
    ids: list[str] = []
    while len(ids) < limit and (call := protocol.next_to_send(now)) is not None:
        call.written = True
        ids.append(call.id)
    return ids


def of_type(kind: type[A], actions: Iterable[object]) -> list[A]:
    """The actions of one kind, in their order."""
    return [action for action in actions if isinstance(action, kind)]


def failures(actions: Iterable[Action]) -> dict[str, CallError]:
    """The error of each call that failed, by id, in the order of the failures."""
    return {fail.call.id: fail.error for fail in of_type(Fail, actions)}


def answered(actions: Iterable[Action]) -> list[tuple[str, bool]]:
    """The ids that were answered, and whether late."""
    return [(answer.call.id, answer.late) for answer in of_type(Answer, actions)]


def event_names(actions: Iterable[Action]) -> list[str]:
    """What listeners are told, in order."""
    events = [emit.event for emit in of_type(Emit, actions)]
    return [event.name if isinstance(event, ConnectionEvent) else "exception" for event in events]


def released(actions: Iterable[Action]) -> list[Exception | None]:
    """With what the waiters are released."""
    return [ready.error for ready in of_type(Ready, actions)]
