"""What holds for every test: only loopback is reached, and nothing outlives the test."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has it ignored in what it runs in the background; the programs that tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

_PATIENCE = 5.0  # seconds that a thread or socket may take to end after its test


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails instead of depending on it."""
    connect = socket.socket.connect

    def guarded(sock: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test connects to {address}")
        connect(sock, address)  # type: ignore[arg-type]  # whatever the caller gave

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Every thread, socket and eventfd that a test opens is gone when it ends."""
    threads, sockets = set(threading.enumerate()), _open_sockets()
    yield
    deadline = time.monotonic() + _PATIENCE
    for thread in set(threading.enumerate()) - threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in set(threading.enumerate()) - threads]
    assert not left, f"threads outlive the test: {left}"
    if _open_sockets() > sockets:
        gc.collect()  # takes tens of milliseconds, so only where a cycle may be what holds them
    assert _open_sockets() <= sockets, "sockets outlive the test"


def _open_sockets() -> int:
    """The number of sockets and eventfds of this process; 0 where the system has no list of them."""
    if not os.path.isdir("/proc/self/fd"):
        return 0
    found = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{descriptor}").startswith(
                ("socket:", "anon_inode:[eventfd]")
            )
        except OSError:  # the descriptor of the listing itself
            continue
    return found
