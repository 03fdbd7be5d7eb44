"""How the calls of an order socket end, as its protocol has decided: on the loop thread, without the lock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from ._actions import Action, Answer, Fail
from ._calls import Call
from ._latencies import Latencies
from ._outcomes import Outcome, outcome_of
from ._quotas import Quotas, pool_of
from .exceptions import RateLimitedError, UnreadableReplyError
from .responses import WSAPIResponse

__all__ = ["Settling"]

_logger = logging.getLogger("kucoin_wsapi")


@frozen
class Settling:
    """Settles futures, tells of it, and keeps what an answer says of the rate limits and how long it took.

    ``settled(call, outcome, late)`` must not block.
    """

    quotas: Quotas
    latencies: Latencies
    settled: Callable[[Call, Outcome, bool], None]

    def perform(self, action: Action) -> None:
        """``Answer`` or ``Fail``."""
        if isinstance(action, Answer):
            self.answered((action,))
        elif isinstance(action, Fail):
            action.call.settle(action.error)
            self.settled(action.call, action.error, False)

    def answered(self, answers: Sequence[Answer]) -> None:
        """Settle their calls, and then wake who waits: one that is woken may have the interpreter for a while."""
        try:
            for answer in answers:
                try:
                    self._answer(answer)
                except Exception:
                    _logger.exception("internal error on an answer to %s", answer.call.op)
        finally:
            self._wake(answers)

    def _wake(self, answers: Sequence[Answer]) -> None:
        # Each by itself: else they would find out by themselves, after a second.
        for answer in answers:
            try:
                answer.call.future._wake()
            except Exception:
                _logger.exception("internal error on an answer to %s", answer.call.op)

    def _answer(self, action: Answer) -> None:
        call, late = action.call, action.late
        try:
            outcome = outcome_of(call, action.reply, action.received_at, late)
        except Exception as error:
            # Nobody else would settle it: it has left the tables.
            _logger.exception("internal error on an answer to %s", call.op)
            outcome = call.error(UnreadableReplyError, f"internal error: {type(error).__name__}", error)
        response = outcome if isinstance(outcome, WSAPIResponse) else getattr(outcome, "response", None)
        if response is not None:
            self._account(call, outcome, response, action.received_at)
        if not late:
            call.conclude(outcome)
        self.settled(call, outcome, late)

    def _account(self, call: Call, outcome: Outcome, response: WSAPIResponse[Any], now: float) -> None:
        """Before the future settles, so that whoever has the answer finds it counted."""
        try:
            self.latencies.answered(response)
            self._see_quota(call, outcome, response, now)
        except Exception:  # which must not keep the call from settling
            _logger.exception("internal error on an answer to %s", call.op)

    def _see_quota(self, call: Call, outcome: Outcome, response: WSAPIResponse[Any], now: float) -> None:
        limit, charge = response.rate_limit, call.charge
        pool = pool_of(call.op)
        if pool is None:
            return
        if limit is not None:
            if charge is None:
                self.quotas.noted(pool, limit, now)
            else:
                self.quotas.reported(pool, limit, now, call.quota_position)
        if isinstance(outcome, RateLimitedError):
            self.quotas.refused(pool, outcome.reset_after, now)
        elif charge is not None:
            self.quotas.passed(pool)
