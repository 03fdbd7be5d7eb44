"""The futures operations of the order socket: one-way mode, isolated margin, linear contracts.

KuCoin documentation, "Add Order", "Cancel Order", "Batch Add Orders" and "Batch Cancel Orders" (futures). Cross
margin (330005), hedge mode (330012), stop, hidden and iceberg orders, self-trade prevention, RPI and forceHold
(100001) are refused: the sandbox does not support them yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from .answers import SUCCESS
from .arguments import Arguments
from .futures_engine import FuturesEngine
from .futures_rules import (
    TIMES_IN_FORCE,
    Quantity,
    check_limits,
    check_modes,
    check_price_presence,
    check_registry,
    known_contract,
    lots_of,
    read_leverage,
    read_quantity,
    read_time_in_force,
    tradable_contract,
)
from .orders import Order, OrderTerms, Side
from .refusals import FUTURES_CODES, Reason, Refusal, refused
from .spot_rules import ORDER_TYPES, SIDES
from .symbols import Contract
from .venue import Venue

__all__ = ["FuturesOperations", "closing_terms", "place"]

MOST_ORDERS_OF_A_BATCH = 20
CANCELED_IN_BATCH = "200"


class FuturesOperations:
    """`futures.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: FuturesEngine) -> None:
        self._venue = venue
        self._engine = engine

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it."""
        order = self._place(uid, args)
        return {"orderId": order.order_id, "clientOid": order.terms.client_oid}

    def _place(self, uid: str, args: object) -> Order:
        arguments = Arguments.of(args)
        contract = tradable_contract(self._venue.contracts, arguments.symbol())
        terms = self._read_terms(uid, arguments, contract)
        return place(self._venue, self._engine, uid, contract, terms)

    def _read_terms(self, uid: str, arguments: Arguments, contract: Contract) -> OrderTerms:
        arguments.refuse_unsupported("hidden", "iceberg", "visibleSize", "stp", "forceHold")
        arguments.refuse_unsupported("stop", "stopPriceType", "stopPrice")
        check_modes(arguments)
        order_type = arguments.choice("type", ORDER_TYPES, "limit")
        time_in_force, post_only = read_time_in_force(arguments, order_type, TIMES_IN_FORCE)
        price = arguments.decimal("price")
        check_price_presence(order_type, price)
        close_order = arguments.flag("closeOrder")
        side, quantity = self._side_and_quantity(uid, arguments, contract, close_order)
        position = self._engine.position(uid, contract.symbol)
        return OrderTerms(
            product="futures",
            symbol=contract.symbol,
            side=side,
            order_type=order_type,
            client_oid=arguments.client_oid(required=True),
            price=price,
            size=lots_of(contract, quantity, price),
            time_in_force=time_in_force,
            post_only=post_only,
            remark=arguments.text("remark", longest=100),
            leverage=read_leverage(arguments, contract) or position.leverage,
            reduce_only=arguments.flag("reduceOnly") or close_order,
            close_order=close_order,
        )

    def _side_and_quantity(
        self, uid: str, arguments: Arguments, contract: Contract, close_order: bool
    ) -> tuple[Side, Quantity]:
        if close_order:
            return closing_terms(self._engine, uid, contract)
        return arguments.choice("side", SIDES), read_quantity(arguments)

    def multi_order(self, uid: str, args: object) -> list[dict[str, object]]:
        """Place up to 20 orders, each judged alone and in turn; the data tells of each."""
        if not isinstance(args, list) or not 1 <= len(args) <= MOST_ORDERS_OF_A_BATCH:
            raise Refusal(Reason.INVALID, f"args must be an array of 1 to {MOST_ORDERS_OF_A_BATCH} orders.")
        return [self._place_item(uid, item) for item in args]

    def _place_item(self, uid: str, item: object) -> dict[str, object]:
        reply = {"orderId": None, "clientOid": _echo(item, "clientOid"), "symbol": _echo(item, "symbol")}
        try:
            order = self._place(uid, item)
        except Refusal as refusal:
            answer = refused(FUTURES_CODES, refusal)
            return {**reply, "code": answer.code, "msg": answer.message}
        return {**reply, "orderId": order.order_id, "code": SUCCESS, "msg": "success"}

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel by orderId alone, or by clientOid and symbol; the data names the order accordingly."""
        arguments = Arguments.of(args)
        order_id, client_oid = arguments.identity()
        if order_id is not None:
            self._cancel(uid, order_id, None, None)
            return {"cancelledOrderIds": [order_id]}
        symbol = known_contract(self._venue.contracts, arguments.symbol()).symbol
        self._cancel(uid, None, client_oid, symbol)
        return {"clientOid": client_oid}

    def multi_cancel(self, uid: str, args: object) -> list[dict[str, object]]:
        """Cancel many orders by orderIdsList or clientOidsList; the data tells of each."""
        arguments = Arguments.of(args)
        order_ids = arguments.values.get("orderIdsList")
        client_oids = arguments.values.get("clientOidsList")
        if (order_ids is None) == (client_oids is None):
            raise Refusal(Reason.INVALID, "Exactly one of orderIdsList and clientOidsList is required.")
        items = order_ids if client_oids is None else client_oids
        if not isinstance(items, list) or not items:
            raise Refusal(Reason.INVALID, "The list of orders must be an array with at least one item.")
        return [self._cancel_item(uid, item, by_order_id=client_oids is None) for item in items]

    def _cancel_item(self, uid: str, item: object, *, by_order_id: bool) -> dict[str, object]:
        order_id = item if by_order_id and isinstance(item, str) else None
        reply = {"orderId": order_id, "clientOid": _echo(item, "clientOid")}
        try:
            if by_order_id:
                self._cancel(uid, Arguments({"orderId": item}).identity()[0], None, None)
            else:
                arguments = Arguments.of(item)
                self._cancel(uid, None, arguments.client_oid(required=True), arguments.symbol())
        except Refusal as refusal:
            answer = refused(FUTURES_CODES, refusal)
            return {**reply, "code": answer.code, "msg": answer.message}
        return {**reply, "code": CANCELED_IN_BATCH, "msg": "success"}

    def _cancel(self, uid: str, order_id: str | None, client_oid: str | None, symbol: str | None) -> None:
        order = self._venue.registry.find_active(
            uid, ("futures",), symbol=symbol, order_id=order_id, client_oid=client_oid
        )
        self._engine.cancel(order, "USER")


def _echo(item: object, name: str) -> str | None:
    """What an item of a batch says of itself, if it is a text."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) else None


def closing_terms(engine: FuturesEngine, uid: str, contract: Contract) -> tuple[Side, Quantity]:
    """Side and lots that close the whole position, which there must be."""
    size = engine.position(uid, contract.symbol).size
    if not size:
        raise Refusal(Reason.NO_POSITION)
    return "sell" if size > 0 else "buy", Quantity(abs(size), "lots")


def place(venue: Venue, engine: FuturesEngine, uid: str, contract: Contract, terms: OrderTerms) -> Order:
    """Check what depends on the contract, the user's orders, the position and the book, then submit."""
    check_limits(contract, terms)
    check_registry(venue.registry, uid, terms)
    if terms.reduce_only and not engine.position(uid, contract.symbol).reducible_by(terms.side):
        raise Refusal(Reason.NO_POSITION)
    if terms.order_type == "market" and not engine.has_liquidity(terms):
        raise Refusal(Reason.EMPTY_BOOK)
    return engine.submit(uid, terms)
