"""How the chaos suite calls the client: each call measured, each look-up repeated until it tells."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from kucoin_wsapi import (
    AuthenticationError,
    CallError,
    LookUpError,
    NotSentError,
    OutcomeUnknownError,
    RejectedError,
    Resolution,
    ResponseFuture,
    TransportError,
    WebsocketAPIClient,
    WSAPIResponse,
)

Outcome = WSAPIResponse[Any] | CallError
Send = Callable[[], ResponseFuture[Any]]

PATIENCE = 20.0  # seconds past its deadline after which a future counts as never settled
NOTICEABLE = 0.1  # seconds past its deadline; on an idle machine no future settles so late
LOOK_UPS = 5  # times that `resolve` is asked again


class Tally:
    """The figures of a run. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.violations: list[str] = []
        self.requests = self.unsettled = self.look_ups = self.wrongly_resolved = 0
        self.late = self.noticeably_late = self.late_answers = 0
        self.worst_lateness = 0.0

    def settled(self, outcome: Outcome, lateness: float, tolerance: float) -> None:
        """A future has settled ``lateness`` seconds after its deadline (negative: before it)."""
        with self._lock:
            self.requests += 1
            self.outcomes[_name(outcome)] += 1
            self.worst_lateness = max(self.worst_lateness, lateness)
            self.noticeably_late += lateness > NOTICEABLE
            if lateness > tolerance:
                self.late += 1
                self.violations.append(f"{_name(outcome)} settled {lateness:.3f} s after its deadline")

    def hung(self, future: ResponseFuture[Any]) -> None:
        """A future has not settled at all."""
        with self._lock:
            self.requests += 1
            self.unsettled += 1
            self.violations.append(f"{future.op} {future.request_id} has not settled")

    def answered(self, response: WSAPIResponse[Any]) -> None:
        """A handler for the event ``response``: some come after their future has timed out."""
        with self._lock:
            self.late_answers += response.late

    def looked_up(self) -> None:
        """`resolve` has been asked."""
        with self._lock:
            self.look_ups += 1

    def resolved_wrongly(self, text: str) -> None:
        """`resolve` has said what cannot be, or nothing at all."""
        with self._lock:
            self.wrongly_resolved += 1
            self.violations.append(f"resolve wrong: {text}")

    def violated(self, text: str) -> None:
        """Something is not as it must be."""
        with self._lock:
            self.violations.append(text)


def _name(outcome: Outcome) -> str:
    if isinstance(outcome, WSAPIResponse):
        return "success"
    branches = {NotSentError: "not sent", RejectedError: "rejected", OutcomeUnknownError: "unknown"}
    branch = next(name for kind, name in branches.items() if isinstance(outcome, kind))
    return f"{branch}: {type(outcome).__name__}"


class Desk:
    """One client and the slots that trading threads share. Called by any of them."""

    def __init__(
        self,
        client: WebsocketAPIClient,
        tally: Tally,
        slots: threading.Semaphore,
        *,
        timeout: float,
        tolerance: float,
        resolve_timeout: float,
    ) -> None:
        self.client = client
        self.tally = tally
        self._slots = slots
        self._timeout = timeout
        self._tolerance = tolerance
        self._resolve_timeout = resolve_timeout

    def call(self, send: Send) -> Outcome:
        """Make one call and wait for it."""
        return self.call_all([send])[0]

    def call_all(self, sends: Iterable[Send], then: Callable[[], None] | None = None) -> list[Outcome]:
        """Make calls one right after the other, do ``then``, wait for each; revive a connection that was barred."""
        with self._slots:
            futures = [(send(), time.monotonic() + self._timeout) for send in sends]
            if then is not None:
                then()
            outcomes = [self._wait(future, deadline) for future, deadline in futures]
        for outcome in outcomes:
            self._revive(outcome)
        return outcomes

    def _wait(self, future: ResponseFuture[Any], deadline: float) -> Outcome:
        outcome: Outcome
        try:
            outcome = future.result(max(0.0, deadline - time.monotonic()) + PATIENCE)
        except CallError as error:
            outcome = error.with_traceback(None)
        except concurrent.futures.TimeoutError:
            self.tally.hung(future)
            raise
        self.tally.settled(outcome, time.monotonic() - deadline, self._tolerance)
        return outcome

    def _revive(self, outcome: Outcome) -> None:
        """After a fatal refusal the user has to ask for another connection."""
        if isinstance(outcome, NotSentError) and isinstance(outcome.__cause__, AuthenticationError):
            with contextlib.suppress(AuthenticationError, TransportError):
                self.client.connect_ws_api(outcome.ws_key, timeout=self._timeout)

    def resolve(self, error: CallError) -> Resolution:
        """What became of the orders of a call; asked again where the exchange could not tell."""
        for attempt in range(LOOK_UPS):
            self.tally.looked_up()
            try:
                return self.client.resolve(error, timeout=self._resolve_timeout)
            except LookUpError as failure:
                if attempt == LOOK_UPS - 1:
                    self.tally.resolved_wrongly(f"{failure}: {error}")
        raise AbandonedError


class AbandonedError(Exception):
    """A story cannot go on; why is in the tally."""
