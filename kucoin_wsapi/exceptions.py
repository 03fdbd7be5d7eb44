"""Everything this package raises, arranged by what a trading program may do next.

::

    KucoinError
     +- ConfigurationError (also ValueError)     constructor arguments; nothing was started
     +- InvalidRequestError (also ValueError)    arguments of one call; nothing was sent
     +- CallError                                one accepted call that did not end in a success
     |   +- NotSentError                         REPEAT: the exchange never saw it
     |   |   +- NotReadyError
     |   |   +- StaleRequestError
     |   |   +- TooManyInFlightError
     |   |   +- PacingError
     |   |   +- ClientClosedError
     |   +- OutcomeUnknownError                  LOOK UP: it was written, no definite answer came
     |   |   +- ReplyTimeoutError (also TimeoutError)
     |   |   +- ConnectionLostError
     |   |   +- ServerFaultError
     |   |   |   +- ReplacementFailedError
     |   |   +- UnreadableReplyError
     |   +- RejectedError                        FIX: the exchange said no, the order was not executed
     |       +- InvalidOrderError
     |       |   +- OpenOrderLimitError
     |       +- InsufficientFundsError
     |       +- OrderNotFoundError
     |       +- OrderStateError
     |       |   +- OrderNotCancellableError
     |       +- DuplicateClientOidError
     |       +- MarketUnavailableError
     |       +- PermissionDeniedError
     |       +- RateLimitedError
     +- SubscriptionError                        the exchange, or a limit of it, stands against a subscription
     +- SlowConsumerError                        in an event: handlers do not keep up with a public stream
     +- LookUpError                              resolve() could not find out: still unknown, try again
     +- TrackingError                            a tracked order has not got that far, and nobody looks any more
     |   +- TrackingTimeoutError (also TimeoutError)
     +- DeadManSwitchError                       the dead-man switch does not do what it should; an event, too
     +- BatchError                               raised on request, for a batch of which items failed
     +- AuthenticationError                      the login was refused; fatal for the connection
     +- TransportError                           no connection could be made; retried with backoff
     +- ProtocolError                            what arrived made no sense

A ``TimeoutError`` always means that the order may exist. Every exception pickles, and none carries a secret.
"""

from __future__ import annotations

import concurrent.futures
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .options import WsKey
    from .responses import BatchItem, WSAPIResponse
    from .tracking import TrackedOrder

__all__ = [
    "AuthenticationError",
    "BatchError",
    "CallError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectionLostError",
    "DeadManSwitchError",
    "DuplicateClientOidError",
    "InsufficientFundsError",
    "InvalidOrderError",
    "InvalidRequestError",
    "KucoinError",
    "LookUpError",
    "MarketUnavailableError",
    "NotReadyError",
    "NotSentError",
    "OpenOrderLimitError",
    "OrderNotCancellableError",
    "OrderNotFoundError",
    "OrderStateError",
    "OutcomeUnknownError",
    "PacingError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitedError",
    "RejectedError",
    "ReplacementFailedError",
    "ReplyTimeoutError",
    "ServerFaultError",
    "SlowConsumerError",
    "StaleRequestError",
    "SubscriptionError",
    "TooManyInFlightError",
    "TrackingError",
    "TrackingTimeoutError",
    "TransportError",
    "UnreadableReplyError",
]


class KucoinError(Exception):
    """Root of all exceptions of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by attributes: the constructors of this tree take keywords, which the default cannot replay."""
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(cls: type[KucoinError], args: tuple[object, ...], attributes: dict[str, object]) -> KucoinError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ConfigurationError(KucoinError, ValueError):
    """An argument of a client's constructor is wrong. Raised in the caller; nothing was started."""


class InvalidRequestError(KucoinError, ValueError):
    """An argument of one call is wrong. Raised in the caller at once; nothing was sent.

    ``field`` is the Python name of the argument at fault, or None when the call as a whole is.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class AuthenticationError(KucoinError):
    """The exchange refused the login: key, passphrase, signature, clock, IP address or permission.

    The key is not tried again until ``connect()`` or ``connect_ws_api()`` asks for it. ``code`` and
    ``message`` are the exchange's (None when the failure is not the exchange's, such as a broken signer).
    """

    def __init__(self, text: str, *, code: str | None = None, message: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.message = message


class TransportError(KucoinError):
    """No connection: name resolution, TCP, TLS, proxy, HTTP status, a close or silence. Retried with backoff.

    ``status`` is the HTTP status of a refused upgrade, ``close_code`` the WebSocket close code, ``code`` the
    exchange's code where it named a passing fault; each None when there was none.
    """

    def __init__(
        self, text: str, *, status: int | None = None, close_code: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.close_code = close_code
        self.code = code


class ProtocolError(KucoinError):
    """A message of the exchange made no sense here: unreadable, unexpected, or matching no request."""


class CallError(KucoinError):
    """One accepted call that did not end in a success; its subclasses say what may be done next.

    Attributes:
        request_id: id of the request on the wire.
        op: operation, such as ``"spot.order"``.
        ws_key: the connection it was meant for.
        client_oid: the order's client id, or None where the operation has none (batches: see ``request``).
        request: what was asked, as it was given (a request object, or raw parameters); passing it to the
            same method again repeats the call with the same ``client_oid``.
        sent_at: ``time.monotonic()`` seconds when the frame was handed to the socket, or None.
        generation: number of the connection that carried it, or None.
    """

    #: What a program may do next; part of the text of every error.
    advice = ""

    def __init__(
        self,
        reason: str,
        *,
        request_id: str,
        op: str,
        ws_key: WsKey,
        client_oid: str | None = None,
        request: object = None,
        sent_at: float | None = None,
        generation: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.request_id = request_id
        self.op = op
        self.ws_key = ws_key
        self.client_oid = client_oid
        self.request = request
        self.sent_at = sent_at
        self.generation = generation

    def __str__(self) -> str:
        identity = f", client_oid {self.client_oid}" if self.client_oid else ""
        text = f"{self.op} (request {self.request_id}{identity}): {self.args[0]}"
        return f"{text} [{self.advice}]" if self.advice else text


class NotSentError(CallError):
    """The request never reached the socket: no order exists because of it, and repeating it is safe."""

    advice = "not sent: the exchange never saw it, repeating it is safe"


class NotReadyError(NotSentError):
    """No ready connection before the call's deadline, or none to be had; ``__cause__`` is the last reason."""


class StaleRequestError(NotSentError):
    """The request waited longer than ``max_send_delay`` to be written, so it was not sent late."""


class TooManyInFlightError(NotSentError):
    """``max_in_flight`` requests were queued or unanswered already."""


class PacingError(NotSentError):
    """``pacing`` held the request back: the exchange's rate limit left no room for it in time.

    ``reset_after`` is the time in seconds, from the failure, until there is room by what is known.
    """

    def __init__(self, reason: str, *, reset_after: float, **facts: Any) -> None:
        super().__init__(reason, **facts)
        self.reset_after = reset_after


class ClientClosedError(NotSentError):
    """The client or this connection was closed, or is used in a forked child process."""


class OutcomeUnknownError(CallError):
    """The request was written and no definite answer came: look the order up before repeating it."""

    advice = "outcome unknown: the order may exist, look it up by client_oid before repeating it"


# Before Python 3.11 the futures' TimeoutError is not the built-in one, and programs catch either.
if sys.version_info >= (3, 11):

    class _Timeout(OutcomeUnknownError, TimeoutError):
        pass

else:

    class _Timeout(OutcomeUnknownError, concurrent.futures.TimeoutError, TimeoutError):
        pass


class ReplyTimeoutError(_Timeout):
    """The request was written and its answer did not come within the call's timeout.

    An answer that comes later still arrives, as an event marked ``late``.
    """


class ConnectionLostError(OutcomeUnknownError):
    """The connection ended after the request was written and before its answer; ``__cause__`` says why."""


class ServerFaultError(OutcomeUnknownError):
    """The exchange answered, and its answer leaves open what became of the request (``500000``, ``504000`` ...).

    ``code`` and ``message`` are the exchange's; ``response`` is the whole answer.
    """

    def __init__(self, *, response: WSAPIResponse[Any], **facts: Any) -> None:
        self.code: str = response.code
        self.message: str | None = response.msg
        self.response = response
        super().__init__(f"answered with {self.code}: {self.message or 'no text'}", **facts)


class ReplacementFailedError(ServerFaultError):
    """A modify was refused: the old order may be cancelled already, with no new one in its place.

    A modify is a cancel followed by a new order, and the exchange does not say at which of the two it failed.
    """

    advice = "outcome unknown: the old order may be cancelled without a new one, look both up"


class UnreadableReplyError(OutcomeUnknownError):
    """The exchange answered, but the answer has not the shape that is documented; ``raw`` is its JSON."""

    def __init__(self, reason: str, *, raw: object = None, **facts: Any) -> None:
        self.raw = raw
        super().__init__(reason, **facts)


class RejectedError(CallError):
    """The exchange refused the request: it was certainly not executed.

    ``code`` and ``message`` are the exchange's; ``response`` is the whole answer.
    """

    advice = "rejected: the exchange did not execute it"

    def __init__(self, *, response: WSAPIResponse[Any], **facts: Any) -> None:
        self.code: str = response.code
        self.message: str | None = response.msg
        self.response = response
        super().__init__(f"rejected with {self.code}: {self.message or 'no text'}", **facts)


class InvalidOrderError(RejectedError):
    """A parameter breaks a rule of the exchange (price, size, symbol, mode ...)."""


class OpenOrderLimitError(InvalidOrderError):
    """A limit on open orders or on the position is reached."""


class InsufficientFundsError(RejectedError):
    """Balance, margin or borrowing limit does not suffice."""


class OrderNotFoundError(RejectedError):
    """The exchange knows no such order."""


class OrderStateError(RejectedError):
    """The order or position is in a state that does not allow this."""


class OrderNotCancellableError(OrderStateError):
    """The order cannot be cancelled: unknown, filled or cancelled already; the exchange does not say which."""

    advice = "rejected: the order may be filled or cancelled already, look it up"


class DuplicateClientOidError(RejectedError):
    """An order with this ``client_oid`` exists already: look that one up."""

    advice = "rejected: an order with this client_oid exists, look it up"


class MarketUnavailableError(RejectedError):
    """The market does not take this now: suspended, in settlement, auction, maintenance or an empty book."""


class PermissionDeniedError(RejectedError):
    """Key, account, region or identity check does not allow this."""


class RateLimitedError(RejectedError):
    """Too many requests; refused before the matching engine, so repeating it after a pause is safe.

    ``reset_after`` is the time in seconds until the quota returns, as the exchange said it, or None.
    """

    advice = "rejected: the exchange did not execute it, repeat it after a pause"

    def __init__(self, *, response: WSAPIResponse[Any], **facts: Any) -> None:
        super().__init__(response=response, **facts)
        limit = response.rate_limit
        self.reset_after: float | None = None if limit is None else limit.reset / 1000


class SubscriptionError(KucoinError):
    """A subscription was refused, or not acknowledged in time; ``topics`` are those concerned, as text.

    ``code`` and ``message`` are the exchange's, or None where it said nothing. What it names is not subscribed, unless
    it was before.
    """

    def __init__(
        self,
        reason: str,
        *,
        topics: Iterable[str] = (),
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.topics = tuple(topics)
        self.code = code
        self.message = message


class SlowConsumerError(KucoinError):
    """The handlers of a public stream do not keep up: its socket is read no more until they have caught up.

    Told in an event, once each time. Nothing is dropped on this side; the exchange may end such a connection. Orders,
    private streams and other keys are not affected.
    """


class LookUpError(KucoinError):
    """What became of an order could not be found out: it is still unknown, and asking again may tell."""


class TrackingError(KucoinError):
    """A wait for a tracked order has ended before the order was that far; ``order`` is what is known of it.

    The client was closed, or there is neither a stream to hear of it nor a look-up to ask for it: ``__cause__``.
    """

    def __init__(self, text: str, *, order: TrackedOrder) -> None:
        super().__init__(text)
        self.order = order


class TrackingTimeoutError(TrackingError, TimeoutError):
    """The order was not that far in time. It may get there: wait again."""


class DeadManSwitchError(KucoinError):
    """The dead-man switch could not be armed, renewed or ended, has triggered, or orders were not cancelled on exit.

    It comes as an ``exception`` event, and is logged as an error; ``connect()`` raises it when the switch cannot be
    armed. ``code`` and ``message`` are the exchange's; None when it did not answer, or there was nothing to answer.
    """

    def __init__(self, text: str, *, code: str | None = None, message: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.message = message


class BatchError(KucoinError):
    """Some items of a batch failed; raised by ``BatchResult.raise_if_any_failed()`` only.

    ``failed`` and ``succeeded`` are the items, in the order of the batch: what succeeded is live.
    """

    def __init__(self, *, failed: Iterable[BatchItem], succeeded: Iterable[BatchItem]) -> None:
        self.failed = tuple(failed)
        self.succeeded = tuple(succeeded)
        total = len(self.failed) + len(self.succeeded)
        reasons = "; ".join(
            f"{item.client_oid or item.order_id}: {item.code} {item.msg}" for item in self.failed
        )
        super().__init__(f"{len(self.failed)} of {total} items failed: {reasons}")
