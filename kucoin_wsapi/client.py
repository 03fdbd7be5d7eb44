"""``WebsocketClient``: connections by key, raw requests and events. The only place where they meet."""

from __future__ import annotations

import atexit
import concurrent.futures
import copy
import functools
import itertools
import os
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

# Annotations name what takes long to load as names of the package, which loads it when it is asked for them.
import kucoin_wsapi

from ._announcing import Announcer
from ._arguments import checked_key, checked_timeout
from ._calls import Call, ResponseFuture
from ._dead_man_switch import SwitchKeeper
from ._ending import CLOSING_GRACE, Ending
from ._frames import MASK_SIZE
from ._html import table
from ._pacing import charge_of
from ._process import (
    FORKED,
    credentials_from_environment,
    given_credentials,
    shared_ssl_context,
    thread_name,
)
from ._quotas import Quotas
from ._random_bytes import RandomBytes
from ._wake_ups import WakeUps
from .events import ConnectionEvent, EventName, Listeners, check_event
from .exceptions import (
    AuthenticationError,
    CallError,
    ClientClosedError,
    InvalidRequestError,
    ProtocolError,
    TransportError,
    what_happened,
)
from .options import OptionFields, Options, WsKey

if TYPE_CHECKING:
    from ._connection import Connection
    from ._states import ConnectionState
    from ._stream import Stream
    from ._tracking_start import TrackingStart

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    from typing_extensions import Self, Unpack  # cattrs brings it there

__all__ = ["WebsocketClient"]

_COUNTED = ("queued", "in flight", "topics")  # columns of the table of connections

AnyHandler = TypeVar("AnyHandler", bound=Callable[[Any], object])


class WebsocketClient:
    """Raw requests to KuCoin over WebSocket, with full control and events.

    Every method may be called from any thread, from a callback too. Constructing it connects to nothing: the first
    request does, or ``connect``. ``with`` closes it at the end.

    Args:
        api_key, api_secret, api_passphrase: an API key of version 3; all three or none.
        options: see ``Options``.

    Raises ``ConfigurationError``, naming the argument at fault.
    """

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        api_passphrase: str | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        # Here, because the import of this class would take three times as long. And not later, when each is needed:
        # a signal handler that was the first to need it too would meet it half loaded.
        from ._latencies import Latencies
        from ._look_ups import LookUps
        from ._push_streams import PushStreams
        from ._requests import prepare
        from ._tracking_start import TrackingStart
        from ._trading import Trading

        self._pid = os.getpid()
        # Guards `_connections` and `_closed`: after `_closed` is set no connection is added. Re-entrant, because a
        # signal handler may close the client in a thread that holds it.
        self._lock = threading.RLock()
        self._connections: dict[WsKey, Connection] = {}
        self._closed = True  # until everything is there; `__del__` looks at it
        self._options = Options.of(options)
        self._credentials = given_credentials(api_key, api_secret, api_passphrase)
        self._ssl_context = shared_ssl_context(self._options)
        self._listeners = Listeners()
        self._announcer = Announcer(self._listeners, functools.partial(thread_name, "callbacks"))
        # Ids are unique over connections and processes, so that no answer finds the wrong call.
        self._id_prefix = os.urandom(6).hex()
        self._ids = itertools.count(1)
        self._masks = RandomBytes(MASK_SIZE)
        self._run_callback = self._announcer.callbacks.submit
        self._wake_ups = WakeUps()
        self._prepare = prepare
        self._quotas = Quotas()
        self._latencies = Latencies()
        self._look_ups = LookUps(self._credentials, self._options, self._connections, self._id_prefix)
        self._switch = SwitchKeeper(
            self._credentials,
            self._options,
            self._connections,
            self._announcer,
            functools.partial(thread_name, "dead-man-switch"),
        )
        self._tracking = TrackingStart(self._look_ups, functools.partial(thread_name, "tracking"))
        self._trading = Trading(
            self._credentials,
            self._options,
            self._quotas,
            self._latencies,
            self._switch,
            self._tracking,
            self._ssl_context,
        )
        self._streams = PushStreams(
            self._credentials,
            self._options,
            self._listeners,
            self._announcer,
            self._ssl_context,
            thread_name,
            functools.partial(_notice, weakref.ref(self._tracking)),
        )
        self._ending = Ending(
            self._options,
            self._lock,
            self._connections,
            self._streams,
            self._switch,
            self._tracking,
            self._look_ups,
            self._announcer.callbacks,
            self._wake_ups,
        )
        self._at_exit = functools.partial(_stop_at_exit, weakref.ref(self))
        atexit.register(self._at_exit)
        self._closed = False

    @classmethod
    def from_env(cls, **options: Unpack[OptionFields]) -> Self:
        """A client with the key in ``KUCOIN_API_KEY``, ``KUCOIN_API_SECRET`` and ``KUCOIN_API_PASSPHRASE``."""
        return cls(*credentials_from_environment(), **options)

    # Requests

    def send_ws_api_request(
        self,
        ws_key: WsKey | str,
        operation: str,
        params: object,
        *,
        timeout: float | None = None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[Any]]:
        """Send one request.

        Args:
            ws_key: the connection to send it over.
            operation: such as ``"spot.order"``; also one that is newer than this package.
            params: a mapping or list with the exchange's names, sent as it is and answered with raw ``data``; or a
                request object of ``kucoin_wsapi.orders``, answered with typed ``data``.
            timeout: seconds from now to the answer, connecting and queueing included; None: ``request_timeout``.

        Returns a future that settles within the timeout, with a ``WSAPIResponse`` or a ``CallError``. The same request
        is never sent twice by this package.

        Raises ``InvalidRequestError`` for arguments that cannot be sent; nothing was sent then.
        """
        submitted_at = time.monotonic()
        key = checked_key(ws_key)
        if not key.is_for_orders:
            raise InvalidRequestError(f"ws_key: {key.value} is for subscriptions", field="ws_key")
        prepared = self._prepare(operation, params)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        request_id = f"{self._id_prefix}-{next(self._ids)}"
        future: ResponseFuture[kucoin_wsapi.WSAPIResponse[Any]] = ResponseFuture(
            request_id, operation, key, prepared.client_oid, self._run_callback, self._pid
        )
        call = Call(
            id=request_id,
            op=operation,
            ws_key=key,
            request=prepared.given,
            response_type=prepared.response_type,
            client_oid=prepared.client_oid,
            frame=prepared.frame(request_id, operation, self._masks.take()),
            future=future,
            submitted_at=submitted_at,
            deadline=submitted_at + seconds,
            stale_at=submitted_at + self._options.max_send_delay,
            charge=None if self._options.pacing == "off" else charge_of(operation, prepared.args),
        )
        if operation == "spot.modify":
            self._tracking.modifying(prepared.args, future)
        self._submit(call)
        return future

    def _submit(self, call: Call) -> None:
        connection = self._connections.get(call.ws_key) or self._open_connection(call.ws_key)
        if connection is None:
            text = "the client is closed" if os.getpid() == self._pid else FORKED
            call.settle(call.error(ClientClosedError, text))
            return
        call.future._bind(self, call, connection.withdraw, self._wake_ups)
        try:
            connection.submit(call)
        except BaseException as interrupt:  # Ctrl-C, or what else a signal handler raises
            call.future.cancel()  # the caller never gets it: what is still queued must not be sent
            call.future._note_interrupt(interrupt)
            raise

    def resolve(
        self,
        error_or_client_oid: CallError | str,
        *,
        product: str | None = None,
        symbol: str | None = None,
        trade_type: str | None = None,
        timeout: float = 30.0,
    ) -> kucoin_wsapi.Resolution:
        """Find out over REST what became of the order of a call, however that ended.

        Looks up by client id or order id, and again until it is certain: an order that is not found counts as never
        placed when its request can no longer be on its way and 8 s have passed, or when its time window is over. Of a
        client id alone no request is known: ask when those that may bring the order have settled. For a cancel, modify
        or amend the state of the order is what counts. Blocks the calling thread; sends no orders.

        Args:
            error_or_client_oid: the exception of a call, or a client id with the three below.
            product: ``"spot"``, ``"margin"``, ``"futures"`` or ``"uta"``; with a client id.
            symbol: pair or contract; with a client id.
            trade_type: for ``"uta"``: ``"SPOT"`` or ``"FUTURES"``; with a client id.
            timeout: seconds after which ``LookUpError`` is raised if nothing is certain.

        Returns a report per order: ``resolution.order`` where there is one, else iterate.

        Raises ``LookUpError`` when it cannot be found out, ``AuthenticationError`` when the key may not look,
        ``InvalidRequestError`` when the order has no id to look it up by.
        """
        return self._look_ups.resolve(error_or_client_oid, product, symbol, trade_type, timeout)

    def track_order(
        self,
        order: ResponseFuture[Any] | CallError | str | None = None,
        *,
        order_id: str | None = None,
        product: str | None = None,
        symbol: str | None = None,
        trade_type: str | None = None,
    ) -> kucoin_wsapi.OrderTracker:
        """Follow one order from its submission to its end, over the private stream and REST; returns at once.

        Subscribes to the orders of its product on the key for that, and connects, if need be. What the stream did not
        tell, before it was there or while it was lost, is asked for over REST. A ``modify`` by this client is followed
        to the new order, unless the order was named by ``order_id``.

        Args:
            order: the future of a new order, best right after submitting it; the exception of a call; or a client id,
                with the three below.
            order_id: the exchange's id instead, with the three below.
            product: ``"spot"``, ``"margin"``, ``"futures"`` or ``"uta"``; with an id.
            symbol: pair or contract; with an id.
            trade_type: for ``"uta"``: ``"SPOT"`` or ``"FUTURES"``; with an id.

        Returns a handle to keep: one that is forgotten follows nothing any more.

        Raises ``InvalidRequestError`` for what names no single order, and without an API key.
        """
        tracking = self._tracking.tracking()
        return tracking.track(self, self._streams, order, order_id, product, symbol, trade_type)

    # Subscriptions

    def subscribe(
        self,
        topics: str | kucoin_wsapi.Channel | Iterable[str | kucoin_wsapi.Channel],
        ws_key: WsKey | str,
        *,
        handler: Callable[[kucoin_wsapi.Update], object] | None = None,
        timeout: float | None = None,
    ) -> kucoin_wsapi.SubscriptionFuture:
        """Subscribe, now and after every reconnection, until ``unsubscribe``; connects if need be.

        Args:
            topics: one or several: of classic keys such as ``"/market/ticker:BTC-USDT,ETH-USDT"``; of Pro keys
                ``Channel("ticker", symbol="BTC-USDT")``. What is subscribed already is not asked for again.
            ws_key: a key for subscriptions that fits them.
            handler: called with each ``Update`` of these topics, one after the other, on the thread that this key has
                for its updates; beside those of ``on("update", ...)``.
            timeout: seconds until the exchange has acknowledged it, connecting included; None: ``request_timeout``.

        Returns a future that settles with the topics, one for each symbol, as updates name them; or with a
        ``SubscriptionError``: what it names is not subscribed then, unless it was before, and ``handler`` is not
        called for it. What cannot be subscribed again after a reconnection is told by an ``exception`` event with a
        ``SubscriptionError``, and its handlers are forgotten; so is told what the exchange does not acknowledge then,
        or is too busy for, and that is asked for again.

        Raises ``InvalidRequestError`` for what is no topic, or not one of this key.
        """
        key = checked_key(ws_key)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        return self._streams.subscribe(self, topics, key, handler, seconds)

    def unsubscribe(
        self,
        topics: str | kucoin_wsapi.Channel | Iterable[str | kucoin_wsapi.Channel],
        ws_key: WsKey | str,
        *,
        timeout: float | None = None,
    ) -> kucoin_wsapi.SubscriptionFuture:
        """End subscriptions, and forget the handlers that came with them; harmless where there are none.

        Returns a future like that of ``subscribe``. A few updates that were on their way may still come.
        """
        key = checked_key(ws_key)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        return self._streams.unsubscribe(self, topics, key, seconds)

    def subscriptions(self, ws_key: WsKey | str) -> tuple[str, ...]:
        """The topics that are subscribed on a key, or will be when it is connected."""
        return self._streams.topics(checked_key(ws_key))

    def updates(
        self,
        ws_key: WsKey | str,
        topics: str | kucoin_wsapi.Channel | Iterable[str | kucoin_wsapi.Channel] | None = None,
    ) -> kucoin_wsapi.Updates:
        """The updates of a key from now on, to iterate over; of some of its topics, or of all.

        It subscribes to nothing: ``subscribe`` does. Close it at the end: ``with client.updates(key) as updates:``.
        """
        return self._streams.updates(checked_key(ws_key), topics)

    # Connections

    def connect(self, ws_key: WsKey | str, timeout: float | None = None) -> None:
        """Connect and authenticate; returns when requests can be sent, or subscriptions asked for.

        Also makes a new connection after one was refused for good or closed. ``timeout`` is seconds (None:
        ``request_timeout``); attempts that fail for a passing reason are repeated until then.

        Raises ``AuthenticationError`` when the exchange refuses the key, ``TransportError`` when there is no connection
        in time or the client is closed, ``DeadManSwitchError`` when it is ready but the exchange has not armed the
        dead-man switch that was asked for.
        """
        key = checked_key(ws_key)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        if os.getpid() != self._pid:
            raise TransportError(FORKED)
        opens = self._open_connection if key.is_for_orders else self._streams.open
        connection: Connection | Stream | None = opens(key, instead_of_ended=True)
        if connection is None:
            raise TransportError("the client is closed: create a new one")
        give_up_at = time.monotonic() + seconds
        waiter = connection.open()
        try:
            waiter.result(seconds)
        except concurrent.futures.TimeoutError:
            waiter.cancel()
            reason = connection.reason
            why = "" if reason is None else f": {what_happened(reason)}"
            raise TransportError(f"{key.value} is not ready after {seconds:g} s{why}") from reason
        except (AuthenticationError, TransportError, ProtocolError) as shared:
            failure = copy.copy(shared)  # a shared one would collect the tracebacks of all that raise it
        else:
            if key is WsKey.WS_API_SPOT_V1:
                self._switch.wait_until_armed(give_up_at - time.monotonic())
            return
        raise failure

    def connect_all(self, timeout: float | None = None) -> None:
        """``connect`` for every key that is in use: both keys for orders if there are credentials, and those that
        something is subscribed on.
        """
        orders = [key for key in WsKey if key.is_for_orders and self._credentials is not None]
        for key in (*orders, *(key for key, stream in self._streams.all if stream.topics)):
            self.connect(key, timeout)

    @property
    def clock_skew(self) -> float | None:
        """The exchange's clock minus ours in seconds, as the last login showed it; None before the first.

        The time that the exchange's message took is in it, so it is a little too small. It is added to our clock for
        the next login, because a timestamp 5 seconds off is refused (KuCoin documentation, 3470133w0).
        """
        clocks = [connection.clock for connection in list(self._connections.values())]
        return max(clocks, key=lambda clock: clock.seen_at).skew_seconds if clocks else None

    @property
    def rate_limits(self) -> Mapping[str, kucoin_wsapi.Quota]:
        """What is left of the exchange's rate limits: by pool ("spot", which margin shares, "futures", "uta").

        Only pools that an answer has reported; not every answer does. REST and other programs of the same account draw
        on the same pools. KuCoin documentation, "Rate Limit".
        """
        return self._quotas.known()

    def latency(self) -> kucoin_wsapi.LatencyReport:
        """How long the requests of this client took so far, by operation and key: a snapshot to print."""
        return self._latencies.report()

    def close(self, ws_key: WsKey | str) -> None:
        """Close one connection, as ``close_all`` does with all; ``connect`` makes a new one.

        Subscriptions that had been acknowledged are made again then, with their handlers, unless ``unsubscribe`` ends
        them before. Iterators over the updates of the key go on.
        """
        key = checked_key(ws_key)
        connection = self._connections.get(key) or self._streams.of(key)
        if connection is not None and os.getpid() == self._pid:
            deadline = time.monotonic() + self._options.close_timeout + CLOSING_GRACE
            connection.ask_to_close()
            wait_for_switch = self._switch.end(key, deadline, clean=True)
            connection.join(deadline - time.monotonic())
            wait_for_switch()

    def close_all(self) -> None:
        """Close the client for good; harmless when it is closed already, from any thread and from a callback.

        Queued requests settle as not sent; those in flight have ``close_timeout`` seconds to be answered. Returns
        within ``close_timeout`` plus half a second. Does nothing in a forked child.

        Ends the dead-man switch, so that the orders stay, or cancels them with ``cancel_on_exit``.
        """
        self._close_all(clean=True)

    def _close_all(self, *, clean: bool) -> None:
        if os.getpid() == self._pid:
            with self._lock:
                self._closed = True
            atexit.unregister(self._at_exit)
            self._ending.close(clean=clean)

    def _open_connection(self, key: WsKey, *, instead_of_ended: bool = False) -> Connection | None:
        """The connection of a key, made if there is none; None when the client is closed, or its parent's."""
        if os.getpid() != self._pid:
            return self._connections.get(key)  # which refuses; the lock may have been held at the fork
        given_up = self._connections.get(key) if instead_of_ended else None
        # Not holding the lock: a signal handler that closes the client wants it, and may hold that of the connection.
        if given_up is not None and not given_up.ended:
            given_up = None
        with self._lock:
            connection = self._connections.get(key)
            if self._closed:
                return None
            if connection is given_up:  # which is None where there was none
                replaced = functools.partial(_replace, self._connections, self._lock, key)
                connection = self._trading.connection(key, replaced=replaced, predecessor=connection)
                self._connections[key] = connection
            return connection

    # Events

    @overload
    def on(self, event: EventName) -> Callable[[AnyHandler], AnyHandler]: ...

    @overload
    def on(self, event: EventName, handler: Callable[[Any], object]) -> WebsocketClient: ...

    def on(self, event: EventName, handler: Callable[[Any], object] | None = None) -> Any:
        """Call ``handler(event_object)`` on the callback thread at each such event; see ``kucoin_wsapi.events``.

        Chainable; a decorator when the handler is left out.
        """
        return self._listen(event, handler, once=False)

    @overload
    def once(self, event: EventName) -> Callable[[AnyHandler], AnyHandler]: ...

    @overload
    def once(self, event: EventName, handler: Callable[[Any], object]) -> WebsocketClient: ...

    def once(self, event: EventName, handler: Callable[[Any], object] | None = None) -> Any:
        """Like ``on``, for the next such event only."""
        return self._listen(event, handler, once=True)

    def off(self, event: EventName, handler: Callable[[Any], object]) -> WebsocketClient:
        """Stop calling a handler; harmless when it does not listen."""
        self._listeners.remove(check_event(event), handler)
        return self

    def _listen(self, event: EventName, handler: Callable[[Any], object] | None, *, once: bool) -> Any:
        name = check_event(event)
        if handler is not None:
            self._listeners.add(name, handler, once=once)
            return self

        def decorate(function: AnyHandler) -> AnyHandler:
            self._listeners.add(name, function, once=once)
            return function

        return decorate

    # Life

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exception_type: type[BaseException] | None, *_: object) -> None:
        # A program that fails does not look after its orders any more: the dead-man switch is left to trigger.
        self._close_all(clean=exception_type is None)

    def __repr__(self) -> str:
        if os.getpid() != self._pid:
            return "<WebsocketClient of the parent process>"
        parts = ["closed"] if self._closed else []
        for key, state, counts in self._statuses():
            told = ", ".join(f"{count} {what}" for what, count in counts.items())
            parts.append(f"{key.value}: {state.value}, {told}")
        if parts and self._options.dead_man_switch is not None:
            parts.append(str(self._switch))
        return f"<WebsocketClient {'; '.join(parts) or 'not connected'}>"

    def _repr_html_(self) -> str:
        if os.getpid() != self._pid:
            return table((), (), caption="WebsocketClient of the parent process")
        rows = [
            (key, state, *(counts.get(what) for what in _COUNTED)) for key, state, counts in self._statuses()
        ]
        parts = ["WebsocketClient", *(["closed"] if self._closed else [] if rows else ["not connected"])]
        if self._options.dead_man_switch is not None:
            parts.append(str(self._switch))
        return table(("key", "state", *_COUNTED), rows, texts=2, caption=", ".join(parts))

    def _statuses(self) -> Iterator[tuple[WsKey, ConnectionState, dict[str, int]]]:
        for key, connection in list(self._connections.items()):
            state, queued, in_flight = connection.status()
            yield key, state, {"queued": queued, "in flight": in_flight}
        for key, stream in self._streams.all:
            state, topics = stream.status()
            yield key, state, {"topics": topics}

    def __del__(self) -> None:
        # Without an interpreter lock the last collection finds this module emptied; ``_at_exit`` was before that.
        if os is None:
            return  # type: ignore[unreachable]  # not for an interpreter that ends
        # Takes no lock: the collector may run this in a thread that holds one.
        if self._closed or os.getpid() != self._pid:
            return
        atexit.unregister(self._at_exit)
        if self._connections or self._streams.all:
            warnings.warn(
                f"unclosed {type(self).__name__}; use 'with' or close_all()", ResourceWarning, stacklevel=1
            )
        self._ending.abandon()


def _notice(tracking: weakref.ref[TrackingStart], event: ConnectionEvent) -> None:
    alive = tracking()
    if alive is not None:
        alive.notice(event)


def _replace(
    connections: dict[WsKey, Connection], lock: threading.RLock, key: WsKey, old: Connection, new: Connection
) -> None:
    """Another connection has taken over. No method, because connections must not keep their client alive."""
    with lock:
        if connections.get(key) is old:
            connections[key] = new


def _stop_at_exit(reference: weakref.ref[WebsocketClient]) -> None:
    client = reference()
    if client is not None and os.getpid() == client._pid:
        client._ending.stop_at_exit()
