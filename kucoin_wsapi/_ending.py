"""How all that belongs to a client ends: closed, forgotten, or with the interpreter."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    # What is ended is loaded where it begins, and not at all in a program that does not use it.
    from ._callbacks import CallbackThread
    from ._connection import Connection
    from ._dead_man_switch import SwitchKeeper
    from ._look_ups import LookUps
    from ._push_streams import PushStreams
    from ._stream import Stream
    from ._tracking_start import TrackingStart
    from ._wake_ups import WakeUps
    from .options import Options, WsKey

__all__ = ["CLOSING_GRACE", "Ending"]

CLOSING_GRACE = 0.5  # seconds for close frame, shutdown and joining, beyond close_timeout
_EXIT_GRACE = 0.5  # seconds that the end of the interpreter waits for the threads of a client
_LAST_WORDS = 0.1  # seconds of that which are left to the handlers at least


@frozen(eq=False, repr=False)  # nobody asks for either, and generating them takes as long as loading a module
class Ending:
    """The parts of one client, which change; none of them knows the client.

    ``lock`` guards ``connections``.
    """

    options: Options
    lock: threading.RLock
    connections: Mapping[WsKey, Connection]
    streams: PushStreams
    switch: SwitchKeeper
    tracking: TrackingStart
    look_ups: LookUps
    callbacks: CallbackThread
    wake_ups: WakeUps

    def close(self, *, clean: bool) -> None:
        """Nothing is added any more. Returns within ``close_timeout`` plus half a second.

        Unless ``clean`` the dead-man switch is left to trigger.
        """
        deadline = time.monotonic() + self.options.close_timeout + CLOSING_GRACE
        with self.lock:
            connections = list(self.connections.values())
        for connection in connections:
            connection.ask_to_close()
        streams = self.streams.close()
        self.tracking.close()
        wait_for_switch = self.switch.end(None, deadline, clean=clean)
        ending: list[Connection | Stream] = [*connections, *streams]
        for thread in ending:
            thread.join(deadline - time.monotonic())
        wait_for_switch()
        self.tracking.join(deadline - time.monotonic())
        self.look_ups.close()
        self.callbacks.stop()
        self.callbacks.join(deadline - time.monotonic())
        self.wake_ups.close()

    def stop_at_exit(self) -> None:
        """The interpreter ends, and nobody has closed the client.

        It is held up for half a second; for as long as by ``close`` where orders are to be cancelled, or while they are
        not guarded yet.
        """
        ending: list[Connection | Stream] = [*self.connections.values()]
        ending += [stream for _, stream in self.streams.all]
        for thread in ending:
            thread.abandon()
        self.tracking.abandon()
        now, longest = time.monotonic(), self.options.close_timeout + CLOSING_GRACE
        deadline = now + (longest if self.options.cancel_on_exit else _EXIT_GRACE)
        # The thread of a switch that is armed ends at once.
        wait_for_switch = self.switch.end(None, now + longest, clean=False)
        for thread in ending:
            thread.join(deadline - time.monotonic())
        wait_for_switch()
        # The loops had events to tell. An interpreter that ends while a thread writes a line to standard error never
        # gets its lock: it waits for a second, twice, and aborts.
        self.callbacks.stop()
        self.callbacks.join(max(_LAST_WORDS, deadline - time.monotonic()))

    def abandon(self) -> None:
        """The client is forgotten. Takes no lock: the collector may run this in a thread that holds one."""
        for connection in self.connections.values():
            connection.abandon()
        self.streams.abandon()
        self.switch.abandon()
        self.tracking.abandon()
        self.callbacks.abandon()
        self.wake_ups.close()  # futures that are kept know them; whoever waits still has its own
