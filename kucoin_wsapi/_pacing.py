"""Whether a request may go now without meeting the exchange's rate limits: the option ``pacing``.

Two limits: the pools of the account, and the messages of the connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ._calls import Call, Charge
from ._message_window import MessageWindow
from ._quotas import Quotas, pool_of, weight_of

__all__ = ["Pacer", "charge_of"]

_KEPT_FOR_CANCELS = 5  # messages


def charge_of(op: str, args: object) -> Charge:
    """The charge of a request with the arguments ``args`` as they are sent."""
    is_cancel = op.endswith("cancel")
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

    def allowed_at(self, call: Call) -> float:
        """The earliest time at which a call may be sent; in the past: now."""
        charge = call.charge
        assert charge is not None
        allowed = self.messages.allowed_at(0 if charge.is_cancel else _KEPT_FOR_CANCELS)
        if charge.pool is not None:
            pool_allows = self._quotas.allowed_at(charge.pool, charge.weight, is_cancel=charge.is_cancel)
            allowed = max(allowed, pool_allows)
        return allowed

    def charge(self, call: Call, now: float) -> None:
        """A call is sent."""
        self.messages.sent(now)
        charge = call.charge
        assert charge is not None
        if charge.pool is not None:
            call.quota_position = self._quotas.charge(charge.pool, charge.weight, now)
