"""Many threads, one client, one connection: each thread gets the answers to its own orders."""

from concurrent.futures import ThreadPoolExecutor

from kucoin_wsapi import WebsocketAPIClient
from kucoin_wsapi.sandbox import Sandbox


def place_and_cancel(client: WebsocketAPIClient, price: str) -> str:
    order = client.submit_new_spot_order(
        symbol="BTC-USDT", side="buy", type="limit", price=price, size="0.001"
    ).result()
    client.cancel_spot_order(symbol="BTC-USDT", order_id=order.data.order_id).result()
    return order.data.order_id


def main() -> None:
    prices = [str(50_000 + 100 * step) for step in range(32)]
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(**sandbox.client_options()) as client,
        ThreadPoolExecutor(max_workers=8) as pool,
    ):
        client.connect_ws_api()  # otherwise the first order would wait for the login
        order_ids = list(pool.map(lambda price: place_and_cancel(client, price), prices))
        print(len(set(order_ids)), "orders placed and cancelled")
        print(sum(order.status.value == "canceled" for order in sandbox.orders), "of them in the ledger")


if __name__ == "__main__":
    main()
