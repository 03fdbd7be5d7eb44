"""``kucoin-wsapi ping``: how long it takes to connect, and from a request to its answer."""

from __future__ import annotations

import argparse
import time
from collections import Counter

from attrs import define, field

from kucoin_wsapi.api_client import WebsocketAPIClient
from kucoin_wsapi.exceptions import CallError, OrderNotFoundError, OrderStateError, RejectedError
from kucoin_wsapi.options import WsKey

from .exchanges import add_exchange, is_real, open_exchange
from .percentiles import gateway_time, summary, table
from .progress import Progress
from .running import Result, command_parser, run, whole
from .statuses import FAILED, OK

__all__ = ["main"]

_DESCRIPTION = """\
Connect, authenticate, and measure round trips on the order socket.

KuCoin's order socket has no request that does nothing. What is measured is a cancel of an order that
does not exist, one after the other: the exchange looks for it, refuses, and nothing changes. Each
costs 1 of the rate limit, and the key needs the permission to trade. "connect" is everything from the
resolution of the name to the welcome after the login, and what Python loads for it. "gateway" is the
part of the round trip that the exchange reports as its own. The clock skew is the exchange's clock
minus this one's; the time that one message took is in it.
"""
_NOWHERE = "0" * 24  # an id like the exchange's, of no order
_SPACING = 0.12  # seconds: 100 messages in 10 seconds are allowed on one connection, heartbeats included


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("ping", _DESCRIPTION)
    parser.add_argument("--count", type=whole(1, 1000), default=10, help="round trips (default: %(default)s)")
    parser.add_argument(
        "--futures", action="store_true", help="the order socket for futures, not that for spot"
    )
    add_exchange(parser)
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _ping(options))


@define
class _Seen:
    """What the answers have shown so far; times are seconds."""

    round_trips: list[float] = field(factory=list)
    gateway: list[float] = field(factory=list)
    codes: Counter[str] = field(factory=Counter)
    lost: int = 0


def _ping(options: argparse.Namespace) -> Result:
    key = WsKey.WS_API_FUTURES_V1 if options.futures else WsKey.WS_API_SPOT_V1
    seen = _Seen()
    with (
        open_exchange(options) as exchange,
        WebsocketAPIClient(**exchange, enable_ns=True, attach_event_listeners=False) as client,
        Progress("connecting", options.count) as progress,
    ):
        began = time.monotonic()
        client.connect_ws_api(key)
        connect = time.monotonic() - began
        progress.what = "round trips"
        for number in range(options.count):
            if number and is_real(options):
                time.sleep(_SPACING)
            _round_trip(client, key, seen)
            progress.done += 1
        skew = client.clock_skew
    return _result(key, connect, skew, seen)


def _round_trip(client: WebsocketAPIClient, key: WsKey, seen: _Seen) -> None:
    """One refused cancel. Raises ``RejectedError`` for a refusal that says more than that there is no such order."""
    if key is WsKey.WS_API_FUTURES_V1:
        future = client.cancel_futures_order(order_id=_NOWHERE)
    else:
        future = client.cancel_spot_order(symbol="BTC-USDT", order_id=_NOWHERE)  # type: ignore[assignment]  # other data
    try:
        response = future.result()
    except (OrderNotFoundError, OrderStateError) as error:
        response = error.response
    except RejectedError:
        raise
    except CallError:  # nothing is at stake: as with any ping, what was not answered is lost
        seen.lost += 1
        return
    seen.codes[response.code] += 1
    seen.round_trips.append(response.round_trip)
    gateway = gateway_time(response)
    if gateway is not None:
        seen.gateway.append(gateway)


def _result(key: WsKey, connect: float, skew: float | None, seen: _Seen) -> Result:
    round_trip, gateway = summary(seen.round_trips), summary(seen.gateway)
    milliseconds = None if skew is None else round(skew * 1e3)
    record = {
        "ws_key": key.value,
        "connect_us": round(connect * 1e6),
        "round_trip_us": round_trip,
        "gateway_us": gateway,
        "codes": dict(seen.codes),
        "lost": seen.lost,
        "clock_skew_ms": milliseconds,
    }
    lines = [
        f"{key.value}: connected and authenticated in {connect * 1e3:.1f} ms",
        *table({"round trip": round_trip, "gateway": gateway}),
        f"lost: {seen.lost}",
        f"clock skew: {'not told' if milliseconds is None else f'{milliseconds} ms'}",
    ]
    return Result(record, lines, FAILED if seen.lost else OK)
