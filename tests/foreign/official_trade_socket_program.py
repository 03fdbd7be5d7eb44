"""A program that trades with KuCoin's own SDK: JSON in as the argument, JSON out.

It takes `client_options` by name, opens the SDK's trade socket with each, and tells what became of it. It is a
process of its own because the SDK cannot be cleaned up after: `stop` does not wait for the socket's thread, which may
sit in a wait for ten seconds, and leaves the socket open when the login was refused.
"""

import json
import os
import sys
from typing import Any

from kucoin_universal_sdk.api.client import DefaultClient
from kucoin_universal_sdk.generate.spot.order.model_get_order_by_client_oid_req import (
    GetOrderByClientOidReqBuilder,
)
from kucoin_universal_sdk.model.client_option import ClientOptionBuilder
from kucoin_universal_sdk.model.transport_option import TransportOption
from kucoin_universal_sdk.model.websocket_option import WebSocketClientOption

ORDER = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "0.001",
    "clientOid": "official-1",
}
FUTURES = {
    "tradeType": "FUTURES",
    "symbol": "XBTUSDTM",
    "side": "BUY",
    "orderType": "MARKET",
    "size": "3",
    "sizeUnit": "UNIT",
    "leverage": "3",
    "clientOid": "official-3",
}
REFERENCE = {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "official-1"}


def make_client(options: dict[str, str]) -> DefaultClient:
    """The SDK's client of REST and WebSocket."""
    builder = ClientOptionBuilder().set_key(options["api_key"]).set_secret(options["api_secret"])
    builder.set_passphrase(options["api_passphrase"])
    builder.set_spot_endpoint(options["rest_url"]).set_futures_endpoint(options["rest_url"])
    builder.set_transport_option(TransportOption())
    builder.set_websocket_client_option(WebSocketClientOption(reconnect=False, dial_timeout=5.0))
    return DefaultClient(builder.build())


def trade(options: dict[str, str]) -> dict[str, Any]:
    """Places, looks up, amends and cancels an order, and has one refused."""
    client = make_client(options)
    socket = client.ws_service().new_uta_private_trade_ws()
    # The endpoint is a constant of the service's class; nothing else is overridden.
    socket._ws_service.ENDPOINT = f"{options['ws_url']}/v1/private"
    try:
        socket.start()
    except RuntimeError as error:
        return {"login": str(error)}
    results = {"login": "welcome", "placed": socket.place_order(ORDER)}
    request = GetOrderByClientOidReqBuilder().set_symbol("BTC-USDT").set_client_oid("official-1").build()
    record = client.rest_service().get_spot_service().get_order_api().get_order_by_client_oid(request)
    results["looked_up"] = {"client_oid": record.client_oid, "price": record.price, "active": record.active}
    results["amended"] = socket.amend_order({**REFERENCE, "newPrice": "59000"})
    results["canceled"] = socket.cancel_order(REFERENCE)
    try:
        socket.place_order({**ORDER, "clientOid": "official-2", "size": "1000"})
    except RuntimeError as error:
        results["refused"] = json.loads(str(error.__cause__))
    results["futures"] = socket.place_order(FUTURES)
    socket.stop()
    return results


results = {name: trade(options) for name, options in json.loads(sys.argv[1]).items()}
print(json.dumps(results), flush=True)
os._exit(0)  # whatever the SDK still has open goes with the process
