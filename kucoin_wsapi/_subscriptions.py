"""What is subscribed on one push connection, what is asked for, and who waits for it.

Owned by one protocol and guarded by its owner's lock. A topic is one topic of one symbol: what updates name.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Literal

from attrs import define, evolve, field, frozen

from ._subscribing import SubscriptionCall
from ._topics import Topic, batches
from .exceptions import SubscriptionError

__all__ = ["Kind", "PushRequest", "Settled", "SubscriptionTable"]

Kind = Literal["subscribe", "unsubscribe"]

Settled = tuple[SubscriptionCall, SubscriptionError | None]
"""A call that ends: with an error, or well."""

MakeError = Callable[[Sequence[Topic]], SubscriptionError]


@frozen
class PushRequest:
    """One request to the exchange. ``call`` asked for it; None: it is about what several want, or nobody any more."""

    id: str
    kind: Kind
    topics: tuple[Topic, ...]
    call: SubscriptionCall | None


@frozen
class Refusal:
    """What follows from a refusal: calls that fail, and topics that were subscribed, or meant to stay, and are not.

    Those that were ``put_off`` are not for now.
    """

    failed: list[Settled]
    lost: tuple[Topic, ...]


@define
class SubscriptionTable:
    """Invariants. A topic in ``active`` is in ``_kept``, one in ``_kept`` is in ``wanted``, and so is every topic that
    a call to subscribe waits for. While there is a connection the last request about each topic in ``wanted`` is to
    subscribe, and either it is not answered yet, or put off, or the topic is in ``active``.
    """

    # By key, in the order of their subscription; outlives connections.
    wanted: dict[str, Topic] = field(factory=dict)
    active: set[str] = field(factory=set)  # keys of what is acknowledged on this connection
    # Keys of what has been acknowledged, on any connection: it stays wanted when another call for it comes to nothing.
    _kept: set[str] = field(factory=set)
    _connected: bool = False
    _queue: deque[PushRequest] = field(factory=deque)
    _sent: dict[str, PushRequest] = field(factory=dict)
    # The id of the last request about a topic, by key: the answers to those before it say nothing about it any more.
    _last: dict[str, str] = field(factory=dict)
    _waiting: dict[SubscriptionCall, set[str]] = field(factory=dict)  # keys that a call waits for
    _ids: itertools.count[int] = field(factory=lambda: itertools.count(1))

    def inherit(self, predecessor: SubscriptionTable) -> None:
        """Want what a table wants whose connection has ended."""
        self.wanted.update(predecessor.wanted)
        self._kept |= predecessor._kept

    # What users ask for

    def subscribe(self, call: SubscriptionCall) -> bool:
        """Want the topics of a call; True when all of them are active already, else the call waits."""
        missing = [topic for topic in call.topics if topic.key not in self.active]
        fresh = [topic for topic in missing if topic.key not in self.wanted]
        self.wanted.update((topic.key, topic) for topic in call.topics)
        if missing:
            self._waiting[call] = {topic.key for topic in missing}
        self._ask("subscribe", fresh, call)
        return not missing

    def unsubscribe(self, call: SubscriptionCall) -> tuple[bool, list[Settled]]:
        """Want them no more: whether that is all, and the calls that waited for one of them."""
        gone = [topic for topic in call.topics if topic.key in self.wanted]
        disappointed = self._fail(gone, _unsubscribed)
        self._forget(gone)
        if not self._connected or not gone:
            return True, disappointed
        self._waiting[call] = {topic.key for topic in gone}
        self._ask("unsubscribe", gone, call)
        return False, disappointed

    def withdraw(self, call: SubscriptionCall) -> tuple[str, ...]:
        """A call ends without an answer: cancelled, or too late; returns what it waited for, empty: it had ended.

        What nobody else wants is wanted no more; it may be subscribed all the same, so that is ended.
        """
        missing = self._waiting.pop(call, set())
        if call.kind == "subscribe":
            abandoned = [topic for topic in call.topics if self._only_wanted_for(topic, missing)]
            self._forget(abandoned)
            self._ask("unsubscribe", abandoned, None)
        return tuple(topic.key for topic in call.topics if topic.key in missing)

    # What the exchange says

    def acknowledged(self, request_id: str) -> list[Settled]:
        """A request was granted; which calls that settles."""
        request = self._sent.pop(request_id, None)
        if request is None:
            return []
        if request.kind == "unsubscribe":
            return [] if request.call is None else self._advance([request.call], request.topics)
        current = self._current(request)
        keys = [topic.key for topic in current]
        self.active.update(keys)
        self._kept.update(keys)
        return self._advance(self._subscribing(current), current)

    def refused(self, request_id: str, error: MakeError) -> Refusal | None:
        """A request was refused; None: which one, nobody knows.

        The call that asked for it fails. What else is wanted of it is asked for again, each topic for itself: so only
        the one at fault is lost in the end, and only the calls fail that want it.
        """
        request = self._sent.pop(request_id, None)
        if request is None:
            return None
        failed: list[Settled] = []
        if request.call is not None and self._waiting.pop(request.call, None) is not None:
            failed.append((request.call, error(request.topics)))
        if request.kind == "unsubscribe":
            return Refusal(failed, ())
        current = self._current(request)
        if len(request.topics) > 1:
            for topic in current:
                if failed and not self._wanted_otherwise(topic):
                    self._forget([topic])
                else:
                    self._ask("subscribe", [topic], None)
            return Refusal(failed, ())
        failed += self._fail(current, error)
        lost = tuple(topic for topic in current if topic.key in self._kept or not failed)
        self._forget(current)
        return Refusal(failed, lost)

    def put_off(self, request_id: str, error: MakeError) -> Refusal | None:
        """A request was refused for a reason that passes: like ``refused``, but what was subscribed before is asked for
        again as if the answer had never come, all of it together, and who waits for that goes on waiting.
        """
        request = self._sent.get(request_id)
        current = [] if request is None else self._current(request)
        kept = tuple(topic for topic in current if topic.key in self._kept)
        if request is None or request.kind == "unsubscribe" or not kept:
            return self.refused(request_id, error)
        fresh = [topic for topic in current if topic not in kept]
        failed = self._fail(fresh, error)
        self._forget(fresh)
        self._sent[request_id] = evolve(request, topics=kept, call=None)
        return Refusal(failed, kept)

    def overdue(self, request_id: str) -> tuple[Topic, ...]:
        """A request has waited long enough for its answer: asks again; returns what was subscribed and may be no more.

        KuCoin acknowledges what is subscribed twice.
        """
        request = self._sent.pop(request_id, None)
        if request is None:
            return ()
        if request.kind == "unsubscribe":
            if request.call in self._waiting:  # with more patience: it may still be answered
                self._sent[request_id] = request
            return ()
        current = self._current(request)
        self._ask("subscribe", current, None)
        return tuple(topic for topic in current if topic.key in self._kept)

    def connected(self) -> None:
        """A new connection: ask for everything that is wanted, in batches."""
        self._connected = True
        self._ask("subscribe", list(self.wanted.values()), None)

    def disconnected(self) -> list[Settled]:
        """Nothing is active any more; who waits for a subscription goes on waiting, who unsubscribes is done."""
        self._connected = False
        self.active.clear()
        self._sent.clear()
        self._queue.clear()
        self._last.clear()
        done = [call for call in self._waiting if call.kind == "unsubscribe"]
        for call in done:
            del self._waiting[call]
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

    def take_waiting(self) -> list[tuple[SubscriptionCall, tuple[str, ...]]]:
        """Withdraw all calls, because nobody will be answered any more; with what each one waited for."""
        return [(call, self.withdraw(call)) for call in list(self._waiting)]

    def _ask(self, kind: Kind, topics: Sequence[Topic], call: SubscriptionCall | None) -> None:
        """On the connection that there is, if there is one."""
        for batch in batches(topics) if self._connected else ():
            request = PushRequest(str(next(self._ids)), kind, batch, call)
            self._queue.append(request)
            self._last.update((topic.key, request.id) for topic in batch)

    def _current(self, request: PushRequest) -> list[Topic]:
        """The topics of a request about which no other was made after it."""
        return [topic for topic in request.topics if self._last.get(topic.key) == request.id]

    def _subscribing(self, topics: Iterable[Topic]) -> list[SubscriptionCall]:
        """The calls that wait until one of these is subscribed."""
        keys = {topic.key for topic in topics}
        return [
            call for call, missing in self._waiting.items() if call.kind == "subscribe" and missing & keys
        ]

    def _wanted_otherwise(self, topic: Topic) -> bool:
        """Whether somebody wants it, or has it."""
        return topic.key in self._kept or bool(self._subscribing([topic]))

    def _only_wanted_for(self, topic: Topic, missing: Container[str]) -> bool:
        return topic.key in missing and not self._wanted_otherwise(topic)

    def _forget(self, topics: Iterable[Topic]) -> None:
        for topic in topics:
            self.wanted.pop(topic.key, None)
            self.active.discard(topic.key)
            self._kept.discard(topic.key)

    def _advance(self, calls: Iterable[SubscriptionCall], topics: Sequence[Topic]) -> list[Settled]:
        settled: list[Settled] = []
        for call in calls:
            missing = self._waiting.get(call)
            if missing is not None:
                missing.difference_update(topic.key for topic in topics)
                if not missing:
                    del self._waiting[call]
                    settled.append((call, None))
        return settled

    def _fail(self, topics: Sequence[Topic], error: MakeError) -> list[Settled]:
        """Each call gets an exception of its own: a shared one would collect the tracebacks of all that raise it."""
        failed = self._subscribing(topics)
        for call in failed:
            del self._waiting[call]
        return [(call, error(topics)) for call in failed]


def _unsubscribed(topics: Sequence[Topic]) -> SubscriptionError:
    return SubscriptionError(
        "unsubscribed before it was acknowledged", topics=[topic.key for topic in topics]
    )
