"""``python tests/chaos/run.py --orders 20000 --seed 1``: the long chaos run; exit status 1 on any violation."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from chaos_campaign import Settings, run


def main() -> int:
    """Half of the requests over plain TCP, half over TLS."""
    parser = argparse.ArgumentParser(
        description="trade through every fault at once, and count what went wrong"
    )
    parser.add_argument("--orders", type=int, default=20_000, help="requests (default: 20000)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same faults, as far as threads allow")
    parser.add_argument("--rate", type=float, default=50.0, help="requests per fault (default: 50)")
    parser.add_argument(
        "--certain", type=float, default=None, help="seconds until a look-up is certain (default: 8)"
    )
    arguments = parser.parse_args()
    lag = 1.8 if arguments.certain is None else arguments.certain / 4.5
    failed = False
    for tls in (False, True):
        settings = Settings(
            orders=arguments.orders // 2,
            seed=arguments.seed,
            tls=tls,
            rate=arguments.rate,
            until_certain=arguments.certain,
            lag=lag,
        )
        report = run(settings)
        print(report, flush=True)
        failed = failed or bool(report.violations)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
