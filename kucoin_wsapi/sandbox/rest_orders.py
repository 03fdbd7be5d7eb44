"""REST: what the order socket can do, by the same code, and what is done to orders over REST only.

KuCoin documentation, "Add Order", "Cancel Order" and their relatives of spot, margin and futures trading; "Place
Order", "Cancel Order" and "Modify Order" of the Pro API.
"""

from __future__ import annotations

from .answers import Answer
from .exchange import Exchange
from .operations import Operation
from .rest_calls import CLIENT_OID, ORDER_ID, Call, Endpoint, arguments_of, twin

__all__ = ["ORDERS"]


def _test_futures(exchange: Exchange, call: Call) -> Answer:
    return exchange.futures.test_order(call.uid, arguments_of(call))


def _cancel_futures(exchange: Exchange, call: Call) -> Answer:
    return exchange.futures.cancel_orders(call.uid, call.text("symbol"))


def _cancel_stops(exchange: Exchange, call: Call) -> Answer:
    return exchange.futures.cancel_stop_orders(call.uid, call.text("symbol"))


def _futures(weight: int) -> Operation:
    return Operation("Futures", "futures", weight, unified=False)


_SPOT, _MARGIN, _FUTURES = "/api/v1/hf/orders", "/api/v3/hf/margin", "/api/v1/orders"
_UTA = ("/api/ua/v1/unified/order", "/api/ua/v2/unified/order")

ORDERS: tuple[Endpoint, ...] = (
    twin("POST", _SPOT, "spot.order"),
    twin("POST", f"{_SPOT}/sync", "spot.sync_order"),
    twin("POST", f"{_SPOT}/alter", "spot.modify"),
    twin("POST", f"{_SPOT}/test", "spot.test_order"),
    twin("POST", f"{_SPOT}/multi", "spot.multi_order"),
    twin("POST", f"{_SPOT}/multi/sync", "spot.multi_sync_order"),
    twin("DELETE", _SPOT, "spot.cancel_symbol"),
    twin("DELETE", f"{_SPOT}/cancelAll", "spot.cancel_all"),
    twin("DELETE", f"{_SPOT}/{ORDER_ID}", "spot.cancel"),
    twin("DELETE", f"{_SPOT}/client-order/{CLIENT_OID}", "spot.cancel"),
    twin("DELETE", f"{_SPOT}/sync/{ORDER_ID}", "spot.sync_cancel"),
    twin("DELETE", f"{_SPOT}/sync/client-order/{CLIENT_OID}", "spot.sync_cancel"),
    twin("DELETE", f"{_SPOT}/cancel/{ORDER_ID}", "spot.cancel_size"),
    twin("POST", f"{_MARGIN}/order", "margin.order"),
    twin("POST", f"{_MARGIN}/order/test", "margin.test_order"),
    twin("DELETE", f"{_MARGIN}/orders", "margin.cancel_symbol"),
    twin("DELETE", f"{_MARGIN}/orders/{ORDER_ID}", "margin.cancel"),
    twin("DELETE", f"{_MARGIN}/orders/client-order/{CLIENT_OID}", "margin.cancel"),
    twin("POST", _FUTURES, "futures.order"),
    twin("POST", f"{_FUTURES}/multi", "futures.multi_order"),
    twin("DELETE", f"{_FUTURES}/{ORDER_ID}", "futures.cancel"),
    twin("DELETE", f"{_FUTURES}/client-order/{CLIENT_OID}", "futures.cancel"),
    twin("DELETE", f"{_FUTURES}/multi-cancel", "futures.multi_cancel"),
    Endpoint("POST", f"{_FUTURES}/test", _test_futures, _futures(2)),
    Endpoint("DELETE", "/api/v3/orders", _cancel_futures, _futures(10)),
    Endpoint("DELETE", _FUTURES, _cancel_futures, _futures(800)),
    Endpoint("DELETE", "/api/v1/stopOrders", _cancel_stops, _futures(15)),
    *(
        twin("POST", f"{path}/{verb}", op)
        for path in _UTA
        for verb, op in (("place", "uta.order"), ("cancel", "uta.cancel"), ("amend", "uta.amend"))
    ),
)
