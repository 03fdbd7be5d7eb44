"""The futures operations of the order socket.

KuCoin documentation, "Add Order", "Cancel Order", "Batch Add Orders" and "Batch Cancel Orders" (futures).
"""

from __future__ import annotations

from collections.abc import Mapping

from .answers import SUCCESS
from .arguments import Arguments
from .futures_codes import FUTURES_CODES
from .futures_engine import FuturesEngine
from .futures_rules import cancelable_contract, tradable_contract
from .futures_terms import read_classic_terms
from .orders import Order, OrderTerms
from .refusals import Reason, Refusal, refused
from .venue import Venue

__all__ = ["FuturesOperations"]

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

    def test_order(self, uid: str, args: object) -> Mapping[str, object]:
        """Check an order as if it were placed; the id in the data is not real."""
        terms = self._read_terms(uid, args)
        self._engine.check(uid, terms)
        return {"orderId": self._venue.ids.futures_order(), "clientOid": terms.client_oid}

    def _place(self, uid: str, args: object) -> Order:
        return self._engine.submit(uid, self._read_terms(uid, args))

    def _read_terms(self, uid: str, args: object) -> OrderTerms:
        arguments = Arguments.of(args)
        contract = tradable_contract(self._venue.contracts, arguments.symbol())
        return read_classic_terms(self._engine, uid, arguments, contract)

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
        """Cancel by orderId alone, or by clientOid and symbol, stop orders included; the data names it accordingly."""
        arguments = Arguments.of(args)
        order_id, client_oid = arguments.identity()
        if order_id is not None:
            self._cancel(uid, order_id, None, None)
            return {"cancelledOrderIds": [order_id]}
        symbol = cancelable_contract(self._venue.contracts, arguments.symbol()).symbol
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
        cancelable_contract(self._venue.contracts, order.terms.symbol)
        self._engine.cancel(order, "USER")


def _echo(item: object, name: str) -> str | None:
    """What an item of a batch says of itself, if it is a text."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) else None
