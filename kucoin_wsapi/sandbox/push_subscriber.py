"""One connection of a push socket, as it has subscribed."""

from __future__ import annotations

from .push_announcing import Subscription
from .push_hub import PushHub
from .push_outlet import Outlet

__all__ = ["PushSubscriber"]


class PushSubscriber:
    """Takes what the hub has for it and hands it to its outlet. Runs on the server's thread."""

    def __init__(self, hub: PushHub, outlet: Outlet) -> None:
        self._hub = hub
        self._outlet = outlet
        self._subscriptions: dict[tuple[str, str], Subscription] = {}

    @property
    def opcode(self) -> int:
        """Of the frames that it takes."""
        return self._outlet.opcode

    @property
    def topics(self) -> tuple[str, ...]:
        """What it has subscribed to."""
        return tuple(topic for _, topic in self._subscriptions)

    def has(self, subscription: Subscription) -> bool:
        """Whether it has subscribed to this already."""
        return (subscription.uid, subscription.topic) in self._subscriptions

    def subscribe(self, subscription: Subscription) -> None:
        """From now on; twice is once."""
        if self.has(subscription):
            return
        self._subscriptions[subscription.uid, subscription.topic] = subscription
        self._hub.subscribe(self, subscription)
        if subscription.symbols:
            self._hub.begin(self, subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """No more, if it was subscribed."""
        if self._subscriptions.pop((subscription.uid, subscription.topic), None) is not None:
            self._hub.unsubscribe(self, subscription)

    def end(self) -> None:
        """The connection is over."""
        for subscription in tuple(self._subscriptions.values()):
            self.unsubscribe(subscription)

    def push(self, topic: str, text: str, data: bytes) -> None:
        """Take what has been announced on a topic."""
        self._outlet.add(text, data)

    def flush(self) -> None:
        """Send what has been taken."""
        self._outlet.flush()
