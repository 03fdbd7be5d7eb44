"""REST: the twins of the operations of the order socket, and what can be done to orders over REST only.

KuCoin documentation, "Add Order", "Cancel Order" and their relatives of spot, margin and futures trading; "Place
Order", "Cancel Order" and "Modify Order" of the Pro API.
"""

from __future__ import annotations

from .answers import Answer
from .exchange import Exchange
from .operations import Operation
from .rest_calls import CLIENT_OID, ORDER_ID, Call, Endpoint, arguments_of, twin

__all__ = ["ORDERS"]

_SPOT = "/api/v1/hf/orders"
_MARGIN = "/api/v3/hf/margin"
_FUTURES = "/api/v1/orders"
_UTA = ("/api/ua/v1/unified/order", "/api/ua/v2/unified/order")


def _spot_only_here(method: str, path: str, op: str, weight: int) -> Endpoint:
    """A spot operation that the order socket does not have."""

    def execute(exchange: Exchange, call: Call) -> Answer:
        return exchange.execute(call.uid, op, arguments_of(call), call.now)

    return Endpoint(method, path, execute, Operation("Spot", "spot", weight, unified=False), 0, "400100")


ORDERS: tuple[Endpoint, ...] = (
    twin("POST", _SPOT, "spot.order"),
    twin("POST", f"{_SPOT}/sync", "spot.sync_order"),
    twin("POST", f"{_SPOT}/alter", "spot.modify"),
    twin("DELETE", f"{_SPOT}/{ORDER_ID}", "spot.cancel"),
    twin("DELETE", f"{_SPOT}/client-order/{CLIENT_OID}", "spot.cancel"),
    twin("DELETE", f"{_SPOT}/sync/{ORDER_ID}", "spot.sync_cancel"),
    twin("DELETE", f"{_SPOT}/sync/client-order/{CLIENT_OID}", "spot.sync_cancel"),
    _spot_only_here("DELETE", _SPOT, "spot.cancel_symbol", 2),
    _spot_only_here("DELETE", f"{_SPOT}/cancelAll", "spot.cancel_all", 30),
    twin("POST", f"{_MARGIN}/order", "margin.order"),
    twin("DELETE", f"{_MARGIN}/orders/{ORDER_ID}", "margin.cancel"),
    twin("DELETE", f"{_MARGIN}/orders/client-order/{CLIENT_OID}", "margin.cancel"),
    twin("POST", _FUTURES, "futures.order"),
    twin("POST", f"{_FUTURES}/multi", "futures.multi_order"),
    twin("DELETE", f"{_FUTURES}/{ORDER_ID}", "futures.cancel"),
    twin("DELETE", f"{_FUTURES}/client-order/{CLIENT_OID}", "futures.cancel"),
    twin("DELETE", f"{_FUTURES}/multi-cancel", "futures.multi_cancel"),
    *(
        twin("POST", f"{path}/{verb}", op)
        for path in _UTA
        for verb, op in (("place", "uta.order"), ("cancel", "uta.cancel"), ("amend", "uta.amend"))
    ),
)
