"""Whether a request may go now without meeting the exchange's rate limits: the option ``pacing``.

Two limits: the pools of the account, and the messages of the connection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ._calls import Call, Charge
from ._message_window import MESSAGES, PERIOD, MessageWindow
from ._operations import action_of
from ._quotas import Quotas, pool_of, weight_of

__all__ = ["Pacer", "charge_of"]

_KEPT_FOR_CANCELS = 5  # messages


def charge_of(op: str, args: object) -> Charge:
    """The charge of a request with the arguments ``args`` as they are sent."""
    action = action_of(op)
    is_cancel = action is not None and action.cancels
    return Charge(pool_of(op), weight_of(op), is_cancel, frozenset(_client_oids(args)))


def _client_oids(args: object) -> Iterator[str]:
    if isinstance(args, Mapping):
        args = [args, *args.get("clientOidsList", ())]
    for item in args if isinstance(args, list) else ():
        client_oid = item.get("clientOid") if isinstance(item, Mapping) else None
        if isinstance(client_oid, str):
            yield client_oid


class Pacer:
    """Holds the requests of one connection to the limits. Owned by its protocol and guarded by its owner's lock."""

    def __init__(self, quotas: Quotas, *, waits: bool) -> None:
        """``waits``: what has no room waits in the queue; else it is refused."""
        self.waits = waits
        self.messages = MessageWindow()
        self._quotas = quotas

    def allowed_at(self, call: Call, ahead: int = 0) -> float:
        """The earliest time at which a call may be sent, with ``ahead`` others still to go before it; in the past: now.

        With so many ahead that no window has room for all of them, that depends on them: ``inf``.
        """
        charge = call.charge
        assert charge is not None
        kept = ahead if charge.is_cancel else ahead + _KEPT_FOR_CANCELS
        allowed = self.messages.allowed_at(kept) if kept < MESSAGES else math.inf
        if charge.pool is not None:
            pool_allows = self._quotas.allowed_at(charge.pool, charge.weight, is_cancel=charge.is_cancel)
            allowed = max(allowed, pool_allows)
        return allowed

    def admit(self, call: Call, ahead: int, now: float) -> float:
        """When nothing may wait for the limits: accept a call now, behind ``ahead`` others that have not been sent yet.

        Returns 0, or the seconds after which to try again.
        """
        allowed_at = self.allowed_at(call, ahead)
        if allowed_at > now:
            return PERIOD if allowed_at == math.inf else allowed_at - now
        self._charge(call, now)
        return 0.0

    def sent(self, call: Call, now: float) -> None:
        """A call is sent."""
        self.messages.sent(now)
        if self.waits:
            self._charge(call, now)

    def _charge(self, call: Call, now: float) -> None:
        charge = call.charge
        assert charge is not None
        if charge.pool is not None:
            call.quota_position = self._quotas.charge(charge.pool, charge.weight, now)
