"""``WebsocketClient``: connections by key, raw requests and events. The only place where they meet."""

from __future__ import annotations

import atexit
import concurrent.futures
import copy
import functools
import itertools
import os
import secrets
import ssl
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, overload

from ._announcing import Announcer
from ._calls import Call, ResponseFuture
from ._connection import Connection
from ._dead_man_switch import SwitchKeeper
from ._gates import OrderGate
from ._look_ups import LookUps
from ._loop import Setting
from ._pacing import charge_of
from ._quotas import Quotas
from ._requests import checked_key, checked_timeout, prepare
from ._settling import Settling
from .events import Listeners, check_event
from .exceptions import (
    AuthenticationError,
    CallError,
    ClientClosedError,
    ConfigurationError,
    ProtocolError,
    TransportError,
)
from .options import Credentials, Options, WsKey
from .reports import Quota, Resolution
from .responses import WSAPIResponse

__all__ = ["WebsocketClient"]

AnyHandler = TypeVar("AnyHandler", bound=Callable[[Any], object])

_FORKED = "this client belongs to the parent process: create one after the fork"
_CLOSING_GRACE = 0.5  # seconds for close frame, shutdown and joining, beyond close_timeout
_EXIT_GRACE = 0.5  # seconds that the end of the interpreter waits for the threads of a client


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
        **options: Any,
    ) -> None:
        self._pid = os.getpid()
        # Guards `_connections` and `_closed`: after `_closed` is set no connection is added. Re-entrant, because a
        # signal handler may close the client in a thread that holds it.
        self._lock = threading.RLock()
        self._connections: dict[WsKey, Connection] = {}
        self._closed = True  # until everything is there; `__del__` looks at it
        self._options = Options.of(options)
        self._credentials = _credentials(api_key, api_secret, api_passphrase)
        self._ssl_context = _shared_ssl_context(self._options)
        self._listeners = Listeners()
        self._announcer = Announcer(self._listeners, functools.partial(_thread_name, "callbacks"))
        # Ids are unique over connections and processes, so that no answer finds the wrong call.
        self._id_prefix = secrets.token_hex(6)
        self._ids = itertools.count(1)
        self._quotas = Quotas()
        self._look_ups = LookUps(self._credentials, self._options, self._connections, self._id_prefix)
        self._switch = SwitchKeeper(
            self._credentials,
            self._options,
            self._connections,
            self._announcer,
            functools.partial(_thread_name, "dead-man-switch"),
        )
        self._at_exit = functools.partial(_stop_at_exit, weakref.ref(self))
        atexit.register(self._at_exit)
        self._closed = False

    @classmethod
    def from_env(cls, **options: Any) -> WebsocketClient:
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
    ) -> ResponseFuture[WSAPIResponse[Any]]:
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
        prepared = prepare(operation, params)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        request_id = f"{self._id_prefix}-{next(self._ids)}"
        future: ResponseFuture[WSAPIResponse[Any]] = ResponseFuture(
            request_id, operation, key, prepared.client_oid, self._announcer.callbacks.submit
        )
        call = Call(
            id=request_id,
            op=operation,
            ws_key=key,
            request=prepared.given,
            response_type=prepared.response_type,
            client_oid=prepared.client_oid,
            frame=prepared.frame(request_id, operation),
            future=future,
            submitted_at=submitted_at,
            deadline=submitted_at + seconds,
            stale_at=submitted_at + self._options.max_send_delay,
            charge=None if self._options.pacing == "off" else charge_of(operation, prepared.args),
        )
        self._submit(call)
        return future

    def _submit(self, call: Call) -> None:
        connection = self._connections.get(call.ws_key) or self._open_connection(call.ws_key)
        if connection is None:
            text = "the client is closed" if os.getpid() == self._pid else _FORKED
            call.settle(call.error(ClientClosedError, text))
            return
        call.future.bind(self, functools.partial(connection.withdraw, call))
        with call.future.watched():
            try:
                connection.submit(call)
            except KeyboardInterrupt:
                call.future.cancel()  # the caller never gets it: what is still queued must not be sent
                raise

    def resolve(
        self,
        error_or_client_oid: CallError | str,
        *,
        product: str | None = None,
        symbol: str | None = None,
        trade_type: str | None = None,
        timeout: float = 30.0,
    ) -> Resolution:
        """Find out over REST what became of the order of a call, however that ended.

        Looks up by client id or order id, and again until it is certain: an order that is not found counts as never
        placed when its request can no longer be on its way and 8 s have passed, or when its time window is over. For a
        cancel, modify or amend the state of the order is what counts. Blocks the calling thread; sends no orders.

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

    # Connections

    def connect(self, ws_key: WsKey | str, timeout: float | None = None) -> None:
        """Connect and authenticate; returns when requests can be sent.

        Also makes a new connection after one was refused for good or closed. ``timeout`` is seconds (None:
        ``request_timeout``); attempts that fail for a passing reason are repeated until then.

        Raises ``AuthenticationError`` when the exchange refuses the key, ``TransportError`` when there is no connection
        in time or the client is closed, ``DeadManSwitchError`` when it is ready but the exchange has not armed the
        dead-man switch that was asked for.
        """
        key = checked_key(ws_key)
        seconds = self._options.request_timeout if timeout is None else checked_timeout(timeout)
        if os.getpid() != self._pid:
            raise TransportError(_FORKED)
        connection = self._open_connection(key, instead_of_ended=True)
        if connection is None:
            raise TransportError("the client is closed")
        give_up_at = time.monotonic() + seconds
        waiter = connection.open()
        try:
            waiter.result(seconds)
        except concurrent.futures.TimeoutError:
            waiter.cancel()
            reason = connection.reason
            why = "" if reason is None else f": {reason}"
            raise TransportError(f"{key.value} is not ready after {seconds:g} s{why}") from reason
        except (AuthenticationError, TransportError, ProtocolError) as shared:
            failure = copy.copy(shared)  # a shared one would collect the tracebacks of all that raise it
        else:
            if key is WsKey.WS_API_SPOT_V1:
                self._switch.wait_until_armed(give_up_at - time.monotonic())
            return
        raise failure

    def connect_all(self, timeout: float | None = None) -> None:
        """``connect`` for every key that there are credentials for."""
        for key in WsKey:
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
    def rate_limits(self) -> Mapping[str, Quota]:
        """What is left of the exchange's rate limits: by pool ("spot", which margin shares, "futures", "uta").

        Only pools that an answer has reported; not every answer does. REST and other programs of the same account draw
        on the same pools. KuCoin documentation, "Rate Limit".
        """
        return self._quotas.known()

    def close(self, ws_key: WsKey | str) -> None:
        """Close one connection, as ``close_all`` does with all; ``connect`` makes a new one."""
        key = checked_key(ws_key)
        connection = self._connections.get(key)
        if connection is not None and os.getpid() == self._pid:
            deadline = time.monotonic() + self._options.close_timeout + _CLOSING_GRACE
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
        if os.getpid() != self._pid:
            return
        deadline = time.monotonic() + self._options.close_timeout + _CLOSING_GRACE
        with self._lock:
            self._closed = True
            connections = list(self._connections.values())
        atexit.unregister(self._at_exit)
        for connection in connections:
            connection.ask_to_close()
        wait_for_switch = self._switch.end(None, deadline, clean=clean)
        for connection in connections:
            connection.join(deadline - time.monotonic())
        wait_for_switch()
        self._look_ups.close()
        callbacks = self._announcer.callbacks
        callbacks.stop()
        callbacks.join(deadline - time.monotonic())

    def _open_connection(self, key: WsKey, *, instead_of_ended: bool = False) -> Connection | None:
        """The connection of a key, made if there is none; None when the client is closed, or its parent's."""
        if os.getpid() != self._pid:
            return self._connections.get(key)  # which refuses; the lock may have been held at the fork
        with self._lock:
            connection = self._connections.get(key)
            if self._closed:
                return None
            if connection is None or (instead_of_ended and connection.ended):
                setting = Setting(
                    key,
                    name=_thread_name(_SHORT_NAMES[key]),
                    options=self._options,
                    gate=OrderGate(key, self._credentials, self._options),
                    ssl_context=self._ssl_context,
                    emit=self._switch.emit,
                )
                settling = Settling(self._quotas, self._switch.settled)
                replaced = functools.partial(_replace, self._connections, self._lock, key)
                connection = Connection(setting, settling, replaced=replaced, predecessor=connection)
                self._connections[key] = connection
            return connection

    # Events

    @overload
    def on(self, event: str) -> Callable[[AnyHandler], AnyHandler]: ...

    @overload
    def on(self, event: str, handler: Callable[[Any], object]) -> WebsocketClient: ...

    def on(self, event: str, handler: Callable[[Any], object] | None = None) -> Any:
        """Call ``handler(event_object)`` on the callback thread at each such event; see ``kucoin_wsapi.events``.

        Chainable; a decorator when the handler is left out.
        """
        return self._listen(event, handler, once=False)

    @overload
    def once(self, event: str) -> Callable[[AnyHandler], AnyHandler]: ...

    @overload
    def once(self, event: str, handler: Callable[[Any], object]) -> WebsocketClient: ...

    def once(self, event: str, handler: Callable[[Any], object] | None = None) -> Any:
        """Like ``on``, for the next such event only."""
        return self._listen(event, handler, once=True)

    def off(self, event: str, handler: Callable[[Any], object]) -> WebsocketClient:
        """Stop calling a handler; harmless when it does not listen."""
        self._listeners.remove(check_event(event), handler)
        return self

    def _listen(self, event: str, handler: Callable[[Any], object] | None, *, once: bool) -> Any:
        name = check_event(event)
        if handler is not None:
            self._listeners.add(name, handler, once=once)
            return self

        def decorate(function: AnyHandler) -> AnyHandler:
            self._listeners.add(name, function, once=once)
            return function

        return decorate

    # Life

    def __enter__(self) -> WebsocketClient:
        return self

    def __exit__(self, exception_type: type[BaseException] | None, *_: object) -> None:
        # A program that fails does not look after its orders any more: the dead-man switch is left to trigger.
        self._close_all(clean=exception_type is None)

    def __repr__(self) -> str:
        if os.getpid() != self._pid:
            return "<WebsocketClient of the parent process>"
        parts = ["closed"] if self._closed else []
        for key, connection in list(self._connections.items()):
            state, queued, in_flight = connection.status()
            parts.append(f"{key.value}: {state.value}, {queued} queued, {in_flight} in flight")
        if parts and self._options.dead_man_switch is not None:
            parts.append(str(self._switch))
        return f"<WebsocketClient {'; '.join(parts) or 'not connected'}>"

    def __del__(self) -> None:
        # Takes no lock: the collector may run this in a thread that holds one.
        if self._closed or os.getpid() != self._pid:
            return
        atexit.unregister(self._at_exit)
        if self._connections:
            warnings.warn(
                f"unclosed {type(self).__name__}; use 'with' or close_all()", ResourceWarning, stacklevel=1
            )
        for connection in self._connections.values():
            connection.abandon()
        self._switch.abandon()
        self._announcer.callbacks.abandon()


def _replace(
    connections: dict[WsKey, Connection], lock: threading.RLock, key: WsKey, old: Connection, new: Connection
) -> None:
    """Another connection has taken over. No method, because connections must not keep their client alive."""
    with lock:
        if connections.get(key) is old:
            connections[key] = new


_SHORT_NAMES = MappingProxyType({WsKey.WS_API_SPOT_V1: "spot", WsKey.WS_API_FUTURES_V1: "futures"})


def credentials_from_environment() -> tuple[str, str, str]:
    """Key, secret and passphrase; raises ``ConfigurationError`` naming what is missing."""
    names = ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise ConfigurationError(f"not set in the environment: {', '.join(missing)}")
    key, secret, passphrase = (os.environ[name] for name in names)
    return key, secret, passphrase


def _credentials(key: str | None, secret: str | None, passphrase: str | None) -> Credentials | None:
    if key is None and secret is None and passphrase is None:
        return None
    if key is None or secret is None or passphrase is None:
        raise ConfigurationError("api_key, api_secret, api_passphrase: all three are needed, or none")
    return Credentials(key, secret, passphrase)


def _shared_ssl_context(options: Options) -> Callable[[], ssl.SSLContext]:
    """Makes the context on first use, which is on a background thread, and once: making one takes 20 ms."""
    return functools.cache(lambda: options.ssl_context or ssl.create_default_context())


def _thread_name(kind: str) -> str:
    """``kucoin-wsapi-<kind>-<n>`` with the lowest number that no living thread has, to tell clients apart."""
    living = {thread.name for thread in threading.enumerate()}
    names = (f"kucoin-wsapi-{kind}-{number}" for number in itertools.count(1))
    return next(name for name in names if name not in living)


def _stop_at_exit(reference: weakref.ref[WebsocketClient]) -> None:
    client = reference()
    if client is None or os.getpid() != client._pid:
        return
    connections = list(client._connections.values())
    for connection in connections:
        connection.abandon()
    options = client._options
    grace = options.close_timeout + _CLOSING_GRACE if options.cancel_on_exit else _EXIT_GRACE
    deadline = time.monotonic() + grace
    wait_for_switch = client._switch.end(None, deadline, clean=False)
    for connection in connections:
        connection.join(deadline - time.monotonic())
    wait_for_switch()
    # The loops had events to tell. An interpreter that ends while a thread writes a line to standard error never gets
    # its lock: it waits for a second, twice, and aborts.
    callbacks = client._announcer.callbacks
    callbacks.stop()
    callbacks.join(deadline - time.monotonic())
