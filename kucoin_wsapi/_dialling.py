"""Attempts to connect, each on its own short-lived thread.

Name resolution knows no timeout, and a server may send its answer a byte a minute: an attempt may hang, so it never
runs on the loop thread. An attempt that is no longer wanted is abandoned and closes its own socket.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable

from attrs import frozen

from ._gates import Address, Gate
from ._messages import GatewayError, Reply, parse_message
from ._transport import RefusedUpgradeError, Transport, dial, interrupt
from .exceptions import AuthenticationError, ProtocolError, TransportError
from .options import Options

__all__ = ["Dialled", "Dialler", "Opened", "Signature"]

_logger = logging.getLogger("kucoin_wsapi")


@frozen
class Opened:
    """An attempt that succeeded."""

    transport: Transport
    address: Address


# How an attempt ends: open, refused by the exchange with a code, or failed.
Dialled = Opened | GatewayError | Reply | Exception

# The answer to what the exchange asks, or why there is none.
Signature = str | AuthenticationError | TransportError


class Dialler:
    """The attempts of one connection, one after the other, and the answers to what the exchange asks.

    ``_lock`` is the connection's. It guards ``_attempt``, the one whose result is wanted, ``_result``, which is that
    attempt's and waits for the loop, and ``_signature``, which waits for the loop with the generation it is for; of two
    that have met, the younger generation's, as the other's socket is gone.
    """

    def __init__(
        self,
        gate: Gate,
        options: Options,
        ssl_context: Callable[[], ssl.SSLContext],
        lock: threading.RLock,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called on an attempt's thread once there is a result for the loop."""
        self._gate = gate
        self._options = options
        self._ssl_context = ssl_context
        self._lock = lock
        self._wake = wake
        self._attempt: Attempt | None = None
        self._result: Dialled | None = None
        self._signature: tuple[int, Signature] | None = None

    def start(self, name: str, clock_skew: int) -> None:
        """Begin an attempt; without the lock. Add ``clock_skew`` milliseconds to our clock for the signature."""
        attempt = Attempt(self._gate, self._options, self._ssl_context, clock_skew)
        with self._lock:
            self._attempt = attempt
        attempt.start(name, self._finished)

    def _finished(self, attempt: Attempt, result: Dialled) -> None:
        with self._lock:
            wanted = self._attempt is attempt
            if wanted:
                self._result = result
        if wanted:
            self._wake()
        elif isinstance(result, Opened):
            result.transport.abort()

    def answer(self, name: str, generation: int, question: str, clock_skew: int) -> None:
        """Answer a question on a thread of its own, because the user's signer may take its time; without the lock."""
        arguments = (generation, question, clock_skew)
        thread = threading.Thread(target=self._answer, args=arguments, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is shutting down
            self._leave(generation, TransportError("no thread could be started"))

    def _answer(self, generation: int, question: str, clock_skew: int) -> None:
        try:
            signed: Signature = self._gate.answer(question, clock_skew)
        except (AuthenticationError, TransportError) as error:
            signed = error.with_traceback(None)  # its frames know the secret
        self._leave(generation, signed)

    def _leave(self, generation: int, signed: Signature) -> None:
        with self._lock:
            if self._signature is None or self._signature[0] <= generation:
                self._signature = generation, signed
        self._wake()

    @property
    def has_news(self) -> bool:
        """Holding the lock: whether something has ended that the loop does not know of."""
        return self._result is not None or self._signature is not None

    def take_signature(self) -> tuple[int, Signature] | None:
        """Holding the lock: the generation and the answer to its challenge, once; None when there is none."""
        signed, self._signature = self._signature, None
        return signed

    def take_result(self) -> Dialled | None:
        """Holding the lock: how the attempt ended, once; None when it has not."""
        result, self._result = self._result, None
        if result is not None:
            self._attempt = None
        return result

    def abandon(self) -> None:
        """Nobody wants the attempt under way any more, if there is one; without the lock."""
        with self._lock:
            attempt, self._attempt = self._attempt, None
            result, self._result = self._result, None
        if attempt is not None:
            attempt.abandon()
        if isinstance(result, Opened):
            result.transport.abort()


class Attempt:
    """One attempt to connect and to upgrade.

    ``_lock`` guards ``_abandoned`` and ``_sock``: a socket that appears after the attempt was abandoned is ended by
    its own thread, one that was there before by the thread that abandons.
    """

    def __init__(
        self,
        gate: Gate,
        options: Options,
        ssl_context: Callable[[], ssl.SSLContext],
        clock_skew: int,
    ) -> None:
        """``clock_skew`` milliseconds are added to our clock for the signature."""
        self._gate = gate
        self._options = options
        self._ssl_context = ssl_context
        self._clock_skew = clock_skew
        self._lock = threading.Lock()
        self._abandoned = False
        self._sock: socket.socket | None = None

    def start(self, name: str, finished: Callable[[Attempt, Dialled], None]) -> None:
        """Begin; ``finished(attempt, transport_or_error)`` is called once, on the attempt's thread."""
        thread = threading.Thread(target=self._run, args=(finished,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads, or the interpreter is shutting down
            failure = TransportError("no thread could be started")
            failure.__cause__ = error
            finished(self, failure)

    def abandon(self) -> None:
        """Nobody wants the result any more; returns at once."""
        with self._lock:
            self._abandoned = True
            if self._sock is not None:
                interrupt(self._sock)

    def _run(self, finished: Callable[[Attempt, Dialled], None]) -> None:
        try:
            address = self._gate.address(self._clock_skew)
            transport = dial(
                address.url,
                timeout=self._options.connect_timeout,
                proxy=self._options.proxy,
                ssl_context=self._ssl_context,
                connecting=self._connecting,
            )
            result: Dialled = Opened(transport, address)
        except RefusedUpgradeError as error:
            result = _refusal(error)
        except (TransportError, AuthenticationError) as error:
            result = error.with_traceback(None)  # its frames know the signed URL
        except Exception as error:  # noqa: BLE001  # whatever it is, the loop must hear of it
            # Without text and traceback, which may hold the signed URL.
            _logger.error("internal error while connecting: %s", type(error).__name__)
            result = ProtocolError(f"internal error while connecting: {type(error).__name__}")
        finished(self, result)

    def _connecting(self, sock: socket.socket) -> None:
        with self._lock:
            self._sock = sock
            if self._abandoned:
                raise TransportError("the attempt was abandoned")


def _refusal(error: RefusedUpgradeError) -> Dialled:
    """The exchange's code in the body of a refused upgrade, or else the error."""
    message = parse_message((error.body or b"").decode("utf-8", "replace"))
    if isinstance(message, (GatewayError, Reply)):
        return message
    # Without the body, in which a server may repeat the signed URL.
    return TransportError(str(error), status=error.status)
