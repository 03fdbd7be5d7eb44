"""Clients that have nothing to do, each in a process of its own: processor time and wake-ups."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import frozen
from bounds_figures import exchange_process

# Says how much processor time, and how many times one of its threads was switched to, so many seconds cost.
_PROGRAM = """
import glob, json, sys, threading, time
from kucoin_wsapi import WebsocketAPIClient
options, seconds, queued = json.loads(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
def wake_ups():
    found = 0
    for path in glob.glob("/proc/self/task/*/status"):
        try:
            lines = open(path).read().splitlines()
        except OSError:  # a thread that has just ended
            continue
        found += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))
    return found
with WebsocketAPIClient(**options, attach_event_listeners=False, request_timeout=600, max_send_delay=600) as client:
    if queued < 0:
        client.get_ws_client().connect_all(30)
    failed = threading.Event()
    client.get_ws_client().on("exception", lambda _: failed.set())
    for number in range(max(0, queued)):
        client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.001")
        client.submit_futures_order(symbol="XBTUSDTM", side="buy", price="20000", size=1, leverage=1)
    if queued >= 0:
        failed.wait(2)
    before = time.process_time(), wake_ups()
    threading.Event().wait(seconds)  # being idle is what is measured
    print(time.process_time() - before[0], wake_ups() - before[1], flush=True)
"""

LIMIT = 0.1  # percent of one processor


@frozen
class Idleness:
    """What so many seconds cost; the measuring itself is one wake-up of them."""

    seconds: float
    processor: float  # seconds
    wake_ups: int

    @property
    def percent(self) -> float:
        """Of one processor."""
        return 100 * self.processor / self.seconds

    def __str__(self) -> str:
        return f"{self.percent:.4f} % of a processor, {self.wake_ups} wake-ups in {self.seconds:g} s"


class _Idler:
    """A client of its own process; -1 orders: it is connected with both keys, else so many wait on each of them."""

    def __init__(self, options: Mapping[str, Any], seconds: float, orders: int) -> None:
        self._seconds = seconds
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, json.dumps(dict(options)), str(seconds), str(orders)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": root},
        )

    def idleness(self) -> Idleness:
        """When its time is over."""
        out, _ = self._process.communicate(timeout=self._seconds + 120)
        assert self._process.returncode == 0
        processor, wake_ups = out.split()
        return Idleness(self._seconds, float(processor), int(wake_ups))


def idle(seconds: float) -> Mapping[str, Idleness]:
    """All kinds of idleness, side by side."""
    key = {"api_key": "key", "api_secret": "secret", "api_passphrase": "passphrase"}
    with exchange_process() as ready, closed_port() as closed, mute_port() as mute:
        away, silent = (
            {**key, "ws_url": f"ws://127.0.0.1:{closed}"},
            {**key, "ws_url": f"ws://127.0.0.1:{mute}"},
        )
        idlers = {
            "connected with both keys": _Idler(ready, seconds, -1),
            "the exchange is away": _Idler(away, seconds, 1),
            "the exchange is away, 100 calls are queued": _Idler(away, seconds, 50),
            "the exchange says nothing, 100 calls are queued": _Idler(silent, seconds, 50),
        }
        return MappingProxyType({name: idler.idleness() for name, idler in idlers.items()})


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections for as long as this lasts."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def mute_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
