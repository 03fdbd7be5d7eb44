"""Whether a request may go now without meeting the exchange's rate limits: the option ``pacing``.

KuCoin documentation, "Rate Limit" for the pools and for 100 messages in 10 seconds per connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from ._calls import Call, Charge
from ._quotas import Quotas, pool_of, weight_of

__all__ = ["Pacer", "charge_of"]

_MESSAGES, _PERIOD = 100, 10.0  # so many messages in so many seconds
_KEPT_FOR_CANCELS = 5


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
    """Holds the requests of one connection to the limits. Owned by its protocol and guarded by its owner's lock.

    ``_sent_at`` are the times (monotonic seconds) of the last messages of this socket, pings included.
    """

    def __init__(self, quotas: Quotas, *, waits: bool) -> None:
        """``waits``: what has no room waits in the queue; else it is refused."""
        self.waits = waits
        self._quotas = quotas
        self._sent_at: deque[float] = deque(maxlen=_MESSAGES)

    def connected(self) -> None:
        """A new socket: its messages are counted anew."""
        self._sent_at.clear()

    def sent(self, now: float) -> None:
        """A message that is no request was sent."""
        self._sent_at.append(now)

    def allowed_at(self, call: Call) -> float:
        """The earliest time at which a call may be sent; in the past: now."""
        charge = call.charge
        assert charge is not None
        room = _MESSAGES if charge.is_cancel else _MESSAGES - _KEPT_FOR_CANCELS
        allowed = self._sent_at[-room] + _PERIOD if len(self._sent_at) >= room else 0.0
        if charge.pool is not None:
            pool_allows = self._quotas.allowed_at(charge.pool, charge.weight, is_cancel=charge.is_cancel)
            allowed = max(allowed, pool_allows)
        return allowed

    def charge(self, call: Call, now: float) -> None:
        """A call is sent."""
        self._sent_at.append(now)
        charge = call.charge
        assert charge is not None
        if charge.pool is not None:
            call.quota_position = self._quotas.charge(charge.pool, charge.weight, now)
