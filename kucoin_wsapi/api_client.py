"""``WebsocketAPIClient``: one typed method per operation of the order socket."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._event_log import attach_event_log
from ._process import credentials_from_environment
from ._random_bytes import RandomBytes
from .client import WebsocketClient
from .options import WsKey

if TYPE_CHECKING:
    # Type checkers know typing_extensions without its being installed.
    from typing_extensions import Self, Unpack

    from ._calls import ResponseFuture
    from ._fields import (
        FuturesBatchCancelFields,
        FuturesBatchOrderFields,
        FuturesCancelFields,
        FuturesOrderFields,
        MarginCancelFields,
        MarginOrderFields,
        SpotCancelFields,
        SpotModifyFields,
        SpotOrderFields,
        UtaAmendFields,
        UtaCancelFields,
        UtaOrderFields,
    )
    from ._order_tracker import OrderTracker
    from .exceptions import CallError
    from .latency import LatencyReport
    from .orders import (
        FuturesBatchCancel,
        FuturesBatchOrder,
        FuturesCancel,
        FuturesOrder,
        MarginCancel,
        MarginOrder,
        Request,
        SpotCancel,
        SpotModify,
        SpotOrder,
        UtaAmend,
        UtaCancel,
        UtaOrder,
    )
    from .reports import Quota, Resolution
    from .responses import (
        BatchCancelItem,
        BatchOrderItem,
        BatchResult,
        CancelAck,
        FuturesCancelAck,
        MarginOrderAck,
        ModifyAck,
        OrderAck,
        SyncCancelResult,
        SyncOrderResult,
        UtaAck,
        UtaAmendAck,
        WSAPIResponse,
    )

__all__ = ["WebsocketAPIClient"]

_SPOT, _FUTURES = WsKey.WS_API_SPOT_V1, WsKey.WS_API_FUTURES_V1


class WebsocketAPIClient:
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
        **options: Any,
    ) -> None:
        self._ws_client = WebsocketClient(api_key, api_secret, api_passphrase, **options)
        self._random = RandomBytes(12)
        if attach_event_listeners:
            attach_event_log(self._ws_client, logger)

    @classmethod
    def from_env(
        cls, *, attach_event_listeners: bool = True, logger: logging.Logger | None = None, **options: Any
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
    def rate_limits(self) -> Mapping[str, Quota]:
        """See ``WebsocketClient.rate_limits``."""
        return self._ws_client.rate_limits

    def latency(self) -> LatencyReport:
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
    ) -> Resolution:
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
    ) -> OrderTracker:
        """Follow one order from its submission to its end; see ``WebsocketClient.track_order``."""
        return self._ws_client.track_order(
            order, order_id=order_id, product=product, symbol=symbol, trade_type=trade_type
        )

    # Trading

    def submit_new_spot_order(
        self,
        order: SpotOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[SpotOrderFields],
    ) -> ResponseFuture[WSAPIResponse[OrderAck]]:
        """Place a spot order; the answer says that it was accepted, not that it rests or was filled.

        Fields: ``SpotOrder``. KuCoin documentation, "Add Order".
        """
        return self._send("spot.order", order, fields, ws_key, timeout)

    def modify_spot_order(
        self,
        change: SpotModify | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[SpotModifyFields],
    ) -> ResponseFuture[WSAPIResponse[ModifyAck]]:
        """Replace a resting spot order by one with another price or size; it gets a new order id and loses its place in
        the queue.

        Fields: ``SpotModify``. KuCoin documentation, "Modify Order".
        """
        return self._send("spot.modify", change, fields, ws_key, timeout)

    def cancel_spot_order(
        self,
        cancel: SpotCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[SpotCancelFields],
    ) -> ResponseFuture[WSAPIResponse[CancelAck]]:
        """Ask for the cancel of a spot order; it may still fill before that takes effect.

        Fields: ``SpotCancel``. KuCoin documentation, "Cancel Order".
        """
        return self._send("spot.cancel", cancel, fields, ws_key, timeout)

    def submit_sync_spot_order(
        self,
        order: SpotOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[SpotOrderFields],
    ) -> ResponseFuture[WSAPIResponse[SyncOrderResult]]:
        """Place a spot order and answer after it was matched once, with the sizes.

        Fields: ``SpotOrder``. KuCoin documentation, "Add Order Sync".
        """
        return self._send("spot.sync_order", order, fields, ws_key, timeout)

    def cancel_sync_spot_order(
        self,
        cancel: SpotCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[SpotCancelFields],
    ) -> ResponseFuture[WSAPIResponse[SyncCancelResult]]:
        """Cancel a spot order and answer when it is done, with the sizes.

        Fields: ``SpotCancel``. KuCoin documentation, "Cancel Order Sync".
        """
        return self._send("spot.sync_cancel", cancel, fields, ws_key, timeout)

    def submit_margin_order(
        self,
        order: MarginOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[MarginOrderFields],
    ) -> ResponseFuture[WSAPIResponse[MarginOrderAck]]:
        """Place a margin order.

        Fields: ``MarginOrder``. KuCoin documentation, "Add Margin Order".
        """
        return self._send("margin.order", order, fields, ws_key, timeout)

    def cancel_margin_order(
        self,
        cancel: MarginCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[MarginCancelFields],
    ) -> ResponseFuture[WSAPIResponse[CancelAck]]:
        """Ask for the cancel of a margin order; it may still fill before that takes effect.

        Fields: ``MarginCancel``. KuCoin documentation, "Cancel Margin Order".
        """
        return self._send("margin.cancel", cancel, fields, ws_key, timeout)

    def submit_futures_order(
        self,
        order: FuturesOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Unpack[FuturesOrderFields],
    ) -> ResponseFuture[WSAPIResponse[OrderAck]]:
        """Place a futures order.

        Fields: ``FuturesOrder``. KuCoin documentation, "Add Futures Order".
        """
        return self._send("futures.order", order, fields, ws_key, timeout)

    def cancel_futures_order(
        self,
        cancel: FuturesCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Unpack[FuturesCancelFields],
    ) -> ResponseFuture[WSAPIResponse[FuturesCancelAck]]:
        """Ask for the cancel of a futures order; it may still fill before that takes effect.

        Fields: ``FuturesCancel``. KuCoin documentation, "Cancel Futures Order".
        """
        return self._send("futures.cancel", cancel, fields, ws_key, timeout)

    def submit_multiple_futures_orders(
        self,
        orders: FuturesBatchOrder | Iterable[FuturesOrder] | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Unpack[FuturesBatchOrderFields],
    ) -> ResponseFuture[WSAPIResponse[BatchResult[BatchOrderItem]]]:
        """Place up to 20 futures orders; each is judged alone, so look at the items: some may have failed. Takes
        a plain list of ``FuturesOrder`` too.

        Fields: ``FuturesBatchOrder``. KuCoin documentation, "Batch Add Orders".
        """
        return self._send("futures.multi_order", orders, fields, ws_key, timeout)

    def cancel_multiple_futures_orders(
        self,
        cancels: FuturesBatchCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _FUTURES,
        timeout: float | None = None,
        **fields: Unpack[FuturesBatchCancelFields],
    ) -> ResponseFuture[WSAPIResponse[BatchResult[BatchCancelItem]]]:
        """Ask for the cancel of several futures orders; each is judged alone.

        Fields: ``FuturesBatchCancel``. KuCoin documentation, "Batch Cancel Orders".
        """
        return self._send("futures.multi_cancel", cancels, fields, ws_key, timeout)

    def submit_uta_order(
        self,
        order: UtaOrder | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[UtaOrderFields],
    ) -> ResponseFuture[WSAPIResponse[UtaAck]]:
        """Place an order of a unified account.

        Fields: ``UtaOrder``. KuCoin documentation, "Place Order (UTA)".
        """
        return self._send("uta.order", order, fields, ws_key, timeout)

    def amend_uta_order(
        self,
        change: UtaAmend | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[UtaAmendFields],
    ) -> ResponseFuture[WSAPIResponse[UtaAmendAck]]:
        """Change price or size of a resting order of a unified account.

        Fields: ``UtaAmend``. KuCoin documentation, "Amend Order (UTA)".
        """
        return self._send("uta.amend", change, fields, ws_key, timeout)

    def cancel_uta_order(
        self,
        cancel: UtaCancel | None = None,
        /,
        *,
        ws_key: WsKey | str = _SPOT,
        timeout: float | None = None,
        **fields: Unpack[UtaCancelFields],
    ) -> ResponseFuture[WSAPIResponse[UtaAck]]:
        """Ask for the cancel of an order of a unified account; it may still fill before that takes effect.

        Fields: ``UtaCancel``. KuCoin documentation, "Cancel Order (UTA)".
        """
        return self._send("uta.cancel", cancel, fields, ws_key, timeout)

    def _send(
        self,
        op: str,
        given: object,
        fields: Mapping[str, Any],
        ws_key: WsKey | str,
        timeout: float | None,
    ) -> ResponseFuture[WSAPIResponse[Any]]:
        request = _request_maker()(op, given, fields, self._new_client_oid)
        return self._ws_client.send_ws_api_request(ws_key, op, request, timeout=timeout)

    def _new_client_oid(self) -> str:
        """24 hex digits, as KuCoin's own examples have them, of 96 random bits."""
        return self._random.take().hex()


@functools.cache
def _request_maker() -> Callable[[str, object, Mapping[str, Any], Callable[[], str]], Request]:
    """Loaded by the first order, because generating all kinds of requests takes longer than making a client.

    Kept, because whoever comes back when the interpreter ends can import nothing, not even what is loaded.
    """
    from .orders import request_for

    return request_for
