"""The states of one connection, and the only moves between them.

Everything about transitions stands in this table; who makes a move, and what follows from it, stands in
``_protocol``. An input without an entry for the state is an error in this package, not in the exchange.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TRANSITIONS", "ConnectionState", "Input"]


class ConnectionState(enum.Enum):
    """Where a connection stands; ``READY`` means that the exchange has welcomed us, not that a socket is open."""

    IDLE = "idle"  # never opened
    CONNECTING = "connecting"  # name resolution, TCP, TLS, upgrade
    AUTHENTICATING = "authenticating"  # socket up: challenge, then welcome
    READY = "ready"  # welcome received: requests are sent
    BACKOFF = "backoff"  # lost or refused: waiting before the next attempt
    CLOSING = "closing"  # no new requests: collecting the last answers
    CLOSED = "closed"  # final


class Input(enum.Enum):
    """What can move a connection."""

    OPEN = "connect asked for, or first request"
    UPGRADED = "the WebSocket is open"
    CHALLENGED = "the exchange asks for proof of the secret"
    WELCOMED = "the exchange has accepted the login"
    REFUSED = "refused for a reason that may pass"
    BARRED = "refused for a reason that will not pass"
    LOST = "the socket ended, broke or went silent"
    RETRY = "the delay is over, or connect was asked for"
    CLOSE = "close asked for"
    REPLACED = "another connection has taken over"
    DRAINED = "nothing left to wait for"
    CRASHED = "an error in this package"
    CRASHED_AGAIN = "one error in this package too many"


_S, _I = ConnectionState, Input

TRANSITIONS: Mapping[tuple[ConnectionState, Input], ConnectionState] = MappingProxyType(
    {
        (_S.IDLE, _I.OPEN): _S.CONNECTING,
        (_S.IDLE, _I.CLOSE): _S.CLOSED,
        (_S.IDLE, _I.CRASHED): _S.BACKOFF,
        (_S.IDLE, _I.CRASHED_AGAIN): _S.CLOSED,
        (_S.CONNECTING, _I.UPGRADED): _S.AUTHENTICATING,
        (_S.CONNECTING, _I.REFUSED): _S.BACKOFF,
        (_S.CONNECTING, _I.BARRED): _S.CLOSED,
        (_S.CONNECTING, _I.CLOSE): _S.CLOSED,
        (_S.CONNECTING, _I.REPLACED): _S.CLOSED,
        (_S.CONNECTING, _I.CRASHED): _S.BACKOFF,
        (_S.CONNECTING, _I.CRASHED_AGAIN): _S.CLOSED,
        (_S.AUTHENTICATING, _I.CHALLENGED): _S.AUTHENTICATING,
        (_S.AUTHENTICATING, _I.WELCOMED): _S.READY,
        (_S.AUTHENTICATING, _I.REFUSED): _S.BACKOFF,
        (_S.AUTHENTICATING, _I.BARRED): _S.CLOSED,
        (_S.AUTHENTICATING, _I.CLOSE): _S.CLOSED,
        (_S.AUTHENTICATING, _I.REPLACED): _S.CLOSED,
        (_S.AUTHENTICATING, _I.CRASHED): _S.BACKOFF,
        (_S.AUTHENTICATING, _I.CRASHED_AGAIN): _S.CLOSED,
        (_S.READY, _I.LOST): _S.BACKOFF,
        (_S.READY, _I.CLOSE): _S.CLOSING,
        (_S.READY, _I.REPLACED): _S.CLOSED,
        (_S.READY, _I.CRASHED): _S.BACKOFF,
        (_S.READY, _I.CRASHED_AGAIN): _S.CLOSED,
        (_S.BACKOFF, _I.RETRY): _S.CONNECTING,
        (_S.BACKOFF, _I.CLOSE): _S.CLOSED,
        (_S.BACKOFF, _I.REPLACED): _S.CLOSED,
        (_S.BACKOFF, _I.CRASHED): _S.BACKOFF,
        (_S.BACKOFF, _I.CRASHED_AGAIN): _S.CLOSED,
        (_S.CLOSING, _I.DRAINED): _S.CLOSED,
        (_S.CLOSING, _I.LOST): _S.CLOSED,
        (_S.CLOSING, _I.CRASHED): _S.CLOSED,
        (_S.CLOSING, _I.CRASHED_AGAIN): _S.CLOSED,
    }
)
