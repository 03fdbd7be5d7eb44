"""The operations of the unified account, on the same books and accounts as the classic ones.

KuCoin documentation, "Place Order", "Cancel Order" and "Modify Order" of the Pro API. SPOT trades from the trade
account, MARGIN from a margin account (both in `uta_spot`), FUTURES from the futures account (`uta_futures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .arguments import Arguments
from .futures_engine import FuturesEngine
from .futures_rules import cancelable_contract, tradable_contract
from .orders import Order, OrderTerms, Product
from .pairs import cancelable_symbol
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .uta_futures import read_changed_terms, read_uta_terms
from .uta_spot import UtaSpot
from .venue import Venue

__all__ = ["UtaOperations"]

TradeType = Literal["SPOT", "MARGIN", "CROSS", "ISOLATED", "FUTURES"]

PRODUCTS: Mapping[TradeType, Product] = {
    "SPOT": "spot",
    "MARGIN": "margin",
    "CROSS": "margin",
    "ISOLATED": "margin",
    "FUTURES": "futures",
}
TRADE_TYPES: Mapping[str, TradeType] = {name: name for name in PRODUCTS}


class UtaOperations:
    """`uta.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, uta_spot: UtaSpot, spot: SpotEngine, futures: FuturesEngine) -> None:
        self._venue = venue
        self._uta_spot = uta_spot
        self._spot = spot
        self._futures = futures

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it."""
        arguments = Arguments.of(args)
        trade_type = _trade_type(arguments)
        if trade_type == "FUTURES":
            contract = tradable_contract(self._venue.contracts, arguments.symbol())
            terms = read_uta_terms(self._futures, uid, arguments, contract)
            order = self._futures.submit(uid, terms)
        else:
            order = self._uta_spot.place(uid, arguments, trade_type)
        return self._reply(order, trade_type)

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data names it."""
        arguments = Arguments.of(args)
        trade_type = _trade_type(arguments)
        order = self._find(uid, arguments, (PRODUCTS[trade_type],))
        if order.terms.product == "futures":
            cancelable_contract(self._venue.contracts, order.terms.symbol)
        else:
            cancelable_symbol(self._venue, order.terms.symbol)
        self._cancel(order, "USER")
        return self._reply(order, trade_type)

    def amend(self, uid: str, args: object) -> Mapping[str, object]:
        """Change price or total size of an order, which keeps its id but loses its place in the queue.

        A new size that is filled already cancels the rest. With `cxlOnFail` a refused change cancels the order.
        """
        arguments = Arguments.of(args)
        products: tuple[Product, ...] = ("spot", "margin", "futures")
        if arguments.values.get("tradeType") is not None:
            products = (PRODUCTS[_trade_type(arguments)],)
        order = self._find(uid, arguments, products)
        cancel_on_failure = arguments.flag("cxlOnFail")
        try:
            self._change(order, self._changed_terms(order, arguments))
        except Refusal:
            if cancel_on_failure:
                self._cancel(order, "ALTER_ORDER_CANCEL_OLD_ORDER")
            raise
        return {"orderId": order.order_id, "clientOid": order.terms.client_oid}

    def _changed_terms(self, order: Order, arguments: Arguments) -> OrderTerms:
        if order.terms.product == "futures":
            contract = tradable_contract(self._venue.contracts, order.terms.symbol)
            return read_changed_terms(self._futures, order, arguments, contract)
        return self._uta_spot.changed_terms(order, arguments)

    def _change(self, order: Order, terms: OrderTerms) -> None:
        assert terms.size is not None, "an order that is not done has a size"
        if terms.size <= order.filled_size + order.canceled_size:
            self._cancel(order, "USER")
        elif terms.product == "futures":
            self._futures.amend(order, terms)
        else:
            self._spot.amend(order, terms)

    def _find(self, uid: str, arguments: Arguments, products: tuple[Product, ...]) -> Order:
        order_id, client_oid = arguments.identity()
        return self._venue.registry.find_active(
            uid, products, symbol=arguments.symbol(), order_id=order_id, client_oid=client_oid
        )

    def _cancel(self, order: Order, reason: str) -> None:
        engine = self._futures if order.terms.product == "futures" else self._spot
        engine.cancel(order, reason)

    def _reply(self, order: Order, trade_type: TradeType) -> Mapping[str, object]:
        return {
            "orderId": order.order_id,
            "tradeType": trade_type,
            "ts": self._venue.now,
            "clientOid": order.terms.client_oid,
        }


def _trade_type(arguments: Arguments) -> TradeType:
    """What the request calls the product; CROSS and ISOLATED are the names of margin over REST."""
    name = arguments.values.get("tradeType")
    if isinstance(name, str) and name not in TRADE_TYPES:
        raise Refusal(Reason.TRADE_TYPE)
    return arguments.choice("tradeType", TRADE_TYPES)
