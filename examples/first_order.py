"""A first order: place it, see it rest, cancel it.

On KuCoin: see venue.py; the price is far below the market, so nothing is bought.
"""

from venue import venue


def main() -> None:
    with venue() as connect, connect() as client:
        placed = client.submit_sync_spot_order(
            symbol="BTC-USDT", side="buy", type="limit", price="1000", size="0.0002"
        ).result()
        print("placed", placed.data.order_id, "resting size", placed.data.remain_size)
        print(f"round trip {placed.round_trip * 1e6:.0f} us")

        cancelled = client.cancel_sync_spot_order(symbol="BTC-USDT", order_id=placed.data.order_id).result()
        print("cancelled size", cancelled.data.canceled_size)


if __name__ == "__main__":
    main()
