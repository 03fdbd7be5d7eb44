"""A program that uses the REST calls of KuCoin's own SDK: `client_options` in as JSON, what each call gave out as JSON.

Only the URLs of the SDK are overridden. It checks every answer against its own models. A process of its own, because
its import takes a second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from kucoin_universal_sdk.api.client import DefaultClient
from kucoin_universal_sdk.model.client_option import ClientOptionBuilder
from kucoin_universal_sdk.model.transport_option import TransportOption

BTC = {"symbol": "BTC-USDT"}
XBT = {"symbol": "XBTUSDTM"}
CROSS = {**BTC, "trade_type": "MARGIN_TRADE"}
SPOT = {**BTC, "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
FUTURES = {**XBT, "type": "limit", "side": "buy", "price": "66000", "size": 2, "leverage": 3}


def build(module: str, name: str, **fields: object) -> Any:
    """A request or item of the SDK, by its builder."""
    builder = getattr(import_module(f"kucoin_universal_sdk.generate.{module}"), f"{name}Builder")()
    for field, value in fields.items():
        builder = getattr(builder, f"set_{field}")(value)
    return builder.build()


class Calls:
    """Makes calls of one API of the SDK and collects what they give."""

    def __init__(self, group: str, api: Any, results: dict[str, Any]) -> None:
        self._group = group
        self._api = api
        self._results = results

    def __call__(self, method: str, *, label: str = "", **fields: object) -> Any:
        """Call `method` with a request of `fields`; methods without any take no request."""
        name = f"{self._group.replace('.', ' ')} {method}{label}"
        call: Callable[..., Any] = getattr(self._api, method)
        try:
            answer = call(self._request(method, fields)) if fields else call()
        except Exception as error:
            self._results[name] = {"error": f"{type(error).__name__}: {error}"}
            return None
        dumped = json.loads(answer.model_dump_json(exclude={"common_response"}))
        self._results[name] = {"data": dumped}
        return answer

    def _request(self, method: str, fields: dict[str, object]) -> Any:
        name = "".join(word.capitalize() for word in method.split("_"))
        return build(f"{self._group}.model_{method}_req", f"{name}Req", **fields)


def trade_spot(orders: Calls) -> None:
    """Every call of spot orders that the sandbox has."""
    item = "spot.order.model_batch_add_orders_order_list"
    sync_item = "spot.order.model_batch_add_orders_sync_order_list"
    orders("add_order", client_oid="s-1", **SPOT)
    placed = orders("add_order_sync", client_oid="s-2", **SPOT)
    orders("add_order_test", client_oid="s-3", **SPOT)
    items = [
        build(item, "BatchAddOrdersOrderList", client_oid=f"s-{number}", **{**SPOT, "size": size})
        for number, size in ((4, "0.001"), (5, "1000"))
    ]
    orders("batch_add_orders", order_list=items)
    items = [build(sync_item, "BatchAddOrdersSyncOrderList", client_oid="s-6", **SPOT)]
    orders("batch_add_orders_sync", order_list=items)
    orders("get_order_by_order_id", order_id=placed.order_id, **BTC)
    orders("get_order_by_client_oid", client_oid="s-1", **BTC)
    orders("get_open_orders", **BTC)
    orders("get_open_orders_by_page", page_num=1, page_size=20, **BTC)
    orders("get_symbols_with_open_order")
    orders("modify_order", client_oid="s-1", new_price="59000", **BTC)
    orders("cancel_partial_order", order_id=placed.order_id, cancel_size="0.0005", **BTC)
    orders("cancel_order_by_order_id_sync", order_id=placed.order_id, **BTC)
    orders("cancel_order_by_client_oid", client_oid="s-1", **BTC)
    orders("cancel_order_by_client_oid_sync", client_oid="s-4", **BTC)
    orders("cancel_all_orders_by_symbol", **BTC)
    orders("cancel_all_orders")
    orders(
        "add_order_sync",
        label=" at the market",
        client_oid="s-7",
        type="market",
        side="buy",
        funds="100",
        **BTC,
    )
    orders("get_closed_orders", **BTC)
    orders("get_trade_history", **BTC)
    orders("set_dcp", timeout=60, symbols="BTC-USDT")
    orders("get_dcp")


def trade_margin(orders: Calls) -> None:
    """The same of margin orders."""
    placed = orders("add_order", client_oid="m-1", is_isolated=False, auto_borrow=True, **SPOT)
    orders("add_order_test", client_oid="m-2", **SPOT)
    orders("get_order_by_order_id", order_id=placed.order_id, **BTC)
    orders("get_order_by_client_oid", client_oid="m-1", **BTC)
    orders("get_open_orders", **CROSS)
    orders("get_symbols_with_open_order", trade_type="MARGIN_TRADE")
    orders("cancel_order_by_client_oid", client_oid="m-1", **BTC)
    orders("cancel_all_orders_by_symbol", **CROSS)
    orders("get_closed_orders", **CROSS)
    orders("get_trade_history", **CROSS)


def trade_futures(orders: Calls) -> None:
    """The same of futures orders."""
    placed = orders("add_order", client_oid="f-1", **FUTURES)
    orders("add_order_test", client_oid="f-2", **FUTURES)
    item = "futures.order.model_batch_add_orders_item"
    items = [
        build(item, "BatchAddOrdersItem", client_oid=f"f-{number}", **{**FUTURES, "size": size})
        for number, size in ((3, 1), (4, 10**9))
    ]
    orders("batch_add_orders", items=items)
    orders("get_order_by_order_id", order_id=placed.order_id)
    orders("get_order_by_client_oid", client_oid="f-1")
    orders("get_order_list", status="active")
    orders("get_open_order_value", **XBT)
    orders("cancel_order_by_id", order_id=placed.order_id)
    orders("batch_cancel_orders", order_ids_list=[placed.order_id])
    orders("cancel_order_by_client_oid", client_oid="f-3", **XBT)
    stop = {"stop": "up", "stop_price_type": "MP", "stop_price": "70000"}
    orders("add_order", label=" with a stop", client_oid="f-5", **stop, **FUTURES)
    orders("get_stop_order_list", **XBT)
    orders("cancel_all_orders_v3", **XBT)
    orders("cancel_all_stop_orders", **XBT)
    market = {**XBT, "type": "market", "side": "buy", "size": 3, "leverage": 5}
    orders("add_order", label=" at the market", client_oid="f-6", **market)
    for method in ("get_trade_history", "get_recent_trade_history", "get_recent_closed_orders"):
        orders(method, **XBT)


def look_around(client: Any, results: dict[str, Any]) -> None:
    """Market data, positions, modes, accounts and fees."""
    spot = Calls("spot.market", client.get_spot_service().get_market_api(), results)
    for method in ("get_symbol", "get_ticker", "get24hr_stats", "get_full_order_book"):
        spot(method, **BTC)
    spot("get_all_symbols", market="USDS")
    spot("get_part_order_book", size="20", **BTC)
    spot("get_currency", currency="BTC")
    for method in ("get_all_currencies", "get_all_tickers", "get_server_time", "get_service_status"):
        spot(method)
    margin = Calls("margin.market", client.get_margin_service().get_market_api(), results)
    margin("get_cross_margin_symbols", **BTC)
    margin("get_isolated_margin_symbols")
    futures = Calls("futures.market", client.get_futures_service().get_market_api(), results)
    for method in ("get_symbol", "get_ticker", "get_full_order_book", "get_mark_price"):
        futures(method, **XBT)
    futures("get_part_order_book", size="20", **XBT)
    for method in ("get_all_symbols", "get_all_tickers", "get_server_time", "get_service_status"):
        futures(method)
    positions = Calls("futures.positions", client.get_futures_service().get_positions_api(), results)
    positions("get_position_details", **XBT)
    positions("get_position_list", currency="USDT")
    positions("get_margin_mode", **XBT)
    positions("switch_margin_mode", symbol="ETHUSDTM", margin_mode="CROSS")
    positions("modify_margin_leverage", symbol="ETHUSDTM", leverage="5")
    positions("get_cross_margin_leverage", symbol="ETHUSDTM")
    account = Calls("account.account", client.get_account_service().get_account_api(), results)
    for method in ("get_account_info", "get_apikey_info", "get_spot_account_type"):
        account(method)
    listed = account("get_spot_account_list", type="trade")
    account("get_spot_account_detail", account_id=listed.data[0].id)
    account("get_cross_margin_account", quote_currency="USDT")
    account("get_isolated_margin_account", quote_currency="USDT")
    account("get_futures_account", currency="USDT")
    fees = Calls("account.fee", client.get_account_service().get_fee_api(), results)
    fees("get_basic_fee", currency_type=0)
    fees("get_spot_actual_fee", symbols="BTC-USDT")
    fees("get_futures_actual_fee", **XBT)


def main() -> None:
    """Makes every call once."""
    options = json.loads(sys.argv[1])
    builder = ClientOptionBuilder().set_key(options["api_key"]).set_secret(options["api_secret"])
    builder.set_passphrase(options["api_passphrase"])
    builder.set_spot_endpoint(options["rest_url"]).set_futures_endpoint(options["rest_url"])
    builder.set_transport_option(TransportOption())
    client = DefaultClient(builder.build()).rest_service()
    results: dict[str, Any] = {}
    trade_spot(Calls("spot.order", client.get_spot_service().get_order_api(), results))
    trade_margin(Calls("margin.order", client.get_margin_service().get_order_api(), results))
    trade_futures(Calls("futures.order", client.get_futures_service().get_order_api(), results))
    look_around(client, results)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
