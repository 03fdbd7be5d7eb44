"""REST: lists of orders and fills.

KuCoin documentation, "Get Open Orders", "Get Closed Orders", "Get Trade History" and their relatives of spot, margin
and futures. Lists are newest first. KuCoin pages some of them by `lastId`, a number that grows from item to item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

from .answers import Answer
from .exchange import Exchange
from .fill_records import fill_number, futures_fill_record, spot_fill_record
from .orders import OrderView, Product
from .records import futures_record, spot_record, trade_type
from .rest_calls import Call, Endpoint, IncompleteCall, looking, succeeded
from .times import MILLISECOND, SECOND

__all__ = ["LISTS", "page"]

DAY = 86_400 * SECOND
RECENT = 1000  # at most so many orders or fills, of the last 24 hours

_TRADE_TYPES = ("MARGIN_TRADE", "MARGIN_ISOLATED_TRADE")
_T = TypeVar("_T")


def page(
    items: Sequence[_T], call: Call, *, number: str = "currentPage"
) -> tuple[dict[str, object], list[_T]]:
    """One page of a list, and the fields that tell which."""
    size = call.number("pageSize", 50, most=1000)
    current = call.number(number, 1)
    start = (current - 1) * size
    fields: dict[str, object] = {
        "currentPage": current,
        "pageSize": size,
        "totalNum": len(items),
        "totalPage": -(-len(items) // size),
    }
    return fields, list(items[start : start + size])


def _is_wanted(call: Call, order: OrderView) -> bool:
    """Whether an order passes the filters that lists have in common."""
    terms = order.terms
    wanted = {"symbol": terms.symbol, "side": terms.side, "type": terms.order_type}
    if terms.product == "margin":
        wanted["tradeType"] = trade_type(terms)
    if any(call.text(name) not in (None, value) for name, value in wanted.items()):
        return False
    return order.created_at <= call.placed_by and _is_between(call, order.created_at)


def _is_between(call: Call, time: int) -> bool:
    milliseconds = time // MILLISECOND
    return call.number("startAt", 0, least=0) <= milliseconds <= call.number("endAt", 2**63 - 1, least=0)


def _check_trade_type(product: Product, call: Call) -> None:
    if product == "margin" and call.required("tradeType") not in _TRADE_TYPES:
        raise IncompleteCall("tradeType must be MARGIN_TRADE or MARGIN_ISOLATED_TRADE.")


def _open_orders(exchange: Exchange, call: Call, product: Product) -> list[OrderView]:
    _check_trade_type(product, call)
    orders = exchange.open_orders(call.uid, product, symbol=call.text("symbol"))
    return [order for order in reversed(orders) if _is_wanted(call, order)]


def _spot_open(product: Product, exchange: Exchange, call: Call) -> Answer:
    call.required("symbol")
    return succeeded([spot_record(order) for order in _open_orders(exchange, call, product)])


def _spot_open_page(exchange: Exchange, call: Call) -> Answer:
    call.required("symbol")
    fields, orders = page(_open_orders(exchange, call, "spot"), call, number="pageNum")
    return succeeded({**fields, "items": [spot_record(order) for order in orders]})


def _symbols(orders: Iterable[OrderView]) -> list[str]:
    return sorted({order.terms.symbol for order in orders})


def _spot_open_symbols(exchange: Exchange, call: Call) -> Answer:
    return succeeded({"symbols": _symbols(_open_orders(exchange, call, "spot"))})


def _margin_open_symbols(exchange: Exchange, call: Call) -> Answer:
    symbols = _symbols(_open_orders(exchange, call, "margin"))
    return succeeded({"symbolSize": len(symbols), "symbols": symbols})


def _spot_closed(product: Product, exchange: Exchange, call: Call) -> Answer:
    call.required("symbol")
    _check_trade_type(product, call)
    orders = [
        (_number_of(order), order)
        for order in exchange.orders(call.uid)
        if order.terms.product == product and not order.is_active and _is_wanted(call, order)
    ]
    last_id, chosen = _after(orders, call)
    return succeeded({"lastId": last_id, "items": [spot_record(order) for order in chosen]})


def _number_of(order: OrderView) -> int:
    """The parts of a spot order id that grow: the second of its creation, and a counter."""
    return int(order.order_id[:8] + order.order_id[-8:], 16)


def _after(numbered: Sequence[tuple[int, _T]], call: Call) -> tuple[int, list[_T]]:
    """The newest items older than `lastId`, at most `limit`, and the number of the last of them (0 without any)."""
    limit, last_id = call.number("limit", 20, most=100), call.number("lastId", 2**63 - 1, least=0)
    chosen = [item for item in reversed(numbered) if item[0] < (last_id or 2**63 - 1)][:limit]
    return (chosen[-1][0] if chosen else 0), [item for _, item in chosen]


def _spot_fills(product: Product, exchange: Exchange, call: Call) -> Answer:
    call.required("symbol")
    _check_trade_type(product, call)
    fills = [
        (fill_number(fill), (fill, order))
        for fill in exchange.fills(call.uid)
        if fill.product == product
        and _fill_is_wanted(call, fill.symbol, fill.order_id, fill.side, fill.order_type)
        and _is_between(call, fill.time)
        and (order := exchange.find_order(call.uid, product, order_id=fill.order_id)) is not None
        and (product == "spot" or trade_type(order.terms) == call.text("tradeType"))
    ]
    last_id, chosen = _after(fills, call)
    return succeeded({"items": [spot_fill_record(*item) for item in chosen], "lastId": last_id})


def _fill_is_wanted(call: Call, symbol: str, order_id: str, side: str, order_type: str) -> bool:
    wanted = {"symbol": symbol, "orderId": order_id, "side": side, "type": order_type}
    return all(call.text(name) in (None, value) for name, value in wanted.items())


def _futures_orders(exchange: Exchange, call: Call) -> Answer:
    status = call.text("status") or "done"
    if status not in ("active", "done"):
        raise IncompleteCall("status must be active or done.")
    orders = [
        order
        for order in reversed(_all_futures(exchange, call, active=status == "active"))
        if not order.is_waiting and _is_wanted(call, order)
    ]
    fields, chosen = page(orders, call)
    return succeeded({**fields, "items": [futures_record(order) for order in chosen]})


def _all_futures(exchange: Exchange, call: Call, *, active: bool) -> Sequence[OrderView]:
    if active:
        return exchange.open_orders(call.uid, "futures", symbol=call.text("symbol"))
    return [
        order
        for order in exchange.orders(call.uid)
        if order.terms.product == "futures" and not order.is_active
    ]


def _stop_orders(exchange: Exchange, call: Call) -> Answer:
    """Those that wait for their trigger; `placed_by` of a look-up fault does not apply to them."""
    orders = [order for order in _open_orders(exchange, call, "futures") if order.is_waiting]
    fields, chosen = page(orders, call)
    return succeeded({**fields, "items": [futures_record(order) for order in chosen]})


def _recent_done(exchange: Exchange, call: Call) -> Answer:
    orders = [
        futures_record(order)
        for order in reversed(_all_futures(exchange, call, active=False))
        if order.updated_at > call.now - DAY and _is_wanted(call, order)
    ]
    return succeeded(orders[:RECENT])


def _futures_fills(exchange: Exchange, call: Call) -> list[dict[str, object]]:
    return [
        futures_fill_record(fill, order)
        for fill in reversed(exchange.fills(call.uid))
        if fill.product == "futures"
        and _fill_is_wanted(call, fill.symbol, fill.order_id, fill.side, fill.order_type)
        and _is_between(call, fill.time)
        and (order := exchange.find_order(call.uid, "futures", order_id=fill.order_id)) is not None
    ]


def _futures_fills_page(exchange: Exchange, call: Call) -> Answer:
    fields, chosen = page(_futures_fills(exchange, call), call)
    return succeeded({**fields, "items": chosen})


def _recent_fills(exchange: Exchange, call: Call) -> Answer:
    recent = call.now // MILLISECOND - DAY // MILLISECOND
    fills = [fill for fill in _futures_fills(exchange, call) if int(str(fill["createdAt"])) > recent]
    return succeeded(fills[:RECENT])


_SPOT, _MARGIN, _FUTURES = "/api/v1/hf", "/api/v3/hf/margin", "/api/v1"

LISTS: tuple[Endpoint, ...] = (
    looking(f"{_SPOT}/orders/active", "spot", 2, partial(_spot_open, "spot"), looks_up="spot"),
    looking(f"{_SPOT}/orders/active/page", "spot", 2, _spot_open_page, looks_up="spot"),
    looking(
        f"{_SPOT}/orders/active/symbols", "spot", 2, _spot_open_symbols, permission="Spot", looks_up="spot"
    ),
    looking(f"{_SPOT}/orders/done", "spot", 2, partial(_spot_closed, "spot"), looks_up="spot"),
    looking(f"{_SPOT}/fills", "spot", 2, partial(_spot_fills, "spot")),
    looking(f"{_MARGIN}/orders/active", "spot", 4, partial(_spot_open, "margin"), looks_up="margin"),
    looking(
        f"{_MARGIN}/order/active/symbols",
        "spot",
        4,
        _margin_open_symbols,
        permission="Margin",
        looks_up="margin",
    ),
    looking(f"{_MARGIN}/orders/done", "spot", 10, partial(_spot_closed, "margin"), looks_up="margin"),
    looking(f"{_MARGIN}/fills", "spot", 5, partial(_spot_fills, "margin")),
    looking(f"{_FUTURES}/recentFills", "futures", 3, _recent_fills, permission="Futures", invalid="100001"),
    *(
        looking(f"{_FUTURES}/{path}", "futures", weight, handler, invalid="100001", looks_up=looks_up)
        for path, weight, handler, looks_up in (
            ("orders", 2, _futures_orders, "futures"),
            ("stopOrders", 6, _stop_orders, "futures"),
            ("recentDoneOrders", 5, _recent_done, "futures"),
            ("fills", 5, _futures_fills_page, None),
        )
    ),
)
