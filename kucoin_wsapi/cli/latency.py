"""``kucoin-wsapi latency``: where the time of an order goes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from attrs import define, field

from kucoin_wsapi._live import PRICE, SIZE, SYMBOL
from kucoin_wsapi.api_client import WebsocketAPIClient
from kucoin_wsapi.exceptions import (
    ConfigurationError,
    KucoinError,
    NotSentError,
    OrderNotFoundError,
    OrderStateError,
    RejectedError,
)
from kucoin_wsapi.latency import LatencyReport
from kucoin_wsapi.responses import WSAPIResponse

from .exchanges import add_confirmation, add_exchange, is_real, open_exchange, require_confirmation
from .percentiles import gateway_time, summary, table
from .progress import Progress
from .running import Result, command_parser, run, whole
from .statuses import FAILED, OK

__all__ = ["main"]

_DESCRIPTION = f"""\
Place orders far from the market and cancel each at once, one after the other, and measure both.

Each order buys {SIZE} {SYMBOL} at {PRICE} USDT, post-only. "whole" is the time from the call to the read of its
answer; it is "queued", from the call to the write, and the "round trip", of which the exchange reports
"gateway" as its own. Connecting and logging in come before the first order and are not in it. On KuCoin
there is a pause between orders, because 100 messages in 10 seconds are allowed on one connection.
"""
_SPACING = 0.24  # seconds: each order is two messages, and there are heartbeats
_ATTEMPTS, _PAUSE = 5, 0.2  # seconds: an order that was just accepted may not be in the book yet
_STAGES = ("whole", "queued", "round_trip", "gateway")


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("latency", _DESCRIPTION)
    parser.add_argument("--count", type=whole(1, 10_000), default=100, help="orders (default: %(default)s)")
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help='draw the distribution of the round trips into it, such as latency.png; needs "kucoin_wsapi[plot]"',
    )
    add_confirmation(parser)
    add_exchange(parser)
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _latency(options))


@define
class _Times:
    """What the answers of one operation have shown so far, in seconds."""

    stages: dict[str, list[float]] = field(factory=lambda: {stage: [] for stage in _STAGES})

    def add(self, response: WSAPIResponse[Any]) -> None:
        """Take one answer in."""
        for stage, seconds in (
            ("whole", response.queued + response.round_trip),
            ("queued", response.queued),
            ("round_trip", response.round_trip),
            ("gateway", gateway_time(response)),
        ):
            if seconds is not None:
                self.stages[stage].append(seconds)

    def summaries(self) -> dict[str, dict[str, int | None]]:
        """By stage, in microseconds."""
        return {stage: summary(seconds) for stage, seconds in self.stages.items()}


def _latency(options: argparse.Namespace) -> Result:
    require_confirmation(options, f"{options.count} times buy {SIZE} {SYMBOL} at {PRICE}, cancelled at once,")
    figure = None if options.plot is None else _empty_figure(options.plot)
    orders, cancels = _Times(), _Times()
    with (
        open_exchange(options) as exchange,
        WebsocketAPIClient(**exchange, enable_ns=True, attach_event_listeners=False) as client,
        Progress("connecting", options.count) as progress,
    ):
        client.connect_ws_api()
        progress.what = "orders"
        for number in range(options.count):
            if number and is_real(options):
                time.sleep(_SPACING)
            _place_and_cancel(client, orders, cancels)
            progress.done += 1
    record = {"spot.order_us": orders.summaries(), "spot.sync_cancel_us": cancels.summaries()}
    rows = {
        f"{name} {stage.replace('_', ' ')}": times
        for name, of in (("order", orders), ("cancel", cancels))
        for stage, times in of.summaries().items()
    }
    drawn = figure is None or _draw(client.latency(), figure, options.plot)
    return Result({"count": options.count, **record}, table(rows), OK if drawn else FAILED)


def _empty_figure(path: Path) -> Any:
    """Where the plot will be drawn; raises ``ConfigurationError`` for one that cannot be, before anything is sent."""
    try:
        figure = importlib.import_module("matplotlib.figure").Figure(layout="constrained")
    except ImportError as error:
        raise ConfigurationError('--plot: needs matplotlib: pip install "kucoin_wsapi[plot]"') from error
    kinds = figure.canvas.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in kinds:
        raise ConfigurationError(f"--plot: a name that ends with .{', .'.join(sorted(kinds))} is needed")
    if not path.parent.is_dir():
        raise ConfigurationError(f"--plot: there is no directory {path.parent}")
    return figure


def _draw(report: LatencyReport, figure: Any, path: Path) -> bool:
    """Whether the file could be written; if not, that is told, but what was measured is not lost with it."""
    report.plot(figure.subplots())
    try:
        figure.savefig(path)
    except OSError as error:
        print(f"The plot could not be written: {error}", file=sys.stderr)
        return False
    return True


def _place_and_cancel(client: WebsocketAPIClient, orders: _Times, cancels: _Times) -> None:
    """One order, which does not outlive this if that can be helped: whatever happens, its cancel is tried."""
    client_oid = os.urandom(12).hex()
    future = None
    try:
        future = client.submit_new_spot_order(
            symbol=SYMBOL,
            side="buy",
            type="limit",
            price=PRICE,
            size=SIZE,
            post_only=True,
            client_oid=client_oid,
        )
        orders.add(future.result())
        cancels.add(_cancel(client, client_oid))
    except BaseException as error:
        never_placed = isinstance(error, (NotSentError, RejectedError)) and error.op == "spot.order"
        if not never_placed and not (future is not None and future.cancel()):
            _withdraw(client, client_oid)
        raise


def _cancel(client: WebsocketAPIClient, client_oid: str) -> WSAPIResponse[Any]:
    for _ in range(_ATTEMPTS - 1):
        try:
            return client.cancel_sync_spot_order(symbol=SYMBOL, client_oid=client_oid).result()
        except (OrderNotFoundError, OrderStateError):
            time.sleep(_PAUSE)
    return client.cancel_sync_spot_order(symbol=SYMBOL, client_oid=client_oid).result()


def _withdraw(client: WebsocketAPIClient, client_oid: str) -> None:
    """Once more, before the command ends without knowing; tells what it could not do."""
    cancelled = False
    try:
        client.cancel_sync_spot_order(symbol=SYMBOL, client_oid=client_oid).result()
        cancelled = True
    except KucoinError as error:
        print(error, file=sys.stderr)
    finally:  # after a second Ctrl-C too
        outcome = "was cancelled" if cancelled else "MAY STILL REST: cancel it by hand"
        print(f"The order with the client id {client_oid} {outcome}.", file=sys.stderr)
