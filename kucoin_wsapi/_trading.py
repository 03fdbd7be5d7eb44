"""What the connections for orders of one client are made of."""

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
from ._settling import Settling
from ._tracking_start import TrackingStart
from .options import Credentials, Options, WsKey

__all__ = ["Trading"]


@frozen(eq=False)
class Trading:
    """The parts of one client that its connections for orders share; it changes nothing itself."""

    credentials: Credentials | None
    options: Options
    quotas: Quotas
    latencies: Latencies
    switch: SwitchKeeper
    tracking: TrackingStart
    ssl_context: Callable[[], ssl.SSLContext]

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
