"""How many public updates the sandbox serves: ``python tests/sandbox/push/speed.py``.

The market maker replaces orders at the pace asked for; one classic connection listens to changes, tickers and depths
of every symbol, and counts. The sandbox runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

from push_clients import V1Socket

TOPICS = (
    "/market/level2:{pairs}",
    "/market/ticker:{pairs}",
    "/spotMarket/level2Depth5:{pairs}",
    "/contractMarket/level2:{contracts}",
    "/contractMarket/tickerV2:{contracts}",
    "/contractMarket/level2Depth5:{contracts}",
)


class Frames:
    """Counts frames, which are not masked and not fragmented; a client that costs next to nothing."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""
        self.count = 0

    def read(self) -> None:
        """Read once, and count what is whole."""
        buffer = self._buffer + self._sock.recv(1 << 20)
        at = 0
        while len(buffer) >= at + 4:
            short = buffer[at + 1]
            header, length = (2, short) if short < 126 else (4, struct.unpack_from("!H", buffer, at + 2)[0])
            if len(buffer) < at + header + length:
                break
            at += header + length
            self.count += 1
        self._buffer = buffer[at:]


def serve(writing: int, reading: int, pace: float) -> None:
    """The child: serves a sandbox until the parent closes its end of the other pipe."""
    from kucoin_wsapi.sandbox import CONTRACTS, SYMBOLS, Sandbox

    with Sandbox(market_pace=pace) as sandbox:
        told = dict(sandbox.client_options())
        told["pairs"] = ",".join(symbol.symbol for symbol in SYMBOLS)
        told["contracts"] = ",".join(contract.symbol for contract in CONTRACTS)
        os.write(writing, json.dumps(told).encode())
        begin = time.process_time()
        os.read(reading, 1)
        os.write(writing, json.dumps(time.process_time() - begin).encode())


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace", type=float, default=3000, help="orders that are replaced in a second")
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    told, telling = os.pipe()
    listening, asking = os.pipe()
    if os.fork() == 0:
        os.close(asking)
        serve(telling, listening, arguments.pace)
        os._exit(0)
    options = json.loads(os.read(told, 4096))
    listener = V1Socket(options, private=False)
    for topic in TOPICS:
        listener.send_text(json.dumps({"id": "1", "type": "subscribe", "topic": topic.format(**options)}))
    frames, begin = Frames(listener._socket.sock), time.perf_counter()
    while time.perf_counter() < begin + arguments.seconds:
        frames.read()
    count, elapsed = frames.count, time.perf_counter() - begin
    os.write(asking, b".")
    seconds = json.loads(os.read(told, 4096))
    listener.close()
    os.wait()
    print(f"updates per second                           {count / elapsed:12.1f}")
    print(f"updates per second of the sandbox's processor{count / seconds:12.1f}")


if __name__ == "__main__":
    main()
