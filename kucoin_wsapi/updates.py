"""What a subscription brings: one envelope, ``Update``, around the data of each stream.

The classes of the data are in ``market_updates`` and ``account_updates``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ._update_data import typed_data
from .options import WsKey

__all__ = ["Update"]


class _NotYet:
    """Stands for data that nobody has asked for."""


@frozen
class Update:
    """One message of one subscription.

    Attributes:
        ws_key: the connection it came over.
        topic: what was subscribed to, with one symbol: a V1 topic such as ``"/market/ticker:BTC-USDT"``, or the key of
            a Pro channel, such as ``"ticker.SPOT:BTC-USDT"``.
        subject: the exchange's word for what happened (V1); ``"snapshot"`` or ``"delta"`` of Pro's books; or empty.
        raw: the whole message, decoded JSON; numbers with a fraction are ``Decimal``.
        received_at: ``time.monotonic()`` seconds of the read from the socket.
        is_ws_api_response: False: tells it from the answer to a request.
    """

    ws_key: WsKey
    topic: str
    subject: str
    raw: Mapping[str, Any] = field(repr=False)
    received_at: float = field(repr=False)
    _data: object = field(init=False, default=_NotYet, eq=False, repr=False)

    @property
    def is_ws_api_response(self) -> bool:
        """False, always."""
        return False

    @property
    def data(self) -> object:
        """What happened, as a class of ``market_updates`` or ``account_updates``; raises nothing, on any thread.

        It is made when it is asked for the first time, and kept. A stream without a class, and data of another shape
        than KuCoin documents, stay the decoded JSON that came: usually a ``dict``. So ask for the class that you need,
        with ``isinstance`` or ``match``, and treat everything else as news that this release cannot read.
        """
        data = self._data
        if data is _NotYet:
            data = typed_data(self.raw, self.subject)
            object.__setattr__(self, "_data", data)  # two threads may both make it, equal
        return data
