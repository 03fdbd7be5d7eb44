"""How long orders take: the whole, in our queue, on the way and in the exchange's gateway; and the slowest of them.

On KuCoin: see venue.py; the price is far below the market, so nothing is bought.
"""

from venue import venue

ORDERS = 50


def main() -> None:
    with venue() as connect, connect() as client:
        client.connect_ws_api()  # otherwise the first order would wait for the login
        slowest = None
        for _ in range(ORDERS):
            placed = client.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.0001"
            ).result()
            client.cancel_spot_order(symbol="BTC-USDT", order_id=placed.data.order_id).result()
            if slowest is None or placed.round_trip > slowest.round_trip:
                slowest = placed

        report = client.latency()
        print(report)
        for operation in report:
            p50, p99 = operation.round_trip.p50, operation.round_trip.p99
            print(
                f"{operation.op}: {operation.whole.count} requests, {p50 * 1e6:.0f} us, p99 {p99 * 1e6:.0f} us"
            )
        print("slowest:", slowest.data.order_id, f"{slowest.round_trip * 1e6:.0f} us")


if __name__ == "__main__":
    main()
