"""REST: what became of one order.

KuCoin documentation, "Get Order By OrderId" and "Get Order By ClientOid" of spot, margin and futures; "Get Order
Details" of UTA. Finished orders are found for a time only: on spot 2 days if cancelled and 7 if filled, on futures
three months by orderId and 7 days by clientOid. Margin is taken to be as spot is; of UTA nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from attrs import frozen

from .answers import Answer
from .exchange import Exchange
from .orders import OrderView
from .records import futures_record, spot_record, uta_record
from .rest_calls import CLIENT_OID, ORDER_ID, Call, Endpoint, IncompleteCall, looking, succeeded
from .times import SECOND

__all__ = ["LOOK_UPS"]

DAY = 86_400 * SECOND

_PRODUCT_OF_TRADE_TYPE = MappingProxyType(
    {"SPOT": "spot", "FUTURES": "futures", "MARGIN": "margin", "CROSS": "margin", "ISOLATED": "margin"}
)


@frozen
class _LookUp:
    """How the orders of one product are looked up."""

    product: str
    pool: str
    weight: int
    invalid: str
    needs_symbol: bool
    record: Callable[[OrderView], dict[str, object]]
    kept: Callable[[OrderView, Call], int | None]
    """How long a finished order is found, in nanoseconds; None for ever."""
    unknown_order_id: Answer
    unknown_client_oid: Answer


def _kept_on_spot(order: OrderView, _: Call) -> int:
    return 7 * DAY if order.filled_size else 2 * DAY


def _kept_on_futures(_: OrderView, call: Call) -> int:
    return 90 * DAY if call.text("orderId") else 7 * DAY


def _kept_for_ever(_: OrderView, __: Call) -> None:
    return None


_SPOT = _LookUp(
    product="spot",
    pool="spot",
    weight=2,
    invalid="400100",
    needs_symbol=True,
    record=spot_record,
    kept=_kept_on_spot,
    unknown_order_id=Answer("400100", "order not exist."),
    unknown_client_oid=Answer("400100", "order not exist."),
)
_MARGIN = _LookUp(
    product="margin",
    pool="spot",
    weight=5,
    invalid="400100",
    needs_symbol=True,
    record=spot_record,
    kept=_kept_on_spot,
    unknown_order_id=Answer("126043", "The order does not exist."),
    unknown_client_oid=Answer("126043", "The order does not exist."),
)
_FUTURES = _LookUp(
    product="futures",
    pool="futures",
    weight=5,
    invalid="100001",
    needs_symbol=False,
    record=futures_record,
    kept=_kept_on_futures,
    unknown_order_id=Answer("100001", "error.getOrder.orderNotExist"),
    unknown_client_oid=Answer("100001", "error.getOrder.orderNotExist"),
)
_UTA = _LookUp(
    product="uta",
    pool="uta",
    weight=1,
    invalid="106000",
    needs_symbol=True,
    record=uta_record,
    kept=_kept_for_ever,
    unknown_order_id=Answer("106052", "The order does not exist."),
    unknown_client_oid=Answer("106102", "No order has this clientOid."),
)

_PATHS: Mapping[str, _LookUp] = MappingProxyType(
    {
        f"/api/v1/hf/orders/{ORDER_ID}": _SPOT,
        f"/api/v1/hf/orders/client-order/{CLIENT_OID}": _SPOT,
        f"/api/v3/hf/margin/orders/{ORDER_ID}": _MARGIN,
        f"/api/v3/hf/margin/orders/client-order/{CLIENT_OID}": _MARGIN,
        f"/api/v1/orders/{ORDER_ID}": _FUTURES,
        "/api/v1/orders/byClientOid": _FUTURES,
        "/api/ua/v1/unified/order/detail": _UTA,
        "/api/ua/v2/unified/order/detail": _UTA,
    }
)


def _find(look_up: _LookUp, exchange: Exchange, call: Call) -> Answer:
    order_id, client_oid = call.text("orderId"), call.text("clientOid")
    if order_id is None and client_oid is None:
        raise IncompleteCall("One of orderId and clientOid is required.")
    symbol = call.required("symbol") if look_up.needs_symbol else call.text("symbol")
    product = None
    if look_up is _UTA:
        product = _PRODUCT_OF_TRADE_TYPE.get(call.required("tradeType"))
        if product is None:
            raise IncompleteCall("tradeType is required: SPOT, FUTURES or MARGIN.")
    order = exchange.find_order(
        call.uid, look_up.product, symbol=symbol, order_id=order_id, client_oid=client_oid
    )
    if order is None or product not in (None, order.terms.product) or not _is_shown(look_up, order, call):
        return look_up.unknown_order_id if order_id else look_up.unknown_client_oid
    return succeeded(look_up.record(order))


def _is_shown(look_up: _LookUp, order: OrderView, call: Call) -> bool:
    if order.created_at > call.placed_by:
        return False
    kept = look_up.kept(order, call)
    return order.is_active or kept is None or call.now - order.updated_at <= kept


LOOK_UPS: tuple[Endpoint, ...] = tuple(
    looking(
        path,
        look_up.pool,
        look_up.weight,
        partial(_find, look_up),
        invalid=look_up.invalid,
        looks_up=look_up.product,
    )
    for path, look_up in _PATHS.items()
)
