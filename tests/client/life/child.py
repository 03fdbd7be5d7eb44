"""Programs that a test runs in a process of their own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from scripted_exchange import PATIENCE, eventually

_ROOT = str(Path(__file__).parents[3])

_PREAMBLE = """
import json, logging, os, signal, sys, threading, time
from kucoin_wsapi import *
options = json.loads(sys.argv[1])
RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
def say(*words):
    print(*words, flush=True)
"""


def _environment() -> dict[str, str]:
    # Unbuffered, standard error has no lock that a thread could take with it at the end of the interpreter.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**kept, "PYTHONPATH": _ROOT}


class Child:
    """A running program; it has ``options``, ``RESTING``, ``say`` and the names of the package."""

    def __init__(self, program: str, options: Mapping[str, object]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PREAMBLE + program, json.dumps(dict(options))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        )
        self._buffer = b""

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def hear(self) -> str:
        """The next line that it says."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(descriptor, 4096) if ready else b""
            if not data:
                self._process.kill()
                raise AssertionError(f"it says nothing more: {self._process.communicate()[1].decode()}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def kill(self, number: int) -> None:
        """Send it a signal; returns from a SIGSTOP when it has stopped.

        Ctrl-C and SIGTERM are for a program that waits, and are sent when its main thread sleeps: Python does not see a
        signal that comes between its last look at signals and a wait on a lock before that wait is over.
        """
        if number in (signal.SIGINT, signal.SIGTERM):
            eventually(self._sleeps, "the sleep of the main thread")
        self._process.send_signal(number)
        if number == signal.SIGSTOP:
            path = Path(f"/proc/{self._process.pid}/stat")
            eventually(lambda: path.read_text().rpartition(")")[2].split()[0] == "T", "the stop")

    def end(self, within: float = PATIENCE) -> tuple[int, str, str]:
        """Its exit status, the rest of what it said, and its standard error; it must end in time.

        The time that it was ready to run and got no processor does not count: others may be busy.
        """
        started, starved_before = time.monotonic(), self._starved()
        while True:
            try:
                out, err = self._process.communicate(timeout=0.1)
                return self._process.returncode, (self._buffer + out).decode(), err.decode()
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - started - (self._starved() - starved_before)
                assert seconds < within, f"it has not ended within {within:g} s"

    def _sleeps(self) -> bool:
        path = Path(f"/proc/{self._process.pid}/status")
        looks = []
        for _ in range(2):
            lines = path.read_text().splitlines()
            looks.append([line for line in lines if line.startswith(("State:", "voluntary_ctxt_switches"))])
            threading.Event().wait(0.03)  # in which a program that only passes a wait would wake up
        return looks[0] == looks[1] and looks[0][0].startswith("State:\tS")

    def _starved(self) -> float:
        """Seconds that its main thread has waited for a processor."""
        try:
            return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):  # it has ended, or the system does not count
            return 0.0
