"""A first order: place it, see it rest, cancel it.

On the local exchange by default; on KuCoin with KUCOIN_API_KEY, KUCOIN_API_SECRET and KUCOIN_API_PASSPHRASE set and
``--live`` given. The price is far below the market, so nothing is bought.
"""

import sys
from contextlib import ExitStack

from kucoin_wsapi import WebsocketAPIClient


def main() -> None:
    with ExitStack() as stack:
        if "--live" in sys.argv:
            client = stack.enter_context(WebsocketAPIClient.from_env())
        else:
            from kucoin_wsapi.sandbox import Sandbox

            sandbox = stack.enter_context(Sandbox())
            client = stack.enter_context(WebsocketAPIClient(**sandbox.client_options()))

        placed = client.submit_sync_spot_order(
            symbol="BTC-USDT", side="buy", type="limit", price="1000", size="0.0002"
        ).result()
        print("placed", placed.data.order_id, "resting size", placed.data.remain_size)
        print(f"round trip {placed.round_trip * 1e6:.0f} us")

        cancelled = client.cancel_sync_spot_order(symbol="BTC-USDT", order_id=placed.data.order_id).result()
        print("cancelled size", cancelled.data.canceled_size)


if __name__ == "__main__":
    main()
