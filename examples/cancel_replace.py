"""One quote that follows a price: cancel, and only then replace what was really cancelled.

The synchronous cancel answers with sizes, so that what was filled in between is not bought a second time. On KuCoin:
see venue.py; the prices are far below the market.
"""

from decimal import Decimal

from venue import venue

from kucoin_wsapi import OrderNotCancellableError, WebsocketAPIClient

SYMBOL = "BTC-USDT"


def quote(client: WebsocketAPIClient, price: Decimal, size: Decimal) -> str:
    """Place a limit order that never takes; returns its id."""
    placed = client.submit_sync_spot_order(
        symbol=SYMBOL, side="buy", type="limit", price=price, size=size, post_only=True
    )
    return placed.result().data.order_id


def main() -> None:
    price, size = Decimal(20000), Decimal("0.0001")
    with venue() as connect, connect() as client:
        order_id = quote(client, price, size)
        for _ in range(10):
            price += 1
            try:
                cancelled = client.cancel_sync_spot_order(symbol=SYMBOL, order_id=order_id).result()
            except OrderNotCancellableError:
                print("filled, or cancelled by somebody else: look it up")
                return
            size = cancelled.data.canceled_size
            order_id = quote(client, price, size)
            print(f"{size} at {price}, cancelled in {cancelled.round_trip * 1e6:.0f} us")
        client.cancel_sync_spot_order(symbol=SYMBOL, order_id=order_id).result()


if __name__ == "__main__":
    main()
