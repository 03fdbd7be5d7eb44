"""One call to subscribe or to unsubscribe, and its future."""

from __future__ import annotations

import concurrent.futures
import functools
import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

from attrs import frozen

from ._topics import Topic
from .exceptions import SubscriptionError
from .options import WsKey

__all__ = ["SubscriptionCall", "SubscriptionFuture"]


class SubscriptionFuture(concurrent.futures.Future[tuple[str, ...]]):
    """A future of the standard library that settles with the topics, as text, when the exchange has acknowledged them.

    Or with a ``SubscriptionError``, within the call's timeout. Done-callbacks run on the client's callback thread;
    after the client is closed, in the thread that adds them. ``cancel()`` withdraws what is not acknowledged yet.

    ``_withdraw`` and ``_client`` are set while it is pending: who is to be asked for a cancel, because only who takes
    the call out of the tables may settle it; and the client, which a pending future keeps alive.
    """

    def __init__(self, run_callback: Callable[..., None]) -> None:
        super().__init__()
        self._run_callback = run_callback
        self._pid = os.getpid()
        self._withdraw: Callable[[Callable[[], bool]], bool] | None = None
        self._client: object = None

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[tuple[str, ...]]], object]) -> None:
        """Call ``fn(future)`` on the client's callback thread once this is settled or cancelled."""
        super().add_done_callback(functools.partial(self._run_callback, fn))

    def cancel(self) -> bool:
        """Withdraw it; False when it is acknowledged or has failed."""
        withdraw = self._withdraw
        return super().cancel() if withdraw is None else withdraw(super().cancel)

    def result(self, timeout: float | None = None) -> tuple[str, ...]:
        """The topics, or the exception; waits up to ``timeout`` seconds (None: until it settles)."""
        self._check_process()
        try:
            return super().result(timeout)
        finally:
            # Else the traceback of what is raised refers to this future, which refers to what is raised.
            del self

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The exception, or None; waits like ``result``."""
        self._check_process()
        return super().exception(timeout)

    def _check_process(self) -> None:
        if os.getpid() != self._pid and not self.done():
            # The thread that would settle it did not survive the fork.
            raise SubscriptionError("only the parent process, which asked for it, learns what becomes of it")

    def _bind(self, client: object, withdraw: Callable[[Callable[[], bool]], bool]) -> None:
        """For the client: keep it alive until this settles, and let ``withdraw(cancel)`` decide on a cancel until then.

        That calls ``cancel``, which is the one of the standard library, when it is not too late.
        """
        self._client, self._withdraw = client, withdraw

    def release(self) -> None:
        """For the client: it is settled, or cancelled."""
        self._withdraw = self._client = None


@frozen(eq=False)
class SubscriptionCall:
    """One call. ``deadline`` is monotonic seconds; whoever takes it out of the tables settles it.

    ``handler`` comes to its topics when it is accepted.
    """

    kind: Literal["subscribe", "unsubscribe"]
    ws_key: WsKey
    topics: tuple[Topic, ...]
    future: SubscriptionFuture
    deadline: float
    handler: Callable[[Any], object] | None = None

    def error(
        self,
        reason: str,
        *,
        cause: BaseException | None = None,
        topics: Sequence[str] | None = None,
    ) -> SubscriptionError:
        """A fresh exception for this call, about some of its topics, or all."""
        named = [topic.key for topic in self.topics] if topics is None else topics
        error = SubscriptionError(reason, topics=named)
        error.__cause__ = cause
        return error

    def settle(self, error: SubscriptionError | None) -> bool:
        """Without the lock; False: the user has cancelled it."""
        future = self.future
        if not future.set_running_or_notify_cancel():
            return False
        future.release()
        if error is None:
            future.set_result(tuple(topic.key for topic in self.topics))
        else:
            future.set_exception(error)
        return True
