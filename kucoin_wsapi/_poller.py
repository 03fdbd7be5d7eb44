"""Where a loop thread waits: for its socket, for a wake-up from another thread, or for time to pass."""

from __future__ import annotations

import contextlib
import math
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Poller", "suspended_seconds"]

_PATIENCE = 0.1  # seconds; whoever has the lock needs microseconds
_LONGEST_WAIT = 3600.0  # what a selector takes is limited


_BOOT_CLOCK: int | None = getattr(
    time, "CLOCK_BOOTTIME", None
)  # Linux has it: monotonic, and runs on in suspension


def suspended_seconds() -> float:
    """For how long this machine has been suspended since it was booted; 0 where the system does not tell."""
    return 0.0 if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK) - time.monotonic()


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


_READABLE, _WRITABLE = 0x001, 0x004  # POLLIN and POLLOUT, as every system that has them numbers them


class _Selection:
    """The part of ``select.poll`` that is used here, where there is none (Windows)."""

    def __init__(self) -> None:
        self._interests: dict[int, int] = {}

    def register(self, descriptor: int, interest: int) -> None:
        """Wait for this one too, or for something else of it."""
        self._interests[descriptor] = interest

    def unregister(self, descriptor: int) -> None:
        """Forget it."""
        del self._interests[descriptor]

    def poll(self, milliseconds: float | None) -> list[tuple[int, int]]:
        """Those for which something has happened."""
        reading = [one for one, interest in self._interests.items() if interest & _READABLE]
        writing = [one for one, interest in self._interests.items() if interest & _WRITABLE]
        # There a connection that was refused or reset is told of as an exceptional condition.
        ready = select.select(
            reading, writing, writing, None if milliseconds is None else milliseconds / 1000
        )
        return [(descriptor, 0) for descriptor in set().union(*ready)]


_new_poll: Callable[[], Any] = getattr(select, "poll", _Selection)


class Poller:
    """Waits for one socket and a wake-up pair. All methods but ``wake`` belong to the loop thread.

    Without ``selectors``, which takes longer than the system call that it makes.

    ``_awake`` is set by whoever wakes and cleared by the loop after it has emptied the pair and before it looks at
    what there is to do. So a thread that finds it set may rely on the loop looking after that thread's change; and
    however many threads wake the loop, one byte is written.

    ``_closing`` keeps ``close`` and ``wake`` apart: a byte must not be written into whatever gets the descriptor next.
    It can be taken again by the thread that has it, because a finaliser may interrupt a ``wake``, or ``close``.
    """

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)
        self._poll = _new_poll()
        self._wake_up = self._receiver.fileno()
        self._poll.register(self._wake_up, _READABLE)
        self._watched: _HasFileno | None = None
        self._descriptor = -1  # of what is watched
        self._interest = 0
        self._awake = False
        self.was_woken = False  # whether somebody has ended the last wait
        self._closing = threading.RLock()

    def wake(self) -> None:
        """Make ``wait`` return soon; from any thread, finaliser or signal handler; takes 0.1 s at the very most."""
        if not self._awake:
            try:
                self._awake = True
                self._write_byte()
            except BaseException:  # Ctrl-C: whoever finds `_awake` set relies on the byte
                self._write_byte()
                raise

    def _write_byte(self) -> None:
        # At the end of the interpreter its threads stop where they are, one of them here perhaps, and never let go.
        if self._closing.acquire(timeout=_PATIENCE):
            try:
                # Full: the loop has enough to wake it. Closed: there is no loop.
                with contextlib.suppress(OSError):
                    self._sender.send(b"\0")
            finally:
                self._closing.release()

    def watch(self, watched: _HasFileno, *, readable: bool = True, writable: bool) -> None:
        """Wait for this socket to become readable, or writable, or both, or neither."""
        interest = (_READABLE if readable else 0) | (_WRITABLE if writable else 0)
        if self._watched is watched and interest == self._interest:
            return
        self.unwatch()
        if interest:
            self._watched, self._interest, self._descriptor = watched, interest, watched.fileno()
            self._poll.register(self._descriptor, interest)

    def unwatch(self) -> None:
        """Forget the socket; before it is closed."""
        if self._watched is not None:
            self._poll.unregister(self._descriptor)
            self._watched = None

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds`` (``inf``: for ever); returns whether the socket has something for us."""
        timeout = None if seconds == math.inf else math.ceil(min(max(seconds, 0.0), _LONGEST_WAIT) * 1000)
        ready = self.was_woken = False
        for descriptor, _ in self._poll.poll(timeout):
            if descriptor == self._wake_up:
                self.was_woken = True
                with contextlib.suppress(BlockingIOError):
                    self._receiver.recv(4096)
                self._awake = False
            else:
                ready = True
        return ready

    def close(self) -> None:
        """The loop has ended, or never began; ``wake`` goes on doing no harm."""
        self._receiver.close()
        with self._closing:
            self._sender.close()
