"""``python tests/bounds/run.py``: what a long life costs; exit status 1 when something is not flat."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import bounds_idle
import bounds_losses
import bounds_orders


def main() -> int:
    """Orders, reconnections over plain TCP and over TLS, and a minute of idleness."""
    parser = argparse.ArgumentParser(
        description="memory, threads, descriptors and processor time of a long life"
    )
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders (default: a million)")
    parser.add_argument(
        "--reconnects", type=int, default=1_000, help="reconnections, plain and TLS each (default: 1000)"
    )
    parser.add_argument("--idle", type=float, default=60.0, help="seconds of idleness (default: 60)")
    arguments = parser.parse_args()
    broken: list[str] = []
    if arguments.idle:
        broken += _idle(arguments.idle)
    if arguments.reconnects:
        for tls in (False, True):
            print(f"\n{arguments.reconnects} reconnections over {'TLS' if tls else 'plain TCP'}", flush=True)
            points = bounds_losses.reconnect(arguments.reconnects, _say, tls=tls)
            broken += bounds_losses.BOUNDS.broken_by(points)
    if arguments.orders:
        print(f"\n{arguments.orders} orders", flush=True)
        started = time.monotonic()
        points = bounds_orders.trade(arguments.orders, _say)
        print(f"           {time.monotonic() - started:.0f} s with the warm-up")
        broken += bounds_orders.BOUNDS.broken_by(points)
    print("\n" + ("\n".join(["NOT FLAT:", *broken]) if broken else "Everything is flat."))
    return int(bool(broken))


def _idle(seconds: float) -> list[str]:
    broken = []
    print(f"{seconds:g} s of idleness", flush=True)
    for name, idleness in bounds_idle.idle(seconds).items():
        print(f"  {name}: {idleness}", flush=True)
        if idleness.percent > bounds_idle.LIMIT:
            broken.append(f"{name}: {idleness}")
    return broken


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
