"""A grid: one thread for each level buys at its price, sells one step higher, and begins again.

Blocking code in plain threads, one client for all. On KuCoin (see venue.py) this buys for some 50 USDT.
"""

import threading
import time
from decimal import Decimal

from venue import venue

from kucoin_wsapi import TrackedOrder, TrackingTimeoutError, WebsocketAPIClient

SYMBOL, SIZE, STEP, LEVELS, SECONDS = "BTC-USDT", Decimal("0.0002"), Decimal(50), 4, 1.0


def trade(client: WebsocketAPIClient, side: str, price: Decimal, deadline: float) -> TrackedOrder:
    """Place an order and wait for its end; what is left at the deadline is cancelled."""
    tracker = client.track_order(
        client.submit_new_spot_order(symbol=SYMBOL, side=side, type="limit", price=price, size=SIZE)
    )
    try:
        return tracker.wait("done", timeout=max(0.0, deadline - time.monotonic()))
    except TrackingTimeoutError as error:
        client.cancel_spot_order(symbol=SYMBOL, order_id=error.order.order_id)  # it may fill before
        return tracker.wait("done", timeout=10)


def run_level(client: WebsocketAPIClient, price: Decimal, deadline: float) -> None:
    side, at = "buy", price
    while time.monotonic() < deadline:
        order = trade(client, side, at, deadline)
        print(f"{side:4} {SIZE} at {at}: {order.state}, {order.filled_size} filled")
        if order.state != "filled":
            return
        side, at = ("sell", price + STEP) if side == "buy" else ("buy", price)


def main() -> None:
    with venue() as connect, connect() as client:
        first = client.track_order(
            client.submit_new_spot_order(symbol=SYMBOL, side="buy", type="market", funds="10")
        ).wait("done", timeout=10)
        centre = first.average_price.quantize(Decimal("0.1"))
        deadline = time.monotonic() + SECONDS
        threads = [
            threading.Thread(target=run_level, args=(client, centre - STEP * level, deadline))
            for level in range(LEVELS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
