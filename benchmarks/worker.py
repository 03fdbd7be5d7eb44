"""The process of one contender: ``python -m benchmarks.worker NAME URL CA CORE``; JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["CONTENDERS"]

CONTENDERS = (
    "floor a",
    "floor b",
    "floor c",
    "websocket-client",
    "websockets",
    "official SDK",
    "aiohttp",
    "raw",
    "typed",
    "raw without orjson",
    "typed without orjson",
    "raw, updates",
    "raw, computing",
    "raw, computing at 0.5 ms",
    "raw, in flight",
)


def _factory(name: str) -> Callable[[str, str | None], Any]:
    """Imports no more than the contender needs: what is not there cannot disturb it."""
    if name == "floor c":
        from .least import Least

        return Least
    if name.startswith("floor"):
        from . import floors

        return floors.OneThread if name == "floor a" else floors.TwoThreads
    if name.startswith(("raw", "typed")):
        if name.endswith("without orjson"):
            sys.modules["orjson"] = None  # type: ignore[assignment]  # so it cannot be imported
        from . import ours

        method, _, condition = name.partition(", ")
        if condition:
            return lambda url, ca: ours.Beside(url, ca, condition)
        return ours.Typed if method.startswith("typed") else ours.Raw
    from . import peers

    peers_by_name: dict[str, Callable[[str, str | None], Any]] = {
        "websocket-client": peers.WebsocketClientLibrary,
        "websockets": peers.WebsocketsSync,
        "official SDK": peers.OfficialSdk,
        "aiohttp": peers.AiohttpClient,
    }
    return peers_by_name[name]


def main(name: str, url: str, ca: str, core: str) -> None:
    """Connect, say so, and measure what is asked for until the input ends."""
    os.sched_setaffinity(0, {int(core)})  # before any thread: they inherit it
    from .measuring import measure

    contender = _factory(name)(url, ca or None)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        measurement, count = json.loads(line)
        print(json.dumps(measure(contender, measurement, count)), flush=True)
    contender.close()
    sys.stdout.flush()
    os._exit(0)  # some peers leave threads behind that would keep the process


if __name__ == "__main__":
    main(*sys.argv[1:])
