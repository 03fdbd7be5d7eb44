"""What a protocol wants done: returned by its methods, performed by its connection outside the lock."""

from __future__ import annotations

import concurrent.futures
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from ._calls import Call
from ._messages import Reply
from .events import ConnectionEvent, ExceptionEvent
from .exceptions import CallError, SubscriptionError

if TYPE_CHECKING:
    # Fields only: whoever sends orders and no more needs none of what is subscribed to.
    from ._subscribing import SubscriptionCall
    from .updates import Update

__all__ = [
    "Action",
    "Answer",
    "AnswerChallenge",
    "Connect",
    "Deliver",
    "Disconnect",
    "Emit",
    "Fail",
    "ForgetHandlers",
    "Ready",
    "Renew",
    "SendPing",
    "SettleSubscription",
]


@frozen
class Connect:
    """Start attempt ``generation``; add ``clock_skew`` milliseconds to our clock when signing."""

    generation: int
    clock_skew: int


@frozen
class Disconnect:
    """Give up the socket: gracefully with a close frame, or so that not even buffered bytes leave any more."""

    graceful: bool


@frozen
class AnswerChallenge:
    """Answer ``text`` on connection ``generation``; for a signature add ``clock_skew`` milliseconds to our clock."""

    generation: int
    text: str
    clock_skew: int = 0


@frozen
class SendPing:
    """Send an application ping on connection ``generation``."""

    generation: int
    ping_id: str


class Answer(NamedTuple):  # one is made for each order
    """The exchange answered a call, at ``received_at`` (monotonic seconds); ``late``: after it had settled."""

    call: Call
    reply: Reply
    received_at: float
    late: bool


@frozen
class Fail:
    """A call ends without an answer."""

    call: Call
    error: CallError


@frozen
class Ready:
    """Release one that waits for the connection: with None when it is ready, else with the reason."""

    waiter: concurrent.futures.Future[None]
    error: Exception | None

    def release(self) -> None:
        """Settle the waiter, unless its owner has stopped waiting."""
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            if self.error is None:
                self.waiter.set_result(None)
            else:
                self.waiter.set_exception(self.error)


@frozen
class Renew:
    """Have another connection ready to take the place of this one, which has stood for long."""


@frozen
class Emit:
    """Tell the listeners."""

    event: ConnectionEvent | ExceptionEvent


@frozen
class Deliver:
    """Hand updates to who subscribed to them, in their order."""

    updates: list[Update]


@frozen
class SettleSubscription:
    """A subscription, or its end, was acknowledged; or it failed."""

    call: SubscriptionCall
    error: SubscriptionError | None


@frozen
class ForgetHandlers:
    """These topics were subscribed and are lost: what came to handle them must not be there when they are back."""

    topics: list[str]


OrderAction = Answer | Fail
PushAction = Deliver | SettleSubscription | ForgetHandlers
Action = Connect | Disconnect | AnswerChallenge | SendPing | Ready | Renew | Emit | OrderAction | PushAction
