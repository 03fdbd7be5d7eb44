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

A ``TimeoutError`` always means that the order may exist. Every exception pickles, and none carries a secret. The text
of each ends with what it means for an order and what to do next, ``error.advice``. Each class has a page in
``docs/errors``.
"""

from __future__ import annotations

import concurrent.futures
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

# The modules that annotations name import this one. The package is there before it, and finds them when it is asked.
import kucoin_wsapi

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


_LOOK_UP = "look it up with client.resolve(error) before repeating it"
_MAY_BE: Mapping[str, str] = MappingProxyType(
    {
        "cancel": "the order may be cancelled or not",
        "sync_cancel": "the order may be cancelled or not",
        "multi_cancel": "each order may be cancelled or not",
        "multi_order": "each order may exist or not",
        "amend": "the order may be changed or not",
    }
)
"""What a request may have done, by the second part of its operation; of all others, "the order may exist"."""

LOGIN_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "400001": "check ws_url: what is there is not the order socket, or takes other parameters",
        "400002": "set this computer's clock by NTP",
        "400003": "check the key: KuCoin has none of that name; it may have been deleted, or be of another site",
        "400004": "check the passphrase: the one that was chosen with the key, not the login's password",
        "400005": "check the secret: it does not belong to the key",
        "400006": "add this computer's address, which the message names, to the key's whitelist",
        "400007": "give the key the permission on KuCoin's page for API keys",
        "400008": "make a new key: the order socket takes version 3 only",
        "400009": "make a new key of version 3",
        "400010": "ask KuCoin's support: the account is not let in",
        "400011": "check the secret, and sign_message if there is one: the challenge was not signed with it",
        "400200": "check partner: KuCoin knows no broker of that name",
        "400201": "check partner_key: it does not belong to the partner",
        "400202": "have KuCoin add this computer's address to those of the partner",
        "400301": "KuCoin does not serve this region",
        "400302": "KuCoin does not serve this region",
        "400303": "finish the identity check of the account",
        "400304": "finish the identity check of the master account",
        "400400": "check the key and the secret: they were not taken",
        "400401": "give a key: what was asked for needs one",
        "411100": "ask KuCoin's support: the account is frozen",
        "411200": "ask KuCoin's support: this account may not use this",
    }
)
"""What to do about a login that was refused, by the exchange's code (KuCoin documentation, "Error Code": gateway)."""


def what_happened(error: object) -> str:
    """The text of an error without its advice, which is of no use within the text of another one."""
    return str(error.args[0]) if isinstance(error, KucoinError) and error.args else str(error)


class KucoinError(Exception):
    """Root of all exceptions of this package."""

    _advice = ""

    @property
    def advice(self) -> str:
        """What the error means for an order, and what to do next; the text of the error ends with it."""
        return self._advice

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} [{self.advice}]" if self.advice else text

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

    _advice = "nothing was started or sent: correct that first"


class InvalidRequestError(KucoinError, ValueError):
    """An argument of one call is wrong. Raised in the caller at once; nothing was sent.

    ``field`` is the Python name of the argument at fault, or None when the call as a whole is.
    """

    _advice = "nothing was sent: correct that and call again"

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

    @property
    def advice(self) -> str:
        """What to do, by the code."""
        otherwise = "look up what its code means" if self.code else "correct what it names"
        return (
            f"no order was sent by this: {LOGIN_ADVICE.get(self.code or '', otherwise)}; then connect again"
        )


class TransportError(KucoinError):
    """No connection: name resolution, TCP, TLS, proxy, HTTP status, a close or silence. Retried with backoff.

    ``status`` is the HTTP status of a refused upgrade, ``close_code`` the WebSocket close code, ``code`` the
    exchange's code where it named a passing fault; each None when there was none.
    """

    _advice = "each call tells of its own order; if it lasts, kucoin-wsapi doctor finds what is in the way"

    def __init__(
        self, text: str, *, status: int | None = None, close_code: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.close_code = close_code
        self.code = code


class ProtocolError(KucoinError):
    """A message of the exchange made no sense here: unreadable, unexpected, or matching no request."""

    _advice = "each call tells of its own order; if it comes again, report it with what it names"


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

    def __init__(
        self,
        reason: str,
        *,
        request_id: str,
        op: str,
        ws_key: kucoin_wsapi.WsKey,
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

    _advice = "not sent: the exchange never saw it, repeating it is safe"


class NotReadyError(NotSentError):
    """No ready connection before the call's deadline, or none to be had; ``__cause__`` is the last reason."""

    @property
    def advice(self) -> str:
        """With that of a login that was refused: repeating is of no use before."""
        cause = self.__cause__
        then = (
            cause.advice if isinstance(cause, AuthenticationError) else "kucoin-wsapi doctor finds the cause"
        )
        return f"{self._advice} as soon as there is a connection; {then}"


class StaleRequestError(NotSentError):
    """The request waited longer than ``max_send_delay`` to be written, so it was not sent late."""

    _advice = f"{NotSentError._advice} if the price is still right"


class TooManyInFlightError(NotSentError):
    """``max_in_flight`` requests were queued or unanswered already."""

    _advice = f"{NotSentError._advice} when others are answered"


class PacingError(NotSentError):
    """``pacing`` held the request back: the exchange's rate limit left no room for it in time.

    ``reset_after`` is the time in seconds, from the failure, until there is room by what is known.
    """

    def __init__(self, reason: str, *, reset_after: float, **facts: Any) -> None:
        super().__init__(reason, **facts)
        self.reset_after = reset_after

    @property
    def advice(self) -> str:
        """With the time to wait for."""
        return f"{self._advice} in {self.reset_after:.1f} s"


class ClientClosedError(NotSentError):
    """The client or this connection was closed, or is used in a forked child process."""

    _advice = f"{NotSentError._advice} with a client that is open"


class OutcomeUnknownError(CallError):
    """The request was written and no definite answer came: look the order up before repeating it."""

    @property
    def advice(self) -> str:
        """By what was asked for."""
        return (
            f"outcome unknown: {_MAY_BE.get(self.op.rpartition('.')[2], 'the order may exist')}, {_LOOK_UP}"
        )


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

    def __init__(self, *, response: kucoin_wsapi.WSAPIResponse[Any], **facts: Any) -> None:
        self.code: str = response.code
        self.message: str | None = response.msg
        self.response = response
        super().__init__(f"answered with {self.code}: {self.message or 'no text'}", **facts)


class ReplacementFailedError(ServerFaultError):
    """A modify was refused: the old order may be cancelled already, with no new one in its place.

    A modify is a cancel followed by a new order, and the exchange does not say at which of the two it failed.
    """

    @property
    def advice(self) -> str:
        """A modify touches two orders."""
        what = "the old order may be cancelled without a new one"
        return f"outcome unknown: {what}, look both up with client.resolve(error)"


class UnreadableReplyError(OutcomeUnknownError):
    """The exchange answered, but the answer has not the shape that is documented; ``raw`` is its JSON."""

    def __init__(self, reason: str, *, raw: object = None, **facts: Any) -> None:
        self.raw = raw
        super().__init__(reason, **facts)


class RejectedError(CallError):
    """The exchange refused the request: it was certainly not executed.

    ``code`` and ``message`` are the exchange's; ``response`` is the whole answer.
    """

    _advice = "rejected: the exchange did not execute it, change it by what the exchange says"

    def __init__(self, *, response: kucoin_wsapi.WSAPIResponse[Any], **facts: Any) -> None:
        self.code: str = response.code
        self.message: str | None = response.msg
        self.response = response
        super().__init__(f"rejected with {self.code}: {self.message or 'no text'}", **facts)


class InvalidOrderError(RejectedError):
    """A parameter breaks a rule of the exchange (price, size, symbol, mode ...)."""

    _advice = "rejected: the exchange did not execute it, correct the parameter that it names"


class OpenOrderLimitError(InvalidOrderError):
    """A limit on open orders or on the position is reached."""

    _advice = "rejected: the exchange did not execute it, cancel open orders or reduce the position first"


class InsufficientFundsError(RejectedError):
    """Balance, margin or borrowing limit does not suffice."""

    _advice = "rejected: the exchange did not execute it, lower the size or add funds first"


class OrderNotFoundError(RejectedError):
    """The exchange knows no such order."""

    _advice = "rejected: the exchange did not execute it, check the id, the symbol and the account"


class OrderStateError(RejectedError):
    """The order or position is in a state that does not allow this."""

    _advice = "rejected: the exchange did not execute it, look at the order or position first"


class OrderNotCancellableError(OrderStateError):
    """The order cannot be cancelled: unknown, filled or cancelled already; the exchange does not say which."""

    _advice = "rejected: the order may be filled or cancelled already, look it up"


class DuplicateClientOidError(RejectedError):
    """An order with this ``client_oid`` exists already: look that one up."""

    _advice = "rejected: an order with this client_oid exists, look it up"


class MarketUnavailableError(RejectedError):
    """The market does not take this now: suspended, in settlement, auction, maintenance or an empty book."""

    _advice = "rejected: the exchange did not execute it, repeat it when the market takes orders again"


class PermissionDeniedError(RejectedError):
    """Key, account, region or identity check does not allow this."""

    _advice = "rejected: the exchange did not execute it, let kucoin-wsapi doctor look at what the key may do"


class RateLimitedError(RejectedError):
    """Too many requests; refused before the matching engine, so repeating it after a pause is safe.

    ``reset_after`` is the time in seconds until the quota returns, as the exchange said it, or None.
    """

    _advice = "rejected: the exchange did not execute it, repeat it after a pause"

    def __init__(self, *, response: kucoin_wsapi.WSAPIResponse[Any], **facts: Any) -> None:
        super().__init__(response=response, **facts)
        limit = response.rate_limit
        self.reset_after: float | None = None if limit is None else limit.reset / 1000


class SubscriptionError(KucoinError):
    """A subscription was refused, or not acknowledged in time; ``topics`` are those concerned, as text.

    ``code`` and ``message`` are the exchange's, or None where it said nothing. What it names is not subscribed, unless
    it was before.
    """

    _advice = "no order is concerned; these topics bring nothing: correct them or subscribe again"

    def __init__(
        self,
        reason: str,
        *,
        topics: Iterable[str] = (),
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.topics: tuple[str, ...] = tuple(topics)
        self.code = code
        self.message = message


class SlowConsumerError(KucoinError):
    """The handlers of a public stream do not keep up: its socket is read no more until they have caught up.

    Told in an event, once each time. Nothing is dropped on this side; the exchange may end such a connection. Orders,
    private streams and other keys are not affected.
    """

    _advice = (
        "no order is concerned and nothing is lost here: make the handlers quicker, or subscribe to less"
    )


class LookUpError(KucoinError):
    """What became of an order could not be found out: it is still unknown, and asking again may tell."""

    _advice = "the order may exist: ask again, or look at the list of orders on KuCoin's page"


class TrackingError(KucoinError):
    """A wait for a tracked order has ended before the order was that far; ``order`` is what is known of it.

    The client was closed, or there is neither a stream to hear of it nor a look-up to ask for it: ``__cause__``.
    """

    _advice = "the order may exist: look it up with client.resolve, error.order is what was known last"

    def __init__(self, text: str, *, order: kucoin_wsapi.TrackedOrder) -> None:
        super().__init__(text)
        self.order = order


class TrackingTimeoutError(TrackingError, TimeoutError):
    """The order was not that far in time. It may get there: wait again."""

    _advice = "the order may exist and get there: wait again, or cancel it"


class DeadManSwitchError(KucoinError):
    """The dead-man switch could not be armed, renewed or ended, has triggered, or orders were not cancelled on exit.

    It comes as an ``exception`` event, and is logged as an error; ``connect()`` raises it when the switch cannot be
    armed. ``code`` and ``message`` are the exchange's; None when it did not answer, or there was nothing to answer.
    """

    _advice = "spot orders may rest unguarded, or be cancelled: look at them, and mend what it names"

    def __init__(self, text: str, *, code: str | None = None, message: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.message = message


class BatchError(KucoinError):
    """Some items of a batch failed; raised by ``BatchResult.raise_if_any_failed()`` only.

    ``failed`` and ``succeeded`` are the items, in the order of the batch: what succeeded is live.
    """

    _advice = (
        "what succeeded is done; what failed was not, but for codes 5xxxxx: look these up, correct the others"
    )

    def __init__(
        self, *, failed: Iterable[kucoin_wsapi.BatchItem], succeeded: Iterable[kucoin_wsapi.BatchItem]
    ) -> None:
        self.failed: tuple[kucoin_wsapi.BatchItem, ...] = tuple(failed)
        self.succeeded: tuple[kucoin_wsapi.BatchItem, ...] = tuple(succeeded)
        total = len(self.failed) + len(self.succeeded)
        reasons = "; ".join(
            f"{item.client_oid or item.order_id}: {item.code} {item.msg}" for item in self.failed
        )
        super().__init__(f"{len(self.failed)} of {total} items failed: {reasons}")
