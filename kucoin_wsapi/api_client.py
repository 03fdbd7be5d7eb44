"""``WebsocketAPIClient``: one typed method per operation of the order socket."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import kucoin_wsapi

from ._calls import ResponseFuture
from ._event_log import attach_event_log
from ._futures_trading import FuturesTrading
from ._process import credentials_from_environment
from ._spot_trading import SpotTrading
from ._uta_trading import UtaTrading
from .client import WebsocketClient
from .exceptions import CallError
from .options import OptionFields, WsKey

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    from typing_extensions import Self, Unpack  # cattrs brings it there

__all__ = ["WebsocketAPIClient"]

_SPOT = WsKey.WS_API_SPOT_V1


class WebsocketAPIClient(SpotTrading, FuturesTrading, UtaTrading):
    """Trade on KuCoin over WebSocket as over REST: each method sends one request and returns its future.

    Every trading method takes either one request object of ``kucoin_wsapi.orders`` or the same fields as keywords, and
    besides them ``ws_key`` (another connection) and ``timeout`` (seconds from the call to the answer, connecting and
    queueing included; ``request_timeout`` when left out). New orders without a ``client_oid`` get one, so that each can
    be looked up.

    Wrong arguments raise ``InvalidRequestError`` in the caller, and nothing is sent. Whatever happens after that
    arrives through the future, within the timeout: a ``WSAPIResponse``, or a ``CallError`` whose branch says what may
    be done next (see ``kucoin_wsapi.exceptions``).

    The first call connects and authenticates. Methods may be called from any thread, from callbacks too.

    Args:
        api_key, api_secret, api_passphrase: an API key of version 3.
        attach_event_listeners: log the life of the connections (INFO) and errors (ERROR) as ``kucoin_wsapi.events``.
        logger: where those lines go instead.
        options: see ``kucoin_wsapi.options.Options``.

    Raises ``ConfigurationError``, naming the argument at fault.
    """

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        api_passphrase: str | None = None,
        *,
        attach_event_listeners: bool = True,
        logger: logging.Logger | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        super().__init__(WebsocketClient(api_key, api_secret, api_passphrase, **options))
        if attach_event_listeners:
            attach_event_log(self._ws_client, logger)

    @classmethod
    def from_env(
        cls,
        *,
        attach_event_listeners: bool = True,
        logger: logging.Logger | None = None,
        **options: Unpack[OptionFields],
    ) -> Self:
        """A client with the key in ``KUCOIN_API_KEY``, ``KUCOIN_API_SECRET`` and ``KUCOIN_API_PASSPHRASE``."""
        key, secret, passphrase = credentials_from_environment()
        return cls(
            key, secret, passphrase, attach_event_listeners=attach_event_listeners, logger=logger, **options
        )

    def get_ws_client(self) -> WebsocketClient:
        """The client inside this one: raw requests, events, connections."""
        return self._ws_client

    def connect_ws_api(self, ws_key: WsKey | str = _SPOT, timeout: float | None = None) -> None:
        """Connect and authenticate ahead of the first order; returns when it can be sent, or raises.

        See ``WebsocketClient.connect``.
        """
        self._ws_client.connect(ws_key, timeout)

    def close(self) -> None:
        """Close everything for good; see ``WebsocketClient.close_all``."""
        self._ws_client.close_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: Any) -> None:
        self._ws_client.__exit__(*exception)

    def __repr__(self) -> str:
        return repr(self._ws_client).replace("WebsocketClient", "WebsocketAPIClient", 1)

    def _repr_html_(self) -> str:
        return self._ws_client._repr_html_().replace("WebsocketClient", "WebsocketAPIClient", 1)

    @property
    def clock_skew(self) -> float | None:
        """See ``WebsocketClient.clock_skew``."""
        return self._ws_client.clock_skew

    @property
    def rate_limits(self) -> Mapping[str, kucoin_wsapi.Quota]:
        """See ``WebsocketClient.rate_limits``."""
        return self._ws_client.rate_limits

    def latency(self) -> kucoin_wsapi.LatencyReport:
        """How long the requests of this client took so far; see ``WebsocketClient.latency``."""
        return self._ws_client.latency()

    def resolve(
        self,
        error_or_client_oid: CallError | str,
        *,
        product: str | None = None,
        symbol: str | None = None,
        trade_type: str | None = None,
        timeout: float = 30.0,
    ) -> kucoin_wsapi.Resolution:
        """Find out over REST what became of the order of a call; see ``WebsocketClient.resolve``."""
        return self._ws_client.resolve(
            error_or_client_oid, product=product, symbol=symbol, trade_type=trade_type, timeout=timeout
        )

    def track_order(
        self,
        order: ResponseFuture[Any] | CallError | str | None = None,
        *,
        order_id: str | None = None,
        product: str | None = None,
        symbol: str | None = None,
        trade_type: str | None = None,
    ) -> kucoin_wsapi.OrderTracker:
        """Follow one order from its submission to its end; see ``WebsocketClient.track_order``."""
        return self._ws_client.track_order(
            order, order_id=order_id, product=product, symbol=symbol, trade_type=trade_type
        )
