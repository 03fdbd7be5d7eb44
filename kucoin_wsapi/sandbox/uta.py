"""The operations of the unified account, on the same books and accounts as the classic ones.

KuCoin documentation, "Place Order", "Cancel Order" and "Modify Order" of the Pro API. SPOT trades from the trade
account, FUTURES from the futures account (`uta_futures`); MARGIN is refused with 106205, as the sandbox does not
support it yet. Conditional spot orders and self-trade prevention are refused with 106000.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .arguments import Arguments
from .futures_engine import FuturesEngine
from .futures_rules import cancelable_contract, tradable_contract
from .orders import Order, OrderTerms, OrderType, Product, Side
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .spot_rules import (
    TIMES_IN_FORCE,
    check_amounts,
    check_combination,
    check_registry,
    read_cancel_after,
    tradable_symbol,
)
from .uta_futures import read_changed_terms, read_uta_terms
from .venue import Venue

__all__ = ["UtaOperations"]

PRODUCTS: Mapping[str, Product] = {"SPOT": "spot", "FUTURES": "futures"}
SIDES: Mapping[str, Side] = {"BUY": "buy", "SELL": "sell"}
ORDER_TYPES: Mapping[str, OrderType] = {"LIMIT": "limit", "MARKET": "market"}
SPOT_UNITS = {"BASECCY": "base", "QUOTECCY": "quote"}
TAKE_PROFIT_STOP_LOSS = ("tpTriggerPrice", "tpTriggerPriceType", "slTriggerPrice", "slTriggerPriceType")
OTHERS = ("stp", "autoBorrow", "autoRepay")
TRIGGERS = ("triggerDirection", "triggerPrice", "triggerPriceType")


class UtaOperations:
    """`uta.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, spot: SpotEngine, futures: FuturesEngine) -> None:
        self._venue = venue
        self._spot = spot
        self._futures = futures

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it."""
        arguments = Arguments.of(args)
        product = _product(arguments)
        if product == "spot":
            arguments.refuse_unsupported(*TRIGGERS, *TAKE_PROFIT_STOP_LOSS, *OTHERS)
            order = self._place_spot(uid, arguments)
        else:
            order = self._place_futures(uid, arguments)
        return self._reply(order)

    def _place_spot(self, uid: str, arguments: Arguments) -> Order:
        symbol = tradable_symbol(self._venue.symbols, arguments.symbol())
        for name in ("reduceOnly", "closeOrder"):
            if arguments.flag(name):
                raise Refusal(Reason.INVALID, f"{name} is for FUTURES.")
        order_type = arguments.choice("orderType", ORDER_TYPES)
        time_in_force = arguments.choice("timeInForce", TIMES_IN_FORCE, "GTC")
        amount = arguments.decimal("size")
        if amount is None:
            raise Refusal(Reason.MISSING_SIZE)
        by_funds = arguments.choice("sizeUnit", SPOT_UNITS, "base") == "quote"
        terms = OrderTerms(
            product="spot",
            symbol=symbol.symbol,
            side=arguments.choice("side", SIDES),
            order_type=order_type,
            client_oid=arguments.client_oid(),
            price=arguments.decimal("price"),
            size=None if by_funds else amount,
            funds=amount if by_funds else None,
            time_in_force=time_in_force,
            cancel_after=read_cancel_after(arguments, order_type, time_in_force),
            post_only=arguments.flag("postOnly"),
            tags=arguments.text("tags", longest=20, ascii_only=True),
            is_uta=True,
        )
        check_combination(terms)
        check_amounts(symbol, terms)
        check_registry(self._venue.registry, uid, terms)
        return self._spot.submit(uid, terms)

    def _place_futures(self, uid: str, arguments: Arguments) -> Order:
        contract = tradable_contract(self._venue.contracts, arguments.symbol())
        return self._futures.submit(uid, read_uta_terms(self._futures, uid, arguments, contract))

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data names it."""
        arguments = Arguments.of(args)
        order = self._find(uid, arguments, (_product(arguments),))
        if order.terms.product == "futures":
            cancelable_contract(self._venue.contracts, order.terms.symbol)
        self._cancel(order, "USER")
        return self._reply(order)

    def amend(self, uid: str, args: object) -> Mapping[str, object]:
        """Change price or total size of an order, which keeps its id but loses its place in the queue.

        A new size that is filled already cancels the rest. With `cxlOnFail` a refused change cancels the order.
        """
        arguments = Arguments.of(args)
        products = (
            tuple(PRODUCTS.values()) if arguments.values.get("tradeType") is None else (_product(arguments),)
        )
        order = self._find(uid, arguments, products)
        cancel_on_failure = arguments.flag("cxlOnFail")
        try:
            self._amend(order, arguments)
        except Refusal:
            if cancel_on_failure:
                self._cancel(order, "AMEND_FAILED")
            raise
        return {"orderId": order.order_id, "clientOid": order.terms.client_oid}

    def _amend(self, order: Order, arguments: Arguments) -> None:
        if order.terms.product == "futures":
            contract = tradable_contract(self._venue.contracts, order.terms.symbol)
            self._change(order, read_changed_terms(self._futures, order, arguments, contract))
            return
        arguments.refuse_unsupported(*TAKE_PROFIT_STOP_LOSS)
        if arguments.choice("sizeUnit", SPOT_UNITS, "base") != "base":
            raise Refusal(Reason.INVALID, "The size of a limit order is in the base currency.")
        price = arguments.decimal("newPrice") or order.terms.price
        size = arguments.decimal("newSize") or order.terms.size
        if (price, size) == (order.terms.price, order.terms.size):
            raise Refusal(Reason.INVALID, "newPrice or newSize must change the order.")
        terms = attrs.evolve(order.terms, price=price, size=size)
        check_amounts(self._venue.symbols[terms.symbol], terms)
        self._change(order, terms)

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

    def _reply(self, order: Order) -> Mapping[str, object]:
        return {
            "orderId": order.order_id,
            "tradeType": order.terms.product.upper(),
            "ts": self._venue.now,
            "clientOid": order.terms.client_oid,
        }


def _product(arguments: Arguments) -> Product:
    trade_type = arguments.values.get("tradeType")
    if trade_type in ("MARGIN", "CROSS", "ISOLATED"):
        raise Refusal(Reason.TRADE_TYPE, f"The sandbox does not support tradeType {trade_type} of uta.* yet.")
    return arguments.choice("tradeType", PRODUCTS)
