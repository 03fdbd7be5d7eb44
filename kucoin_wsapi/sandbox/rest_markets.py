"""REST that needs no key: the time, the status, instruments and prices."""

from __future__ import annotations

from .answers import Answer
from .exchange import Exchange
from .rest_calls import Call, Endpoint, public, succeeded
from .times import to_milliseconds

__all__ = ["MARKETS"]


def _timestamp(_: Exchange, call: Call) -> Answer:
    return succeeded(to_milliseconds(call.now))


def _status(_: Exchange, __: Call) -> Answer:
    return succeeded({"status": "open", "msg": ""})


MARKETS: tuple[Endpoint, ...] = (
    public("/api/v1/timestamp", 3, _timestamp),
    public("/api/v1/status", 3, _status),
)
