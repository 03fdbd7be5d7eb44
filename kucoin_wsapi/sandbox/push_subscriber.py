"""One connection of a push socket, as it has subscribed, and what faults make of its pushes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from .faults import Fault, FaultPlan
from .push_announcing import Subscription
from .push_hub import PushHub
from .push_outlet import Outlet

__all__ = ["PushSubscriber"]

Close = Callable[[str], Coroutine[Any, Any, None]]


class PushSubscriber:
    """Takes what the hub has for it and hands it to its outlet. Runs on the server's thread."""

    def __init__(self, hub: PushHub, outlet: Outlet, plan: FaultPlan, close: Close) -> None:
        """`close` ends the connection with a code, which may be that of a TCP reset."""
        self._hub = hub
        self._outlet = outlet
        self._plan = plan
        self._close = close
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._held: list[tuple[str, bytes]] = []  # pushes that wait for another one to overtake them
        self._timers: list[asyncio.TimerHandle] = []
        self._closing: asyncio.Task[None] | None = None

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

    def subscribe(self, subscriptions: Iterable[Subscription], answer: str | None) -> None:
        """From the `answer` on, if there is one, these are told, first as they stand; twice is once."""
        new = [each for each in subscriptions if not self.has(each)]
        self._subscriptions |= {(each.uid, each.topic): each for each in new}
        begin = self._hub.subscribe(self, new)
        # Now that nothing can be missed any more, he may know it.
        if answer is not None:
            self._outlet.say(answer)
        begin()

    def unsubscribe(self, subscriptions: Iterable[Subscription], answer: str | None = None) -> None:
        """Before the `answer`, if there is one, these end, as far as they were subscribed."""
        for subscription in subscriptions:
            if self._subscriptions.pop((subscription.uid, subscription.topic), None) is not None:
                self._hub.unsubscribe(self, subscription)
        if answer is not None:
            self._outlet.say(answer)

    def end(self) -> None:
        """The connection is over."""
        for timer in self._timers:
            timer.cancel()
        self.unsubscribe(tuple(self._subscriptions.values()))

    def push(self, topic: str, text: str, data: bytes) -> None:
        """Take what has been announced on a topic."""
        fault = self._plan.draw("push", topic)
        if self._closing is not None:
            return
        if fault is not None:
            self._fail(fault, text, data)
        else:
            self._outlet.add(text, data)
            self._release()

    def flush(self) -> None:
        """Send what has been taken."""
        self._outlet.flush()

    def _fail(self, fault: Fault, text: str, data: bytes) -> None:
        if fault.kind == "push-twice":
            self._outlet.add(text, data)
            self._outlet.add(text, data)
            self._release()
        elif fault.kind == "push-reordered":
            self._held.append((text, data))
            self._timers.append(asyncio.get_running_loop().call_later(fault.delay, self._release_and_flush))
        elif fault.kind == "push-close":
            self._outlet.flush()
            self._closing = asyncio.ensure_future(self._close(fault.code))

    def _release(self) -> None:
        held, self._held = self._held, []
        for text, data in held:
            self._outlet.add(text, data)

    def _release_and_flush(self) -> None:
        self._release()
        self.flush()
