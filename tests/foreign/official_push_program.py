"""A program that listens with the push services of KuCoin's own SDK while it trades over REST.

`client_options` in as JSON, what each subscription heard out as JSON. Only the URLs of the SDK are overridden. It
checks every message against its own models. A process of its own, which ends at once: the SDK takes seconds to stop.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from kucoin_universal_sdk.api.client import DefaultClient
from kucoin_universal_sdk.generate.futures.order.model_add_order_req import (
    AddOrderReqBuilder as FuturesOrderBuilder,
)
from kucoin_universal_sdk.generate.spot.order.model_add_order_req import AddOrderReqBuilder
from kucoin_universal_sdk.generate.spot.order.model_cancel_order_by_client_oid_req import (
    CancelOrderByClientOidReqBuilder,
)
from kucoin_universal_sdk.model.client_option import ClientOptionBuilder
from kucoin_universal_sdk.model.push_trade_type import PushTradeType
from kucoin_universal_sdk.model.transport_option import TransportOption
from kucoin_universal_sdk.model.websocket_option import WebSocketClientOptionBuilder

PATIENCE = 10  # seconds for everything to be heard


class Ears:
    """What each subscription has heard."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Any]] = {}
        self._changed = threading.Condition()

    def classic(self, name: str) -> Any:
        """A callback of a classic service."""
        self.heard[name] = []

        def hear(topic: str, subject: str, event: Any) -> None:
            data = json.loads(event.to_json())
            with self._changed:
                self.heard[name].append({"topic": topic, "subject": subject, "data": data})
                self._changed.notify_all()

        return hear

    def pro(self, name: str) -> Any:
        """A callback of a Pro service."""
        self.heard[name] = []

        def hear(event: dict[str, Any]) -> None:
            with self._changed:
                self.heard[name].append(event)
                self._changed.notify_all()

        return hear

    def wait(self, counts: dict[str, int]) -> None:
        """Until each subscription has heard so much, or patience ends."""
        with self._changed:
            self._changed.wait_for(
                lambda: all(len(self.heard[name]) >= count for name, count in counts.items()), PATIENCE
            )


def listen(service: Any, ears: Ears, options: dict[str, str]) -> None:
    """Start every service and subscribe."""
    spot, futures = service.new_spot_private_ws(), service.new_futures_private_ws()
    spot.start()
    spot.order_v2(ears.classic("spot orders"))
    spot.account(ears.classic("spot balances"))
    futures.start()
    futures.all_order(ears.classic("futures orders"))
    futures.all_position(ears.classic("futures positions"))
    futures.balance(ears.classic("futures wallet"))
    futures.stop_orders(ears.classic("futures stop orders"))
    market, contracts = service.new_spot_public_ws(), service.new_futures_public_ws()
    market.start()
    market.ticker(["BTC-USDT"], ears.classic("spot ticker"))
    market.orderbook_increment(["BTC-USDT"], ears.classic("spot changes"))
    market.orderbook_level5(["BTC-USDT"], ears.classic("spot depth"))
    market.orderbook_level1(["BTC-USDT"], ears.classic("spot level 1"))
    market.trade(["BTC-USDT"], ears.classic("spot trades"))
    market.symbol_snapshot("BTC-USDT", ears.classic("spot snapshot"))
    contracts.start()
    contracts.ticker_v2("XBTUSDTM", ears.classic("futures ticker"))
    contracts.orderbook_increment("XBTUSDTM", ears.classic("futures changes"))
    contracts.orderbook_level50("XBTUSDTM", ears.classic("futures depth"))
    contracts.execution("XBTUSDTM", ears.classic("futures trades"))
    contracts.instrument("XBTUSDTM", ears.classic("futures prices"))
    listen_to_pro(service, ears, options)


def listen_to_pro(service: Any, ears: Ears, options: dict[str, str]) -> None:
    """The same with the Pro services, whose URLs are constants."""
    private = service.new_uta_private_ws()
    private._ws_service._endpoint = f"{options['ws_url']}/wsapi-push"
    private.start()
    private.order_all(ears.pro("pro orders"))
    private.execution(ears.pro("pro executions"))
    private.balance("UNIFIED", ears.pro("pro balances"))
    private.position_all(ears.pro("pro positions"))
    private.leverage(ears.pro("pro leverage"))
    for trade_type, symbol in ((PushTradeType.SPOT, "BTC-USDT"), (PushTradeType.FUTURES, "XBTUSDTM")):
        public = service.new_uta_public_ws(trade_type)
        public._ws_service._endpoint = f"{options['ws_url']}/x-push-{trade_type.value.lower()}"
        public.start()
        name = f"pro {trade_type.value.lower()}"
        public.ticker([symbol], ears.pro(f"{name} ticker"))
        public.trade(symbol, ears.pro(f"{name} trades"))
        public.orderbook(symbol, "increment@10ms", ears.pro(f"{name} changes"))
        public.orderbook(symbol, "5", ears.pro(f"{name} depth"))


def trade(client: Any) -> None:
    """An order that rests and is cancelled, and one at the market, of spot and of futures."""
    spot = client.get_spot_service().get_order_api()
    futures = client.get_futures_service().get_order_api()
    limit = AddOrderReqBuilder().set_client_oid("s-1").set_symbol("BTC-USDT").set_type("limit")
    spot.add_order(limit.set_side("buy").set_price("60000").set_size("0.001").build())
    cancel = CancelOrderByClientOidReqBuilder().set_client_oid("s-1").set_symbol("BTC-USDT")
    spot.cancel_order_by_client_oid(cancel.build())
    market = AddOrderReqBuilder().set_client_oid("s-2").set_symbol("BTC-USDT").set_type("market")
    spot.add_order(market.set_side("buy").set_size("0.002").build())
    order = FuturesOrderBuilder().set_client_oid("f-1").set_symbol("XBTUSDTM").set_type("market")
    futures.add_order(order.set_side("buy").set_size(5).set_leverage(3).build())
    stop = FuturesOrderBuilder().set_client_oid("f-2").set_symbol("XBTUSDTM").set_type("limit")
    stop = stop.set_side("buy").set_price("66000").set_size(1).set_leverage(3)
    futures.add_order(stop.set_stop("up").set_stop_price_type("MP").set_stop_price("70000").build())


def main() -> None:
    """Listens, trades, and tells what was heard."""
    options = json.loads(sys.argv[1])
    builder = ClientOptionBuilder().set_key(options["api_key"]).set_secret(options["api_secret"])
    builder.set_passphrase(options["api_passphrase"])
    builder.set_spot_endpoint(options["rest_url"]).set_futures_endpoint(options["rest_url"])
    builder.set_transport_option(TransportOption())
    builder.set_websocket_client_option(WebSocketClientOptionBuilder().build())
    client = DefaultClient(builder.build())
    ears = Ears()
    listen(client.ws_service(), ears, options)
    trade(client.rest_service())
    ears.wait({**{name: 1 for name in ears.heard if name != "pro leverage"}, **json.loads(sys.argv[2])})
    print(json.dumps(ears.heard), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
