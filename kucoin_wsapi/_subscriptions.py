"""What is subscribed on one push connection, what is asked for, and who waits for it.

Owned by one protocol and guarded by its owner's lock. A topic is one topic of one symbol: what updates name.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from attrs import define, field, frozen

from ._subscribing import SubscriptionCall
from ._topics import Topic, batches
from .exceptions import SubscriptionError

__all__ = ["Kind", "PushRequest", "Settled", "SubscriptionTable"]

Kind = Literal["subscribe", "unsubscribe"]

Settled = tuple[SubscriptionCall, SubscriptionError | None]
"""A call that ends: with an error, or well."""


@frozen
class PushRequest:
    """One request to the exchange. ``alone``: it is what one call asked for, not a batch of several."""

    id: str
    kind: Kind
    topics: tuple[Topic, ...]
    alone: bool


@frozen
class Refusal:
    """What follows from a refusal: calls that fail, and topics that nobody waits for and that are lost."""

    failed: list[Settled]
    lost: tuple[Topic, ...]


@define
class SubscriptionTable:
    """Invariants: a topic in ``active``, or in a request to subscribe, is in ``wanted``, unless it was unwanted since;
    every topic that a call to subscribe waits for is in ``wanted`` and not in ``active``.
    """

    wanted: dict[str, Topic] = field(
        factory=dict
    )  # by key, in the order of their subscription; outlives connections
    active: set[str] = field(factory=set)  # keys of what is acknowledged on this connection
    _queue: deque[PushRequest] = field(factory=deque)
    _sent: dict[str, PushRequest] = field(factory=dict)
    _waiting: dict[SubscriptionCall, set[str]] = field(factory=dict)  # keys that a call waits for
    _ids: itertools.count[int] = field(factory=lambda: itertools.count(1))

    # What users ask for

    def subscribe(self, call: SubscriptionCall, *, connected: bool) -> bool:
        """Want the topics of a call; True when all of them are active already, else the call waits."""
        missing = [topic for topic in call.topics if topic.key not in self.active]
        fresh = [topic for topic in missing if topic.key not in self.wanted]
        self.wanted.update((topic.key, topic) for topic in call.topics)
        if missing:
            self._waiting[call] = {topic.key for topic in missing}
        if connected:
            self._ask("subscribe", fresh, alone=True)
        return not missing

    def unsubscribe(self, call: SubscriptionCall, *, connected: bool) -> tuple[bool, list[Settled]]:
        """Want them no more: whether that is all, and the calls that waited for one of them."""
        gone = [topic for topic in call.topics if topic.key in self.wanted]
        disappointed = self._fail(gone, _unsubscribed)
        for topic in gone:
            self.wanted.pop(topic.key)
            self.active.discard(topic.key)
        if not connected or not gone:
            return True, disappointed
        self._waiting[call] = {topic.key for topic in gone}
        self._ask("unsubscribe", gone, alone=True)
        return False, disappointed

    def withdraw(self, call: SubscriptionCall) -> bool:
        """A call ends without an answer: cancelled, or too late. What nobody else wants is wanted no more."""
        missing = self._waiting.pop(call, None)
        if missing is None:
            return False
        if call.kind == "subscribe":
            for key in missing.difference(*self._waiting.values()):
                self.wanted.pop(key, None)
        return True

    # What the exchange says

    def acknowledged(self, request_id: str) -> list[Settled] | None:
        """A request was granted; None: which one, nobody knows."""
        request = self._sent.pop(request_id, None)
        if request is None:
            return None
        if request.kind == "subscribe":
            self.active.update(topic.key for topic in request.topics if topic.key in self.wanted)
            self._ask("unsubscribe", [topic for topic in request.topics if topic.key not in self.wanted])
        return self._advance(request)

    def refused(
        self, request_id: str, error: Callable[[Sequence[Topic]], SubscriptionError]
    ) -> Refusal | None:
        """A request was refused; None: which one, nobody knows."""
        request = self._sent.pop(request_id, None)
        if request is None:
            return None
        if request.kind == "unsubscribe":
            return Refusal(self._fail(request.topics, error), ())
        if not request.alone and len(request.topics) > 1:
            for topic in request.topics:  # one of them is at fault: each for itself
                self._queue.append(PushRequest(self._next_id(), "subscribe", (topic,), alone=False))
            return Refusal([], ())
        failed = self._fail(request.topics, error)
        lost = tuple(topic for topic in request.topics if self.wanted.pop(topic.key, None) is not None)
        return Refusal(failed, () if failed else lost)

    def connected(self) -> None:
        """A new connection: ask for everything that is wanted, in batches."""
        self.disconnected()
        self._ask("subscribe", list(self.wanted.values()))

    def disconnected(self) -> list[Settled]:
        """Nothing is active any more; who waits for a subscription goes on waiting, who unsubscribes is done."""
        self.active.clear()
        self._sent.clear()
        self._queue.clear()
        done = [call for call in self._waiting if call.kind == "unsubscribe"]
        for call in done:
            del self._waiting[call]
        for call, missing in self._waiting.items():
            missing.update(topic.key for topic in call.topics)
        return [(call, None) for call in done]

    # What is to be sent

    def next_request(self) -> PushRequest | None:
        """The next request, which counts as sent from now on."""
        if not self._queue:
            return None
        request = self._queue.popleft()
        self._sent[request.id] = request
        return request

    @property
    def has_requests(self) -> bool:
        """Whether something is to be sent."""
        return bool(self._queue)

    # Who waits

    @property
    def waiting(self) -> Iterable[SubscriptionCall]:
        """The calls that have not settled."""
        return self._waiting.keys()

    def take_waiting(self) -> list[SubscriptionCall]:
        """Take out all calls, at the end of the connection for good."""
        calls = list(self._waiting)
        self._waiting.clear()
        self._queue.clear()
        return calls

    def _ask(self, kind: Kind, topics: Sequence[Topic], *, alone: bool = False) -> None:
        for batch in batches(topics):
            self._queue.append(PushRequest(self._next_id(), kind, batch, alone))

    def _next_id(self) -> str:
        return str(next(self._ids))

    def _advance(self, request: PushRequest) -> list[Settled]:
        settled: list[Settled] = []
        for call, missing in list(self._waiting.items()):
            if call.kind == request.kind:
                missing.difference_update(topic.key for topic in request.topics)
                if not missing:
                    del self._waiting[call]
                    settled.append((call, None))
        return settled

    def _fail(
        self, topics: Sequence[Topic], error: Callable[[Sequence[Topic]], SubscriptionError]
    ) -> list[Settled]:
        """Each call gets an exception of its own: a shared one would collect the tracebacks of all that raise it."""
        unwanted = {topic.key for topic in topics}
        failed = [call for call, missing in self._waiting.items() if missing & unwanted]
        for call in failed:
            del self._waiting[call]
        return [(call, error(topics)) for call in failed]


def _unsubscribed(topics: Sequence[Topic]) -> SubscriptionError:
    return SubscriptionError(
        "unsubscribed before it was acknowledged", topics=[topic.key for topic in topics]
    )
