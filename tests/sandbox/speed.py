"""How fast the order socket of the sandbox is: ``python tests/sandbox/speed.py``.

A raw socket sends frames that were made before, so that the client costs next to nothing; the sandbox runs in a
process of its own. Orders rest far from the market and are cancelled again.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import struct
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "server"))

from independent_clients import OrderSocketClient

MASK = b"\x00\x00\x00\x00"  # a mask that changes nothing
AT_ONCE = 100  # open orders; a pair admits 200


def frame(text: str) -> bytes:
    """A masked text frame."""
    payload = text.encode()
    assert 125 < len(payload) < 65_536
    return struct.pack("!BBH", 0x81, 0x80 | 126, len(payload)) + MASK + payload


def order(number: int) -> bytes:
    args = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": f"{50_000 + number % 1000}.1"}
    args |= {"size": "0.00001", "clientOid": f"c-{number}", "timeInForce": "GTC"}
    return frame(json.dumps({"id": f"order-{number}", "op": "spot.order", "args": args}))


def cancel(number: int) -> bytes:
    args = {"symbol": "BTC-USDT", "clientOid": f"c-{number}", "padding": "x" * 60}
    return frame(json.dumps({"id": f"cancel-{number}", "op": "spot.cancel", "args": args}))


class Replies:
    """Counts the frames that come back, which are not masked and not fragmented."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""
        self.refused = 0

    def take(self, count: int) -> None:
        """Wait for so many."""
        while count:
            header = 4 if len(self._buffer) > 1 and self._buffer[1] == 126 else 2
            if len(self._buffer) >= header:
                length = self._buffer[1] if header == 2 else struct.unpack("!H", self._buffer[2:4])[0]
                if len(self._buffer) >= header + length:
                    self.refused += b'"code":"200000"' not in self._buffer[header : header + length]
                    self._buffer = self._buffer[header + length :]
                    count -= 1
                    continue
            data = self._sock.recv(65_536)
            if not data:
                raise ConnectionError("the sandbox closed the connection")
            self._buffer += data


def serve(writing: int, reading: int) -> None:
    """The child: serves a sandbox until the parent closes its end of the other pipe."""
    from kucoin_wsapi.sandbox import Sandbox

    with Sandbox(rate_limits={"spot": 10**9}) as sandbox:
        begin = time.process_time()
        os.write(writing, json.dumps(sandbox.client_options()).encode())
        os.read(reading, 1)
        os.write(writing, json.dumps(time.process_time() - begin).encode())


def measure(options: dict[str, str], rounds: int) -> dict[str, float]:
    """Requests one at a time, then pipelined; an order is a request, and so is its cancel."""
    client = OrderSocketClient(options)
    sock = client._socket.sock
    replies = Replies(sock)
    waits = []
    for number in range(AT_ONCE):
        text = order(number)
        begin = time.perf_counter()
        sock.sendall(text)
        replies.take(1)
        waits.append(time.perf_counter() - begin)
    sock.sendall(b"".join(cancel(number) for number in range(AT_ONCE)))
    replies.take(AT_ONCE)
    batches = [range(start, start + AT_ONCE) for start in range(1000, 1000 + rounds * AT_ONCE, AT_ONCE)]
    frames = [b"".join(map(order, batch)) + b"".join(map(cancel, batch)) for batch in batches]
    begin = time.perf_counter()
    sender = threading.Thread(target=lambda: [sock.sendall(text) for text in frames])
    sender.start()
    replies.take(2 * AT_ONCE * rounds)
    elapsed = time.perf_counter() - begin
    sender.join()
    client.close()
    assert not replies.refused, f"{replies.refused} requests were refused"
    return {
        "one resting order at a time, median, ms": 1000 * statistics.median(waits),
        "requests per second, pipelined": 2 * AT_ONCE * rounds / elapsed,
        "requests": 2.0 * AT_ONCE * (rounds + 1),
    }


def main() -> None:
    """Prints the figures. Those of the processor's time hold on a busy machine too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="of 100 orders and 100 cancels")
    arguments = parser.parse_args()
    told, telling = os.pipe()
    listening, asking = os.pipe()
    if os.fork() == 0:
        os.close(asking)
        serve(telling, listening)
        os._exit(0)
    figures = measure(json.loads(os.read(told, 4096)), arguments.rounds)
    os.write(asking, b".")
    seconds = json.loads(os.read(told, 4096))
    figures["processor time of a request, ms"] = 1000 * seconds / figures["requests"]
    figures["requests per second of processor time"] = figures.pop("requests") / seconds
    os.wait()
    for name, figure in figures.items():
        print(f"{name:45}{figure:12.3f}")


if __name__ == "__main__":
    main()
