"""``client.resolve``: the REST client, the connections and the rules of ``_resolving`` put together."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._arguments import checked_timeout
from ._connection import Connection
from ._records import OrderName
from ._resolving import Resolver, Subject, certain_at, subject_of
from .exceptions import (
    AuthenticationError,
    CallError,
    ConnectionLostError,
    DuplicateClientOidError,
    LookUpError,
    NotSentError,
    RejectedError,
    ReplyTimeoutError,
)
from .options import Credentials, Options, WsKey
from .reports import Resolution

if TYPE_CHECKING:
    from ._rest import RestClient

__all__ = ["LookUps"]


class LookUps:
    """Finds out what became of the calls of one client. Thread-safe; blocks the calling thread.

    ``_lock`` guards ``_rest``, which is made at the first look-up, and ``_closed``, after which nothing is kept open.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        options: Options,
        connections: Mapping[WsKey, Connection],
        id_prefix: str,
    ) -> None:
        """``connections`` is the client's table, which changes; ``id_prefix`` is what its request ids begin with."""
        self._credentials = credentials
        self._options = options
        self._connections = connections
        self._id_prefix = id_prefix
        self._lock = threading.RLock()
        self._rest: RestClient | None = None
        self._closed = False

    def resolve(
        self,
        error_or_client_oid: CallError | str,
        product: str | None,
        symbol: str | None,
        trade_type: str | None,
        timeout: float,
    ) -> Resolution:
        """See ``WebsocketClient.resolve``."""
        started = time.monotonic()
        subject = subject_of(error_or_client_oid, product, symbol, trade_type)
        resolver = Resolver(
            find=self.find_order,
            quiet_since=lambda: self._quiet_since(error_or_client_oid, subject, started),
            may_take_effect=not isinstance(error_or_client_oid, (NotSentError, RejectedError)),
            window_ends=self._window_ends(error_or_client_oid, subject, started),
            give_up_at=started + checked_timeout(timeout),
            clock=time.monotonic,
            wait=time.sleep,
        )
        return resolver.resolve(subject)

    def close(self) -> None:
        """Close what is open; looking up goes on working."""
        with self._lock:
            self._closed = True
            if self._rest is not None:
                self._rest.close()

    def certainty(self, error_or_client_oid: CallError | str, subject: Subject) -> Callable[[], float]:
        """Tells from when on an order that is not found is not there (monotonic seconds); ``inf`` while unknown."""
        started = time.monotonic()
        window_ends = self._window_ends(error_or_client_oid, subject, started)
        quiet: float | None = None

        def now_certain_at() -> float:
            nonlocal quiet
            if (
                quiet is None
            ):  # the first time counts: where orders are answered all the time, it is ever later
                quiet = self._quiet_since(error_or_client_oid, subject, started)
            return certain_at(quiet, window_ends)

        return now_certain_at

    def find_order(self, name: OrderName) -> Mapping[str, Any] | None:
        """See ``RestClient.find_order``."""
        with self._rest_client() as rest:
            return rest.find_order(name)

    def find_fills(self, name: OrderName) -> Sequence[Mapping[str, Any]]:
        """See ``RestClient.find_fills``."""
        with self._rest_client() as rest:
            return rest.find_fills(name)

    @contextlib.contextmanager
    def _rest_client(self) -> Iterator[RestClient]:
        if self._credentials is None:
            raise AuthenticationError(
                "no credentials were given: api_key, api_secret and api_passphrase are needed"
            )
        rest_client = _rest_client_class()
        with self._lock:
            if self._rest is None:
                self._rest = rest_client(self._credentials, self._options)
            rest = self._rest
        try:
            yield rest
        finally:
            with self._lock:
                if self._closed:
                    rest.close()

    def _window_ends(self, error: CallError | str, subject: Subject, started: float) -> float | None:
        """When the exchange stops taking the order, by its own clock (in monotonic seconds); None: not known."""
        connection = self._connections.get(error.ws_key) if isinstance(error, CallError) else None
        if connection is None:
            return None
        # Not by our wall clock and the skew: it may have been set since the login.
        exchange_ms = connection.clock.time_at(started)
        return None if exchange_ms is None else subject.window_ends(started, exchange_ms)

    def _quiet_since(self, error: CallError | str, subject: Subject, started: float) -> float | None:
        """Since when a request cannot be on its way (monotonic seconds); None while it may be."""
        names_existing_order = subject.is_change or isinstance(error, DuplicateClientOidError)
        if isinstance(error, (NotSentError, RejectedError)) and not names_existing_order:
            return -math.inf
        if (
            not isinstance(error, (ReplyTimeoutError, ConnectionLostError))
            or not error.request_id.startswith(self._id_prefix)
            or error.ws_key not in self._connections
        ):
            # It was answered or never sent, or is no call of this client. What it is about may be too new to be found.
            return started
        return self._connections[error.ws_key].quiet_since(error.generation, error.sent_at)


def _rest_client_class() -> type[RestClient]:
    """Loads requests, which takes longer than all the rest, and for which a program that never asks need not wait."""
    try:
        from ._rest import RestClient
    except ImportError as error:
        if f"{__package__}._rest" not in sys.modules:
            raise
        # Only to be met by the thread that is loading it: any other one waits.
        text = "REST is being loaded by what this signal handler has interrupted"
        raise LookUpError(text) from error
    return RestClient
