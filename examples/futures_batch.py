"""A batch of futures orders: the batch as a whole succeeds, and each item says what became of it."""

from kucoin_wsapi import BatchError, FuturesOrder, WebsocketAPIClient
from kucoin_wsapi.sandbox import Sandbox


def main() -> None:
    ladder = [
        FuturesOrder(symbol="XBTUSDTM", side="buy", type="limit", price=price, size=1, leverage=3)
        for price in ("60000", "59000", "90000000")  # the last one is beyond the price band
    ]
    with Sandbox() as sandbox, WebsocketAPIClient(**sandbox.client_options()) as client:
        batch = client.submit_multiple_futures_orders(ladder).result().data
        for item in batch:
            print(item.client_oid, item.order_id or f"refused with {item.code}: {item.msg}")

        try:
            batch.raise_if_any_failed()
        except BatchError as error:
            print(error)
            order_ids = [item.order_id for item in error.succeeded]
            client.cancel_multiple_futures_orders(order_ids=order_ids).result()


if __name__ == "__main__":
    main()
