"""The life of one order, from its submission to its end, as the private stream and REST tell it.

On KuCoin: see venue.py; the price is far below the market, so nothing is bought.
"""

from venue import venue

from kucoin_wsapi import TrackedOrder


def show(order: TrackedOrder) -> None:
    print(f"{order.state:10} {order.filled_size} of {order.size} filled")


def main() -> None:
    with venue() as connect, connect() as client:
        tracker = client.track_order(
            client.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.0001"
            )
        )
        tracker.on_change(show)  # on a thread of the client
        order = tracker.wait("resting", timeout=10)
        client.cancel_spot_order(symbol="BTC-USDT", order_id=order.order_id)
        order = tracker.wait("done", timeout=10)
        print(f"the end: {order.state}")


if __name__ == "__main__":
    main()
