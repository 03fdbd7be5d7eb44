"""What a client takes when it stands still, and what is left of many orders: in a process of its own.

``python -m benchmarks.footprint URL CORE``: one line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

from .ours import MANY, client_of

__all__ = ["measure"]

_ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.0001"}
_SPOT = "wsApiSpotV1"
_WARM, _SETTLED = 100_000, 1_000_000
_IDLE_SECONDS = 10.0
_IDLE_KEYS = (_SPOT, "wsApiFuturesV1", "spotPublicProV2", "futuresPublicProV2")


def measure(url: str) -> dict[str, float]:
    """All of it: bytes, bytes, and percent of one core."""
    return {
        "bytes per request in flight": _bytes_in_flight(url),
        "bytes grown after 10^6 settled": _bytes_grown(url),
        "idle CPU with four keys, %": _idle_percent(url),
    }


def _bytes_in_flight(url: str) -> float:
    with client_of(url, None, max_in_flight=2 * MANY) as client:
        client.connect_ws_api()
        send = client.get_ws_client().send_ws_api_request
        send(_SPOT, "spot.order", _ORDER).result()
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        waiting = [send(_SPOT, "held.order", _ORDER, timeout=600) for _ in range(MANY)]
        send(_SPOT, "spot.order", _ORDER).result()
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return taken / len(waiting)


def _bytes_grown(url: str) -> float:
    with client_of(url, None) as client:
        client.connect_ws_api()
        _settle(client, _WARM)
        before = _resident()
        _settle(client, _SETTLED)
        return float(_resident() - before)


def _settle(client: Any, count: int) -> None:
    send = client.get_ws_client().send_ws_api_request
    waiting: deque[Any] = deque()
    for _ in range(count):
        if len(waiting) == 256:
            waiting.popleft().result()
        waiting.append(send(_SPOT, "spot.order", _ORDER))
    while waiting:
        waiting.popleft().result()


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _idle_percent(url: str) -> float:
    with client_of(url, None) as client:
        for key in _IDLE_KEYS:
            client.get_ws_client().connect(key)
        cpu, start = time.process_time(), time.monotonic()
        time.sleep(_IDLE_SECONDS)
        return (time.process_time() - cpu) / (time.monotonic() - start) * 100


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    print(json.dumps(measure(sys.argv[1])))
