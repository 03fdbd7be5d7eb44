"""What a client needs as soon as it trades: requests made ready, and the connections that they go over.

This module is loaded by the first request or the first ``connect`` of the process, and with it the transport and all
that requests and answers become, the hooks of the converter included. So a program that only imports the package does
not wait for them, and an order that finds a connection does not either: what is about to wait for the network does.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from attrs import frozen

from ._calls import Call
from ._connection import Connection
from ._dead_man_switch import SwitchKeeper
from ._gates import OrderGate
from ._latencies import Latencies
from ._loop import Setting
from ._outcomes import Outcome
from ._process import thread_name
from ._quotas import Quotas
from ._requests import prepare
from ._settling import Settling
from ._tracking_start import TrackingStart
from .options import Credentials, Options, WsKey

__all__ = ["Trading"]


@frozen(eq=False)
class Trading:
    """The parts of one client that its requests and order connections are made with; it changes nothing itself."""

    credentials: Credentials | None
    options: Options
    quotas: Quotas
    latencies: Latencies
    switch: SwitchKeeper
    tracking: TrackingStart
    ssl_context: Callable[[], ssl.SSLContext]

    prepare = staticmethod(prepare)

    def connection(
        self,
        key: WsKey,
        *,
        replaced: Callable[[Connection, Connection], None],
        predecessor: Connection | None,
    ) -> Connection:
        """A connection for orders that has not been opened; see ``Connection``."""
        setting = Setting(
            key,
            name=thread_name("spot" if key is WsKey.WS_API_SPOT_V1 else "futures"),
            options=self.options,
            gate=OrderGate(key, self.credentials, self.options),
            ssl_context=self.ssl_context,
            emit=self.switch.emit,
        )
        settling = Settling(self.quotas, self.latencies, self._settled)
        return Connection(setting, settling, replaced=replaced, predecessor=predecessor)

    def _settled(self, call: Call, outcome: Outcome, late: bool) -> None:
        """On the loop thread, after the future has settled."""
        if late:
            self.tracking.late_answer(call.id, outcome)
        self.switch.settled(call, outcome, late)
