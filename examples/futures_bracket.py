"""A bracket: a position with a stop-loss and a take-profit, both of which only close it.

On KuCoin (see venue.py) this opens a position of one lot, 0.001 BTC, and closes it again: it costs fees.
"""

from decimal import Decimal

from venue import venue

from kucoin_wsapi import FuturesOrder, TrackedOrder, TrackingTimeoutError, WebsocketAPIClient

CONTRACT, LEVERAGE, SECONDS = "XBTUSDTM", 3, 0.5


def at_market(client: WebsocketAPIClient, order: FuturesOrder) -> TrackedOrder:
    return client.track_order(client.submit_futures_order(order)).wait("done", timeout=10)


def closing_stop(direction: str, price: Decimal) -> FuturesOrder:
    """An order that waits until the mark price has risen or fallen to a price, and closes the position then."""
    stop_price = price.quantize(Decimal("0.1"))
    stop = {"stop": direction, "stop_price": stop_price, "stop_price_type": "MP"}
    return FuturesOrder(symbol=CONTRACT, type="market", close_order=True, **stop)


def hold(client: WebsocketAPIClient, price: Decimal) -> None:
    """Place both stops, wait for the first of them, and cancel what is left."""
    stops = [closing_stop("down", price * Decimal("0.98")), closing_stop("up", price * Decimal("1.04"))]
    batch = client.submit_multiple_futures_orders(stops).result().data
    order_ids = [item.order_id for item in batch if item.ok]
    try:
        batch.raise_if_any_failed()  # without a stop-loss the position is closed at once
        print("stop-loss and take-profit", *order_ids)
        tracker = client.track_order(order_id=order_ids[0], product="futures", symbol=CONTRACT)
        print("stop-loss:", tracker.wait("done", timeout=SECONDS).state)
    except TrackingTimeoutError:
        print("not reached")
    finally:
        if order_ids:
            client.cancel_multiple_futures_orders(order_ids=order_ids).result()


def main() -> None:
    with venue() as connect, connect() as client:
        entry = FuturesOrder(symbol=CONTRACT, side="buy", type="market", size=1, leverage=LEVERAGE)
        price = at_market(client, entry).average_price
        print("bought at", price)
        try:
            hold(client, price)
        finally:
            closed = at_market(client, FuturesOrder(symbol=CONTRACT, type="market", close_order=True))
            print("position:", closed.state, closed.average_price)


if __name__ == "__main__":
    main()
