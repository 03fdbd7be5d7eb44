"""An order without an answer: look it up, and do not place it again.

The sandbox executes every second order here and never answers it. On KuCoin (see venue.py) nothing goes wrong as a
rule; the price is far below the market.
"""

from venue import venue

from kucoin_wsapi import NotSentError, OutcomeUnknownError, SpotOrder, WebsocketAPIClient

SYMBOL = "BTC-USDT"


def place(client: WebsocketAPIClient, order: SpotOrder) -> str | None:
    """The id of the order, or None when it is certain that there is none. Refusals are the caller's."""
    try:
        return client.submit_new_spot_order(order, timeout=0.5).result().data.order_id
    except NotSentError as error:
        print("not sent, so it is safe to repeat:", error)
        return None
    except OutcomeUnknownError as error:
        report = client.resolve(error).order
        print(f"unknown ({type(error).__name__}); looked up: {report.state}")
        return report.order_id if report.was_placed else None


def main() -> None:
    with venue(faults=["no-reply:every=2,op=spot.order"]) as connect, connect() as client:
        for price in ("20000", "20001"):
            order = SpotOrder(symbol=SYMBOL, side="buy", type="limit", price=price, size="0.0001")
            order_id = place(client, order)
            print(order_id or "no order")
            if order_id is not None:
                client.cancel_spot_order(symbol=SYMBOL, order_id=order_id).result()


if __name__ == "__main__":
    main()
