"""Connections lost and made again, in every way there is, and what they leave behind."""

from __future__ import annotations

import gc
import itertools
import warnings
from collections.abc import Callable
from typing import Any

from bounds_exchange import ENDINGS, OUTAGES
from bounds_figures import Bounds, Figures, eventually, exchange_process

from kucoin_wsapi import Backoff, OutcomeUnknownError, WebsocketAPIClient, WsKey

BOUNDS = Bounds(resident=8 * 1024, blocks=3_000)

_SPOT = WsKey.WS_API_SPOT_V1
_HOUR = 3600.0
# Each end of a connection with each end of the attempt that follows, or none.
_LOSSES = [" ".join(filter(None, pair)) for pair in itertools.product(ENDINGS, ("", *OUTAGES))]
# Of the reconnections one in so many closes the connection or renews it, and one in so many is another client's.
_EVERY_KIND = 4


def reconnect(
    times: int, say: Callable[[str], object], *, parts: int = 10, warm_up: int = 1_050, tls: bool = False
) -> list[Figures]:
    """Lose and make so many connections in so many parts; the figures after a warm-up and after each part.

    The warm-up is longer than the memory of connections that have ended, which holds the last thousand.
    """
    with (
        exchange_process(tls=tls) as options,
        WebsocketAPIClient(
            **options,
            attach_event_listeners=False,
            backoff=Backoff(base=0.001, cap=0.001),
            connect_timeout=0.5,
            close_timeout=0,
        ) as client,
    ):
        losses = itertools.cycle(_LOSSES)
        again = Reconnections(client, options)
        again.run(warm_up, losses)
        points = [Figures.now()]
        say(f"{'warm':>9}  {points[0]}")
        for part in range(1, parts + 1):
            again.run(times // parts, losses)
            points.append(Figures.now())
            say(f"{times * part // parts:>9}  {points[-1]}")
        say(f"           {again}")
        return points


class Reconnections:
    """One client that loses its connection and others that come and go."""

    def __init__(self, client: WebsocketAPIClient, options: dict[str, Any]) -> None:
        self._client = client
        self._options = options
        self._lost = self._renewed = self._closed = self._replaced = self._forgotten = 0
        self._heard = 0  # callback thread
        for event in ("open", "reconnected", "authenticated", "reconnect", "close", "exception"):
            client.get_ws_client().on(event, self._hear)

    def __str__(self) -> str:
        return (
            f"{self._lost} connections lost, {self._renewed} renewed, {self._closed} closed and made again,"
            f" {self._replaced} clients closed, {self._forgotten} forgotten; {self._heard} events"
        )

    def _hear(self, _: object) -> None:
        self._heard += 1

    def run(self, times: int, losses: Any) -> None:
        """So many reconnections; returns when all threads of attempts have ended."""
        for turn in range(times):
            self._pass_an_hour()
            if turn % (2 * _EVERY_KIND) == 5:
                self._renew()
            elif turn % _EVERY_KIND == 1:
                self._close_and_connect()
            elif turn % _EVERY_KIND == 3:
                self._replace(forget=turn % 8 == 3)
            else:
                self._lose(next(losses))
        gc.collect()
        eventually(lambda: Figures.now().threads <= 4, "the end of the threads of attempts")

    def _pass_an_hour(self) -> None:
        # The client keeps to the 30 connections a minute that the exchange allows: its count is told of an hour.
        connection = self._client.get_ws_client()._connections.get(_SPOT)
        if connection is not None:
            connection._loop.protocol.life._schedule.counted_at -= _HOUR

    def _lose(self, how: str) -> None:
        self._client.connect_ws_api(_SPOT, 30)
        error = _order(self._client, how).exception(30)
        assert isinstance(error, OutcomeUnknownError), error
        queued = _order(self._client, "accept")  # waits for the next connection
        assert queued.result(30).code == "200000"
        self._lost += 1

    def _renew(self) -> None:
        self._client.connect_ws_api(_SPOT, 30)
        connections = self._client.get_ws_client()._connections
        old = connections[_SPOT]
        with old._lock:
            old._loop.protocol.life._renew_at = 0.0  # it has stood for long
        old._loop.poller.wake()
        eventually(lambda: connections[_SPOT] is not old, "the renewal")
        assert _order(self._client, "accept").result(30).code == "200000"
        self._renewed += 1

    def _close_and_connect(self) -> None:
        self._client.get_ws_client().close(_SPOT)
        self._client.connect_ws_api(_SPOT, 30)
        self._closed += 1

    def _replace(self, *, forget: bool) -> None:
        client = WebsocketAPIClient(**self._options, attach_event_listeners=False)
        assert _order(client, "accept").result(30).code == "200000"
        if not forget:
            client.close()
            self._replaced += 1
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del client
            gc.collect()
        self._forgotten += 1


def _order(client: WebsocketAPIClient, wish: str) -> Any:
    return client.submit_new_spot_order(
        symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.001", remark=wish, timeout=30
    )
