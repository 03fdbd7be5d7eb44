"""What an order costs in the core of the sandbox, with few orders in the book and with many.

Run it as ``python tests/sandbox/core/speed.py``, with the number of resting orders as arguments if 10 and 100000 are
not the ones of interest. It prints microseconds for two operations, of many repetitions the median, the worst, and
what the quickest tenth stays below, which is the number to compare on a busy machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from random import Random
from statistics import median

from kucoin_wsapi.sandbox.exchange import Exchange

NOW = 1_742_175_983_882_000_000
SYMBOL = "BTC-USDT"
RICH = {"trade": {"USDT": Decimal(10**12), "BTC": Decimal(10**9)}}
ORDERS_OF_ONE_USER = 190  # 200 may be active on one pair
OPERATIONS = 5_000


def limit(side: str, price: str, **more: object) -> dict[str, object]:
    return {"symbol": SYMBOL, "type": "limit", "side": side, "price": price, "size": "0.001", **more}


def exchange_with(resting: int) -> Exchange:
    """A book with so many orders, on both sides, at random prices; nobody's orders cross."""
    exchange = Exchange(now=NOW, market_maker=False)
    random = Random(1)
    for number in range(resting):
        uid = f"holder-{number // ORDERS_OF_ONE_USER}"
        if number % ORDERS_OF_ONE_USER == 0:
            exchange.open_account(uid, RICH)
        distance = Decimal(random.randint(1, 300_000)) / 10
        args = limit(*(("buy", str(60_000 - distance)) if number % 2 else ("sell", str(60_000 + distance))))
        answer = exchange.execute(uid, "spot.order", args, NOW)
        assert answer.code == "200000", answer
    exchange.open_account("trader", RICH)
    return exchange


def measured(operation: Callable[[int], object]) -> str:
    times = []
    for number in range(OPERATIONS):
        started = time.perf_counter_ns()
        operation(number)
        times.append(time.perf_counter_ns() - started)
    times.sort()
    quick, middle, worst = (time_ns / 1000 for time_ns in (times[OPERATIONS // 10], median(times), times[-1]))
    return f"{quick:8.1f} us quick tenth {middle:8.1f} us median {worst:10.1f} us worst"


def main() -> None:
    """Print a table."""
    for resting in [int(argument) for argument in sys.argv[1:]] or [10, 100_000]:
        exchange = exchange_with(resting)
        random = Random(2)

        def place(number: int, exchange: Exchange = exchange, random: Random = random) -> None:
            price = str(Decimal(random.randint(300_000, 599_000)) / 10)
            args = limit("buy", price, clientOid=f"n{number}")
            assert exchange.execute("trader", "spot.order", args, NOW).succeeded
            assert exchange.execute(
                "trader", "spot.cancel", {"symbol": SYMBOL, "clientOid": f"n{number}"}, NOW
            ).succeeded

        def cross(number: int, exchange: Exchange = exchange) -> None:
            assert exchange.execute(
                "trader", "spot.order", limit("sell", "59999.9", postOnly=True), NOW
            ).succeeded
            assert exchange.execute("trader", "spot.order", limit("buy", "59999.9"), NOW).succeeded

        print(f"{resting} orders rest")
        print("  limit order that rests, and its cancel", measured(place))
        print("  two orders that trade                 ", measured(cross))


if __name__ == "__main__":
    main()
